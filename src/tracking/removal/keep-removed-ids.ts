import type { Database } from '../../database/index.ts';

/** Lets what gives ids to experiments go on behind those that were removed, where the tables came from another database. */
export async function keepRemovedIds(database: Database): Promise<void> {
  if (database.kind === 'sqlite') return;
  const highest = `greatest((select max(id) from experiments), (select max(experiment_id) from removed_experiments), 1)`;
  await database.all(`select setval(pg_get_serial_sequence('experiments', 'id'), ${highest})`);
}
