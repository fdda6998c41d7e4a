/**
 * Taking over files that grow. What was read and how far the file was read are one transaction, so that an import that was
 * killed anywhere goes on behind the last thing that it wrote, and nothing is read twice.
 */
import { type Database, migrate } from '../../database/index.ts';
import type { Metric, Tag } from '../entities.ts';
import { logPoints } from '../log-batch.ts';
import { keptParam, keptTag } from '../names.ts';
import { purgePoints } from '../purge-points.ts';
import { runRow } from '../runs.ts';
import { addTexts, checkedPoint } from './import-run.ts';
import type { Refusal } from './imported.ts';
import { importProgressSchema } from './progress-schema.ts';
import { sortOut } from './refuse.ts';

/** How far a file was read. */
export interface SourcePosition {
  /** Where to go on, in the file's own units. */
  readonly place: number;
  /** Tells this file from another one of the same name. */
  readonly mark: string;
}

/** What is written at once. */
export interface RunAddition {
  readonly metrics?: readonly Metric[];
  readonly params?: readonly Tag[];
  readonly tags?: readonly Tag[];
  /** Points from this step on, which were written before, go first. */
  readonly purgeFromStep?: bigint;
  /** How far which file is read with this. */
  readonly position?: SourcePosition & { readonly source: string };
}

/** What became of an addition. */
export interface Added {
  readonly points: number;
  /** Params and tags whose keys were not there. */
  readonly texts: number;
  readonly refused: readonly Refusal[];
}

/** Adds to runs, also deleted ones. Methods may throw TRACKING_UNKNOWN for a run that is not there. */
export interface ImportProgress {
  /** How far the files of a run were read, by their names; nothing for a run that is not there. */
  positions(runId: string): Promise<ReadonlyMap<string, SourcePosition>>;
  /** One transaction. What cannot be kept is refused, the rest is written. */
  add(runId: string, addition: RunAddition): Promise<Added>;
}

/**
 * Progress in a database in which a tracker was opened; its table is made first.
 * @throws PlatformError METADATA_NEWER_SCHEMA
 */
export async function openImportProgress(database: Database): Promise<ImportProgress> {
  await migrate(database, importProgressSchema);
  return {
    positions: (runId) => positions(database, runId),
    add: (runId, addition) => add(database, runId, addition),
  };
}

async function positions(database: Database, runId: string): Promise<ReadonlyMap<string, SourcePosition>> {
  const sql = `select p.source, p.place, p.mark from import_positions p join tracked_runs r on r.id = p.run
    where r.run_id = ?`;
  const rows = await database.all<SourcePosition & { source: string }>(sql, [runId]);
  return new Map(rows.map(({ source, place, mark }) => [source, { place, mark }]));
}

async function add(database: Database, runId: string, addition: RunAddition): Promise<Added> {
  const point = ({ key, step }: Metric): string => `point of ${key} at step ${step}`;
  const points = sortOut(addition.metrics ?? [], point, checkedPoint);
  const params = sortOut(
    addition.params ?? [],
    ({ key }) => `param ${key}`,
    (param) => keptParam(param, ''),
  );
  const tags = sortOut(
    addition.tags ?? [],
    ({ key }) => `tag ${key}`,
    (tag) => keptTag(tag, ''),
  );
  const { purgeFromStep, position } = addition;
  const write = async (): Promise<number> =>
    await database.transaction(
      async (session) => {
        const run = await runRow(session, runId);
        if (purgeFromStep !== undefined) await purgePoints(session, run.id, purgeFromStep);
        await logPoints(session, run, points.kept);
        if (position !== undefined) {
          const { source, place, mark } = position;
          const target = { table: 'import_positions', columns: ['run', 'source', 'place', 'mark'] };
          const sql = '(run, source) do update set place = excluded.place, mark = excluded.mark';
          await session.insert(target, [[run.id, source, place, mark]], { onConflict: { sql } });
        }
        const known = { run: run.id };
        return (
          (await addTexts(session, 'run_params', { ...known, texts: params.kept })) +
          (await addTexts(session, 'run_tags', { ...known, texts: tags.kept }))
        );
      },
      { durability: 'normal' },
    );
  const refused = [...points.refused, ...params.refused, ...tags.refused];
  return { texts: await write(), points: points.kept.length, refused };
}
