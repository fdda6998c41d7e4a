import type { Database, Session } from '../database/index.ts';
import { now } from '../encoding/index.ts';
import { isPlatformError, PlatformError } from '../errors/index.ts';
import type { Experiment, Lifecycle, Tag } from './entities.ts';
import { type ExperimentValues, insertExperiment } from './insert-experiment.ts';
import {
  checkArtifactLocation,
  checkExperimentName,
  experimentNumber,
  keptExperimentTag,
  storable,
  unknown,
} from './names.ts';
import type { NewExperiment } from './tracking-store.ts';

const defaultExperiment = { id: 0, name: 'Default' };
const columns = 'id, name, artifact_location, lifecycle, created_at_ms, updated_at_ms';

/** A row of the table. */
export interface ExperimentRow {
  readonly id: number;
  readonly name: string;
  readonly artifact_location: string;
  readonly lifecycle: Lifecycle;
  readonly created_at_ms: number;
  readonly updated_at_ms: number;
}

/** Makes the experiment `0`, where it is not there yet. */
export async function ensureDefaultExperiment(database: Database): Promise<void> {
  const { id } = defaultExperiment;
  if ((await database.first('select id from experiments where id = ?', [id])) !== null) return;
  await database.transaction((session) => insertExperiment(session, newRow(defaultExperiment)));
}

/** Makes an experiment. @returns its id */
export async function createExperiment(database: Database, experiment: NewExperiment): Promise<string> {
  checkExperimentName(experiment.name);
  if (experiment.artifactLocation !== undefined) checkArtifactLocation(experiment.artifactLocation);
  const tags = (experiment.tags ?? []).map(keptExperimentTag);
  return await database.transaction(async (session) => {
    const id = await insertExperiment(session, newRow(experiment));
    if (id === null) throw taken(experiment.name);
    for (const tag of tags) await writeTag(session, id, tag);
    return String(id);
  });
}

/** The row of an experiment that is made now. */
function newRow(experiment: Pick<NewExperiment, 'name' | 'artifactLocation'> & { id?: number }): ExperimentValues {
  const at = now();
  const { artifactLocation = null } = experiment;
  return { ...experiment, artifactLocation, lifecycle: 'active', createdAtMs: at, updatedAtMs: at };
}

/** The experiment of a name, also a deleted one; made where there is none. */
export async function experimentNamed(session: Session, name: string): Promise<ExperimentRow> {
  // Looked for first: an insert that comes to nothing still uses up an id.
  const known = await rowNamed(session, name);
  if (known !== null) return known;
  await insertExperiment(session, newRow({ name }));
  return (await rowNamed(session, name))!;
}

async function rowNamed(session: Session, name: string): Promise<ExperimentRow | null> {
  return await session.first<ExperimentRow>(`select ${columns} from experiments where name = ?`, [storable(name)]);
}

function taken(name: string): PlatformError {
  return new PlatformError('TRACKING_EXISTS', { message: `Experiment(name=${name}) already exists.` });
}

/** An experiment by its id, also a deleted one. */
export async function getExperiment(session: Session, id: string): Promise<Experiment> {
  const row = await experimentRow(session, id);
  return (await withTags(session, [row]))[0]!;
}

/** The row of an experiment, also of a deleted one. @throws PlatformError TRACKING_UNKNOWN */
export async function experimentRow(session: Session, id: string): Promise<ExperimentRow> {
  const sql = `select ${columns} from experiments where id = ?`;
  const row = await session.first<ExperimentRow>(sql, [experimentNumber(id)]);
  if (row === null) throw unknown(`No Experiment with id=${id} exists`);
  return row;
}

/** An experiment by its name, also a deleted one; null where there is none. */
export async function findExperiment(session: Session, name: string): Promise<Experiment | null> {
  const row = await rowNamed(session, name);
  return row === null ? null : (await withTags(session, [row]))[0]!;
}

