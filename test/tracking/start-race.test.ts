/* Servers that start at once on one empty store: each answers, the tables and the first admin are made once. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDatabase } from '../../src/database/index.ts';
import { hasPostgres } from '../contract/databases.ts';
import { withPostgresDatabase } from '../contract/postgres-database.ts';
import { startServerProcess } from './server-process.ts';
import { askAnew } from './worker-processes.ts';

const servers = 4;
const withPostgres = await hasPostgres();
let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'start-race-'));
});
afterAll(() => rm(home, { recursive: true, force: true }));

describe(`${servers} servers that start at once`, { timeout: 180_000 }, () => {
  test('on an empty SQLite file', async () => {
    const state = join(home, 'state');
    await race(state);
    // What one of them made the others need not have backed up.
    expect((await readdir(state)).filter((name) => name.includes('backup'))).toEqual([]);
    const database = await openDatabase({ kind: 'sqlite', path: join(state, 'metadata.db') });
    expect(await database.first('pragma integrity_check')).toEqual({ integrity_check: 'ok' });
    await database.close();
  });

  test.skipIf(!withPostgres)('on an empty PostgreSQL database', () => withPostgresDatabase(race));

  test('and ask people to sign in: one of them makes the first admin, whose password is the one in the file', async () => {
    const state = join(home, 'signed-in');
    const all = await startAll(state, '--sign-in');
    try {
      const file = join(state, 'admin-password');
      const password = (await readFile(file, 'utf8')).trim();
      const authorization = `Basic ${Buffer.from(`admin:${password}`).toString('base64')}`;
      for (const { url } of all)
        expect((await askAnew(`${url}/varz`, { headers: { authorization } })).status).toBe(200);
      expect((await readdir(state)).filter((name) => name.startsWith('admin-password'))).toEqual(['admin-password']);
      expect(all.filter((one) => one.log().includes('made the user admin'))).toHaveLength(1);
    } finally {
      for (const one of all) await one.kill();
    }
  });
});

async function startAll(store: string, ...options: string[]) {
  return await Promise.all(Array.from({ length: servers }, () => startServerProcess(store, home, { options })));
}

/** Starts all, and lets each do something to what the others made. */
async function race(store: string): Promise<void> {
  const all = await startAll(store);
  try {
    const api = '/api/2.0/mlflow';
    const runs = await Promise.all(
      all.map(({ url }) => askAnew(`${url}${api}/runs/create`, { body: { experiment_id: '0' } })),
    );
    expect(runs.map(({ status }) => status)).toEqual(Array(servers).fill(200));
    for (const { url } of all) {
      const found = await askAnew(`${url}${api}/runs/search`, { body: { experiment_ids: ['0'] } });
      expect(JSON.parse(found.text).runs).toHaveLength(servers);
      const experiments = await askAnew(`${url}${api}/experiments/search`, { body: { max_results: 10 } });
      expect(JSON.parse(experiments.text).experiments).toMatchObject([{ experiment_id: '0', name: 'Default' }]);
    }
    for (const one of all) expect(await one.stop()).toBe(0);
  } finally {
    for (const one of all) await one.kill();
  }
}
