import { expect, test } from 'vitest';
import { hasPostgres, newPostgres, newSqlite } from '../../test/contract/databases.ts';
import type { Database } from '../database/index.ts';
import { type ModelRegistry, openRegistry } from './index.ts';

const [first, second] = [1, 2].map((ordinal) => ({ model: 'flights', ordinal })) as [Key, Key];
type Key = { readonly model: string; readonly ordinal: number };

test('a model is either protected or gone, whichever came first, on SQLite', async () => {
  const place = await newSqlite();
  const database = await place.open();
  const registry = await openRegistry(database);
  for (const act of [registry.deleteModel, (name: string) => registry.renameModel(name, 'trains')]) {
    await registerFlights(registry);
    const protecting = { model: 'flights', alias: 'production', approvals: 1, by: 'key-1' };
    const ended = await Promise.allSettled([act('flights'), registry.protectAlias(protecting)]);
    expect(ended.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  }
  await database.close();
  await place.dispose();
});

test.skipIf(!(await hasPostgres()))(
  'what a protection forbids waits for one that is being written, on PostgreSQL',
  async () => {
    const place = await newPostgres();
    const database = await place.open();
    const registry = await openRegistry(database);
    await registerFlights(registry);
    for (const forbidden of [
      () => registry.deleteModel('flights'),
      () => registry.renameModel('flights', 'trains'),
      () => registry.deleteVersion(first),
      () => registry.removeAlias('flights', 'production'),
      () => registry.pointAlias(second, 'production'),
      () => registry.setAlias('flights', 'production', 'latest'),
      () => registry.moveVersion({ ...second, stage: 'Production', archiveOthers: false }),
    ]) {
      const protecting = protectSlowly(database);
      const pid = await protecting.written;
      let answer = '';
      const answered = forbidden().then(
        () => (answer = 'done'),
        (error: { code: string }) => (answer = error.code),
      );
      while (answer === '' && !(await isWaitedFor(database, pid)));
      protecting.commit();
      await Promise.all([protecting.ended, answered]);
      expect([String(forbidden), answer]).toEqual([String(forbidden), 'REGISTRY_ALIAS_PROTECTED']);
      await registry.protectAlias({ model: 'flights', alias: 'production', approvals: 0, by: 'key-1' });
    }
    await database.close();
    await place.dispose();
  },
);

async function registerFlights(registry: ModelRegistry): Promise<void> {
  await registry.createModel({ name: 'flights' });
  for (const source of ['s3://b/1', 's3://b/2']) await registry.createVersion({ model: 'flights', source });
  await registry.pointAlias(first, 'production');
}

/** What `protectAlias` writes, committed when it is told. */
function protectSlowly(database: Database) {
  const [written, commit] = [Promise.withResolvers<number>(), Promise.withResolvers<void>()];
  const ended = database.transaction(async (session) => {
    await session.run("update registered_models set updated_at_ms = updated_at_ms where name = 'flights'");
    const columns = ['kind', 'model', 'alias', 'approvals', 'decided_by', 'counts', 'at_ms'];
    await session.insert({ table: 'alias_decisions', columns }, [
      ['protect', 'flights', 'production', 1, 'key-1', 1, 0],
    ]);
    written.resolve((await session.first<{ pid: number }>('select pg_backend_pid() as pid'))!.pid);
    await commit.promise;
  });
  return { written: written.promise, commit: commit.resolve, ended };
}

/** Whether another transaction waits for the end of this one. */
async function isWaitedFor(database: Database, pid: number): Promise<boolean> {
  const sql = 'select 1 from pg_stat_activity where ? = any(pg_blocking_pids(pid)) limit 1';
  return (await database.first(sql, [pid])) !== null;
}
