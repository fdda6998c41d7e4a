import type { Database, Session } from '../../database/index.ts';
import type { Metric, Tag } from '../entities.ts';
import { noteDataset, noteModels } from '../inputs.ts';
import { logPoints } from '../log-batch.ts';
import { badValue, checkKey, experimentNumber, keptParam, keptTag, storable } from '../names.ts';
import { runRow } from '../runs.ts';
import type { ImportedRun, Refusal, TakenOver } from './imported.ts';
import { sortOut } from './refuse.ts';

const runIdForm = /^[a-zA-Z0-9][\w-]{0,255}$/;
const [lowest, highest] = [-(2n ** 63n), 2n ** 63n - 1n];

/** Writes a run of another tracker under its own id. */
export async function importRun(database: Database, run: ImportedRun): Promise<TakenOver> {
  if (!runIdForm.test(run.runId))
    throw badValue(`expected the id of a run, found ${JSON.stringify(run.runId.slice(0, 100))}`);
  const params = sortOut(
    run.params,
    ({ key }) => `param ${key}`,
    (param) => keptParam(param, ''),
  );
  const tags = sortOut(
    run.tags,
    ({ key }) => `tag ${key}`,
    (tag) => keptTag(tag, ''),
  );
  const refused = [...params.refused, ...tags.refused];
  return await database.transaction(async (session) => {
    const { id, isNew, isEnded } = await writeRun(session, run);
    const added =
      (await addTexts(session, 'run_params', { run: id, texts: params.kept })) +
      (await addTexts(session, 'run_tags', { run: id, texts: tags.kept }));
    const { experiment_id } = await runRow(session, run.runId);
    const noted = { id, experiment_id };
    for (const input of run.datasetInputs) await noteDataset(session, noted, input);
    const models = run.modelInputs.map((modelId) => ({ modelId, step: 0n }));
    await noteModels(session, noted, { direction: 'input', models });
    await noteModels(session, noted, { direction: 'output', models: run.modelOutputs });
    return { taken: isNew ? 'new' : added > 0 || isEnded ? 'more' : 'same', refused };
  });
}

interface WrittenRun {
  readonly id: number;
  readonly isNew: boolean;
  /** Whether it had not ended here and has now. */
  readonly isEnded: boolean;
}

async function writeRun(session: Session, run: ImportedRun): Promise<WrittenRun> {
  const { runId, status, startedAtMs, endedAtMs, artifactUri, lifecycle, deletedAtMs } = run;
  const known = await session.first<{ id: number }>('select id from tracked_runs where run_id = ?', [runId]);
  if (known !== null) {
    const end = `update tracked_runs set status = ?, ended_at_ms = ?
      where id = ? and status in ('RUNNING', 'SCHEDULED') and status <> ?`;
    return { id: known.id, isNew: false, isEnded: (await session.run(end, [status, endedAtMs, known.id, status])) > 0 };
  }
  const row = {
    ...{ run_id: runId, experiment_id: experimentNumber(run.experimentId), name: storable(run.name) },
    ...{ user_id: storable(run.userId), status, started_at_ms: startedAtMs, ended_at_ms: endedAtMs },
    ...{ artifact_uri: storable(artifactUri), lifecycle },
    deleted_at_ms: lifecycle === 'deleted' ? (deletedAtMs ?? endedAtMs ?? startedAtMs ?? 0) : null,
  };
  const columns = Object.keys(row);
  const sql = `insert into tracked_runs (${columns.join(', ')}) values (${columns.map(() => '?').join(', ')}) returning id`;
  const made = await session.first<{ id: number }>(sql, Object.values(row));
  return { id: made!.id, isNew: true, isEnded: false };
}

/** Adds params or tags to a run; those whose keys are there stay. @returns how many are new */
export async function addTexts(
  session: Session,
  table: 'run_params' | 'run_tags',
  { run, texts }: { readonly run: number; readonly texts: readonly Tag[] },
): Promise<number> {
  const rows = texts.map(({ key, value }) => [run, key, value]);
  return await session.insert({ table, columns: ['run', 'key', 'value'] }, rows, { onConflict: 'nothing' });
}

/** How many points a run has. */
export async function countPoints(database: Database, runId: string): Promise<number> {
  const sql = `select count(*) as points from metric_points p join metric_series s on s.id = p.series
    join tracked_runs r on r.id = s.run where r.run_id = ?`;
  return (await database.first<{ points: number }>(sql, [runId]))!.points;
}

/** Adds points to a run, also to a deleted one. */
export async function importPoints(
  database: Database,
  runId: string,
  metrics: readonly Metric[],
): Promise<readonly Refusal[]> {
  const { kept, refused } = sortOut(metrics, ({ key, step }) => `point of ${key} at step ${step}`, checkedPoint);
  await database.transaction(async (session) => logPoints(session, await runRow(session, runId), kept), {
    durability: 'normal',
  });
  return refused;
}

/** A point that can be kept. @throws PlatformError TRACKING_BAD_VALUE */
export function checkedPoint<Point extends Metric>(point: Point): Point {
  checkKey(point.key, 'name', 'Metric name');
  if (!Number.isSafeInteger(point.timestampMs) || point.timestampMs < 0)
    throw badValue(`expected a time in milliseconds since 1970, found ${point.timestampMs}`);
  if (point.step < lowest || point.step > highest) throw badValue(`expected a 64-bit step, found ${point.step}`);
  return point;
}
