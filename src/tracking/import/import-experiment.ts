import type { Database, Session } from '../../database/index.ts';
import { insertExperiment } from '../insert-experiment.ts';
import { checkArtifactLocation, checkExperimentName, keptExperimentTag, storable } from '../names.ts';
import type { ImportedExperiment, TakenOver } from './imported.ts';
import { sortOut } from './refuse.ts';

/** Writes an experiment of another tracker, with its id where that is free. */
export async function importExperiment(
  database: Database,
  experiment: ImportedExperiment,
): Promise<TakenOver & { readonly id: string }> {
  checkExperimentName(experiment.name);
  if (experiment.artifactLocation !== null) checkArtifactLocation(experiment.artifactLocation);
  const { kept: tags, refused } = sortOut(experiment.tags, ({ key }) => `tag ${key}`, keptExperimentTag);
  return await database.transaction(async (session) => {
    const known = await knownExperiment(session, experiment);
    const id = known ?? (await makeExperiment(session, database.kind, experiment));
    const target = { table: 'experiment_tags', columns: ['experiment_id', 'key', 'value'] };
    const rows = tags.map(({ key, value }) => [id, key, value]);
    const added = await session.insert(target, rows, { onConflict: 'nothing' });
    const taken = known === null ? 'new' : added > 0 ? 'more' : 'same';
    return { id: String(id), taken, refused };
  });
}

async function knownExperiment(
  session: Session,
  { id, name, createdAtMs }: ImportedExperiment,
): Promise<number | null> {
  const number = numberOf(id);
  const same = 'select id from experiments where id = ? and created_at_ms = ?';
  const row =
    (number === null ? null : await session.first<{ id: number }>(same, [number, createdAtMs])) ??
    (await session.first<{ id: number }>('select id from experiments where name = ?', [storable(name)]));
  return row?.id ?? null;
}

/** An id as the number that it is kept as, or null where it cannot be kept. */
function numberOf(id: string): number | null {
  return /^\d{1,16}$/.test(id) && Number.isSafeInteger(Number(id)) ? Number(id) : null;
}

async function makeExperiment(
  session: Session,
  kind: Database['kind'],
  experiment: ImportedExperiment,
): Promise<number> {
  const { id: given, tags: _tags, ...values } = experiment;
  const number = numberOf(given);
  const kept = number === null ? null : await insertExperiment(session, { ...values, id: number });
  if (kept === null) return (await insertExperiment(session, values))!;
  // A key that was given does not move what gives keys.
  const sequence = "pg_get_serial_sequence('experiments', 'id')";
  if (kind === 'postgres')
    await session.all(`select setval(${sequence}, greatest((select max(id) from experiments), 1))`);
  return kept;
}
