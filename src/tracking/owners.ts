/* What belongs to which experiment. */
import type { Session } from '../database/index.ts';
import { storable } from './names.ts';

/** Databases take only so many parameters. */
const idsAtOnce = 1000;

/** What belongs to an experiment. */
export type OwnedKind = 'runs' | 'logged-models' | 'traces';

const tables: Readonly<Record<OwnedKind, { readonly table: string; readonly id: string }>> = {
  runs: { table: 'tracked_runs', id: 'run_id' },
  'logged-models': { table: 'logged_models', id: 'model_id' },
  traces: { table: 'traces', id: 'trace_id' },
};

/** The experiments of runs, logged models or traces, deleted ones too, by the ids as they were given. */
export async function ownersOf(
  session: Session,
  kind: OwnedKind,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const { table, id } = tables[kind];
  const found = new Map<string, string>();
  for (let start = 0; start < ids.length; start += idsAtOnce) {
    const some = ids.slice(start, start + idsAtOnce);
    const rows = await session.all<{ id: string; experiment_id: number }>(
      `select ${id} as id, experiment_id from ${table} where ${id} in (${some.map(() => '?').join(', ')})`,
      some.map(storable),
    );
    for (const row of rows) found.set(row.id, String(row.experiment_id));
  }
  return new Map(ids.flatMap((given) => (found.has(storable(given)) ? [[given, found.get(storable(given))!]] : [])));
}

/** The experiments whose artifacts this server keeps somewhere that does not follow from their ids. */
export async function placedElsewhere(session: Session): Promise<ReadonlyMap<string, string>> {
  const rows = await session.all<{ id: number; artifact_location: string }>(
    `select id, artifact_location from experiments
     where artifact_location like 'mlflow-artifacts:%' and artifact_location <> 'mlflow-artifacts:/' || cast(id as text)`,
  );
  return new Map(rows.map(({ id, artifact_location }) => [String(id), artifact_location]));
}
