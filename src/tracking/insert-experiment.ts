import type { Session } from '../database/index.ts';
import { defaultLocation } from './artifact-location.ts';
import type { Lifecycle } from './entities.ts';
import { storable } from './names.ts';

/** What a row of an experiment is made of. */
export interface ExperimentValues {
  /** Left out: the database gives one. */
  readonly id?: number;
  readonly name: string;
  /** Null or empty: below the root of the server's artifacts, by the id. */
  readonly artifactLocation: string | null;
  readonly lifecycle: Lifecycle;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

/**
 * Writes the row of an experiment. Its id was never that of another one, also not of one that was removed for good: addresses,
 * permissions and clients' settings name experiments by it.
 * @returns its id; null where its id or its name is taken
 */
export async function insertExperiment(session: Session, values: ExperimentValues): Promise<number | null> {
  const given = values.id === undefined ? [] : [values.id];
  if (values.id !== undefined && (await wasRemoved(session, values.id))) return null;
  const { artifactLocation, lifecycle, createdAtMs, updatedAtMs } = values;
  const row = [...given, storable(values.name), artifactLocation ?? '', lifecycle, createdAtMs, updatedAtMs];
  const sql = `insert into experiments (${given.map(() => 'id, ').join('')}name, artifact_location, lifecycle,
      created_at_ms, updated_at_ms)
    values (${row.map(() => '?').join(', ')}) on conflict do nothing returning id`;
  const made = (await session.first<{ id: number }>(sql, row))?.id ?? null;
  const id = made === null || values.id !== undefined ? made : await unusedId(session, made);
  if (id !== null && !artifactLocation) {
    await session.run('update experiments set artifact_location = ? where id = ?', [defaultLocation(id), id]);
  }
  return id;
}

async function wasRemoved(session: Session, id: number): Promise<boolean> {
  return (await session.first('select 1 from removed_experiments where experiment_id = ?', [id])) !== null;
}

/** SQLite gives the id of the last experiment again, once that was removed: then the new one takes the next. */
async function unusedId(session: Session, id: number): Promise<number> {
  if (!(await wasRemoved(session, id))) return id;
  const next = `update experiments set id = (select max(experiment_id) from removed_experiments) + 1
    where id = ? returning id`;
  return (await session.first<{ id: number }>(next, [id]))!.id;
}
