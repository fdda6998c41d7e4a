/* Approvals at a server of several processes: what was decided at one holds at the others at once, and an alias moves once. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasPostgres } from '../contract/databases.ts';
import { withPostgresDatabase } from '../contract/postgres-database.ts';
import { addPeople, askedOf, people } from './approval-server.ts';
import { startServerProcess } from './server-process.ts';
import { type Asking, askingAt, type Json, password } from './sign-in-server.ts';
import { askEveryWorker, workersOf } from './worker-processes.ts';

const { ann, ben, cat, dan, wil, admin } = people;
const databases: readonly (readonly [string, (work: (store: string) => Promise<void>) => Promise<void>])[] = [
  ['SQLite', (work) => work(join(home, 'state'))],
  ...((await hasPostgres()) ? [['PostgreSQL', withPostgresDatabase] as const] : []),
];
let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'approvals-workers-'));
});
afterAll(() => rm(home, { recursive: true, force: true }));

describe.each(databases)('approvals at workers on %s', { timeout: 180_000 }, (_name, withStore) => {
  test('count at every worker, and move the alias once', () =>
    withStore(async (store) => {
      const server = await startServerProcess(store, home, {
        options: ['--log', 'json', '--workers', '3', '--sign-in'],
        env: { MLSPEC_ADMIN_PASSWORD: password },
      });
      try {
        const asking: Asking = askingAt(server.url, { connection: 'close' });
        const { refused, pointAt, approve, seen, askFor, guarded } = askedOf(() => asking);
        const pids = await workersOf(server.url, admin);
        const everywhere = async (path: string): Promise<Json[]> => {
          const answers = await askEveryWorker(server, path, { headers: admin, pids });
          expect(answers.size).toBe(3);
          return [...answers.values()].map(({ text }) => JSON.parse(text) as Json);
        };
        await addPeople(asking);
        for (let turn = 0; turn < 5; turn++) {
          const name = await guarded(2);
          const request = await askFor(name, '1');
          const [moves, ...answers] = await Promise.all([
            pointAt(name, '2', wil),
            ...[ben, cat, dan, ann, ben, cat].map((who) => approve(request, who)),
          ]);
          await refused(Promise.resolve(moves!), 403, 'is protected');
          // Ann made the version; once two have approved the request is over.
          expect(answers.map(({ status }) => status).filter((status) => ![200, 400, 403].includes(status))).toEqual([]);
          const query = new URLSearchParams({ name, alias: 'production' });
          for (const { model_version } of await everywhere(`/api/2.0/mlflow/registered-models/alias?${query}`))
            expect(model_version.version).toBe('1');
          for (const { decisions } of await everywhere(
            `/api/2.0/mlspec/protections/list?name=${encodeURIComponent(name)}`,
          ))
            expect(decisions.map(({ kind }: Json) => kind)).toEqual(['protect', 'move']);
          const kinds = (await seen(request))['decisions'].map(({ kind }: Json) => kind);
          expect(kinds).toEqual(['approve', 'approve', 'move']);
        }
        const name = await guarded(1);
        const [one, other] = [await askFor(name, '1'), await askFor(name, '2')];
        // The second was asked from where the alias is not any more.
        const rivals = await Promise.all([approve(one, ben), approve(other, cat)]);
        expect(rivals.map(({ status }) => status).sort()).toEqual([200, 400]);
      } finally {
        await server.kill();
      }
    }));
});