/** Rows with their tags, in the same order. */
export async function withTags(session: Session, rows: readonly ExperimentRow[]): Promise<Experiment[]> {
  if (rows.length === 0) return [];
  const tags = new Map<number, Tag[]>(rows.map(({ id }) => [id, []]));
  const places = rows.map(() => '?').join(', ');
  const sql = `select experiment_id, key, value from experiment_tags where experiment_id in (${places}) order by key`;
  const ids = rows.map(({ id }) => id);
  for (const { experiment_id, key, value } of await session.all<Tag & { experiment_id: number }>(sql, ids)) {
    tags.get(experiment_id)!.push({ key, value });
  }
  return rows.map((row) => ({
    id: String(row.id),
    name: row.name,
    artifactLocation: row.artifact_location,
    lifecycle: row.lifecycle,
    createdAtMs: row.created_at_ms,
    updatedAtMs: row.updated_at_ms,
    tags: tags.get(row.id)!,
  }));
}

/** The same, where changing it or what is in it is allowed. @throws PlatformError TRACKING_NOT_ACTIVE */
export async function activeExperiment(session: Session, id: string): Promise<ExperimentRow> {
  const row = await experimentRow(session, id);
  if (row.lifecycle === 'active') return row;
  throw new PlatformError('TRACKING_NOT_ACTIVE', {
    message: `The experiment ${id} must be in the 'active' state. Current state is ${row.lifecycle}.`,
  });
}

/** Gives an experiment another name. */
export async function renameExperiment(database: Database, id: string, name: string): Promise<void> {
  checkExperimentName(name);
  await activeExperiment(database, id);
  await database
    .run('update experiments set name = ?, updated_at_ms = ? where id = ?', [storable(name), now(), Number(id)])
    .catch((error: unknown) => {
      throw isPlatformError(error) && error.code === 'DATABASE_CONSTRAINT' ? taken(name) : error;
    });
}

/** Moves an experiment with all its runs to the bin, or out of it. */
export async function moveExperiment(database: Database, id: string, to: Lifecycle): Promise<void> {
  await database.transaction(async (session) => {
    const row = await experimentRow(session, id);
    if (row.lifecycle === to) throw unknown(`No Experiment with id=${id} exists`);
    const at = now();
    const change = 'update experiments set lifecycle = ?, updated_at_ms = ? where id = ?';
    if ((await session.run(change, [to, at, row.id])) === 0) throw unknown(`No Experiment with id=${id} exists`);
    const runs = `update tracked_runs set lifecycle = ?, deleted_at_ms = ?
      where experiment_id = ? and lifecycle <> 'removed'`;
    await session.run(runs, [to, to === 'deleted' ? at : null, row.id]);
  });
}

/** Sets a tag. */
export async function setExperimentTag(database: Database, id: string, tag: Tag): Promise<void> {
  const kept = keptExperimentTag(tag);
  await database.transaction(async (session) => {
    const row = await activeExperiment(session, id);
    await writeTag(session, row.id, kept);
    await session.run('update experiments set updated_at_ms = ? where id = ?', [now(), row.id]);
  });
}

async function writeTag(session: Session, id: number, { key, value }: Tag): Promise<void> {
  const target = { table: 'experiment_tags', columns: ['experiment_id', 'key', 'value'] };
  const sql = '(experiment_id, key) do update set value = excluded.value';
  await session.insert(target, [[id, key, value]], { onConflict: { sql } });
}

/** Takes a tag away. */
export async function deleteExperimentTag(database: Database, id: string, key: string): Promise<void> {
  await database.transaction(async (session) => {
    const row = await activeExperiment(session, id);
    const sql = 'delete from experiment_tags where experiment_id = ? and key = ?';
    if ((await session.run(sql, [row.id, storable(key)])) === 0)
      throw unknown(`No tag with name: ${key} in experiment with id ${id}`);
  });
}
