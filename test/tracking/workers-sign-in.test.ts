/* Whoever is let in, or no longer, is so at every worker at once; and guessing at all of them is guessing at one server. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasPostgres } from '../contract/databases.ts';
import { withPostgresDatabase } from '../contract/postgres-database.ts';
import { type ServerProcess, startServerProcess } from './server-process.ts';
import { askAnew, askEveryWorker, type FreshRequest, workersOf, workersVarz } from './worker-processes.ts';

const api = '/api/2.0';
const password = 'a password of the admin';
const basic = (name: string, secret: string) => ({
  authorization: `Basic ${Buffer.from(`${name}:${secret}`).toString('base64')}`,
});
const bearer = (secret: string) => ({ authorization: `Bearer ${secret}` });
const admin = basic('admin', password);
const patience = { timeout: 60_000 };

const databases: readonly (readonly [string, (work: (store: string) => Promise<void>) => Promise<void>])[] = [
  ['SQLite', (work) => work(join(home, 'state'))],
  ...((await hasPostgres()) ? [['PostgreSQL', withPostgresDatabase] as const] : []),
];
let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'workers-sign-in-'));
});
afterAll(() => rm(home, { recursive: true, force: true }));

describe.each(databases)('signing in to workers on %s', { timeout: 180_000 }, (_name, withStore) => {
  test('a password, a token, a role and a user that are gone are gone at every worker', () =>
    withStore(async (store) => {
      const { server, make, everywhere } = await startWorkers(store);
      try {
        const search = { path: '/mlflow/experiments/search', body: { max_results: 1 } };
        const current = { path: '/mlflow/users/current' };
        for (const name of ['ada', 'eve'])
          await make('POST', '/mlflow/users/create', { username: name, password: `first password of ${name}` });
        const ada = basic('ada', 'first password of ada');
        expect(await everywhere({ ...search, headers: ada })).toEqual([200, 200]);
        const made = await make('POST', '/mlspec/tokens/create', { name: 'of ada' }, ada);
        const { secret, token } = made as { secret: string; token: { prefix: string } };
        expect(await everywhere({ ...search, headers: bearer(secret) })).toEqual([200, 200]);
        await make('POST', '/mlspec/tokens/revoke', { prefix: token.prefix });
        expect(await everywhere({ ...search, headers: bearer(secret) })).toEqual([401, 401]);

        await make('PATCH', '/mlflow/users/update-password', { username: 'ada', password: 'second password of ada' });
        expect(await everywhere({ ...search, headers: ada })).toEqual([401, 401]);
        const again = basic('ada', 'second password of ada');
        expect(await everywhere({ ...search, headers: again })).toEqual([200, 200]);

        const list = { path: '/mlflow/users/list' };
        expect(await everywhere({ ...list, headers: again })).toEqual([403, 403]);
        await make('PATCH', '/mlflow/users/update-admin', { username: 'ada', is_admin: true });
        expect(await everywhere({ ...list, headers: again })).toEqual([200, 200]);
        await make('PATCH', '/mlflow/users/update-admin', { username: 'ada', is_admin: false });
        expect(await everywhere({ ...list, headers: again })).toEqual([403, 403]);

        const eve = basic('eve', 'first password of eve');
        expect(await everywhere({ ...current, headers: eve })).toEqual([200, 200]);
        await make('DELETE', '/mlflow/users/delete', { username: 'eve' });
        expect(await everywhere({ ...current, headers: eve })).toEqual([401, 401]);
      } finally {
        await server.kill();
      }
    }));
});

describe('guessing at workers', { timeout: 180_000 }, () => {
  test('ends after ten wrong tries at all of them together, and starts over at none', async () => {
    const { server, everywhere } = await startWorkers(join(home, 'guessed'));
    try {
      const search = { path: '/mlflow/experiments/search', body: { max_results: 1 } };
      const guess = async (secret: string) =>
        await askAnew(`${server.url}${api}${search.path}`, { body: search.body, headers: basic('eve', secret) });
      const wrong = 'The user name, password or token is wrong';
      for (let count = 0; count < 10; count++) expect((await guess(`wrong ${count}`)).text).toContain(wrong);
      for (let count = 0; count < 6; count++)
        expect((await guess(`more ${count}`)).text).toContain('Too many wrong tries');
      // The admin comes in, and sees that there is a new worker.
      const [victim] = await workersOf(server.url, admin);
      process.kill(victim!, 'SIGKILL');
      const restarts = async () => (await workersVarz(server.url, admin).catch(() => null))?.restarts;
      await expect.poll(restarts, patience).toBe(1);
      await expect.poll(async () => (await workersOf(server.url, admin)).length, patience).toBe(2);
      expect(await everywhere({ ...search, headers: basic('eve', 'more') })).toEqual([401, 401]);
      for (let count = 0; count < 6; count++)
        expect((await guess(`even more ${count}`)).text).toContain('Too many wrong tries');
    } finally {
      await server.kill();
    }
  });

  test('is forgotten at all of them after a right try at one', async () => {
    const { server, make } = await startWorkers(join(home, 'forgotten'));
    try {
      await make('POST', '/mlflow/users/create', { username: 'ada', password: 'the password of ada' });
      const statusOf = async (secret: string): Promise<number> =>
        (await askAnew(`${server.url}${api}/mlflow/users/current`, { headers: basic('ada', secret) })).status;
      for (let round = 0; round < 3; round++) {
        for (let count = 0; count < 9; count++) expect(await statusOf(`wrong ${count}`)).toBe(401);
        expect(await statusOf('the password of ada')).toBe(200);
      }
    } finally {
      await server.kill();
    }
  });
});

async function startWorkers(store: string) {
  const server: ServerProcess = await startServerProcess(store, home, {
    options: ['--log', 'json', '--workers', '2', '--sign-in'],
    env: { MLSPEC_ADMIN_PASSWORD: password },
  });
  const pids = await workersOf(server.url, admin);
  return {
    server,
    make: async (method: string, path: string, body: object, headers: Readonly<Record<string, string>> = admin) => {
      const { status, text } = await askAnew(`${server.url}${api}${path}`, { method, body, headers });
      if (status !== 200) throw new Error(`${method} ${path}: ${status} ${text}`);
      return JSON.parse(text) as unknown;
    },
    /** The first answer of each worker. */
    everywhere: async ({ path, ...asked }: FreshRequest & { readonly path: string }): Promise<number[]> => {
      const now =
        (await workersOf(server.url, admin)).length === pids.length ? await workersOf(server.url, admin) : pids;
      const answers = await askEveryWorker(server, `${api}${path}`, { ...asked, pids: now });
      return [...answers.values()].map(({ status }) => status);
    },
  };
}
