/* A spool whose server lets only some people in: what is not let in waits, and nobody's secret is kept. */
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { authorizationOf } from '../../src/app/remote-tracker.ts';
import { RemoteAway, sendSpool } from '../../src/server/spool/index.ts';
import { newSqlite } from '../contract/databases.ts';
import { basic, bearer, password, type SignInServer, setUp, startSignInServer } from './sign-in-server.ts';
import { type LocalSpool, makeRun, senderOf, serveSpool } from './spool-here.ts';
import { call } from './spool-parts.ts';

let folder: string;
let remote: SignInServer;
let tokenOf: (user: string, role: 'reader' | 'writer') => Promise<string>;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spool-sign-in-'));
  remote = await startSignInServer(newSqlite, { ada: 'writer', eve: 'reader' });
  tokenOf = async (user, role) =>
    (await remote.access.addToken({ user, name: role, role, expiresAtMs: null }, setUp)).secret;
});

afterEach(async () => {
  await remote.close();
  await rm(folder, { recursive: true, force: true });
});

/** A spool in which a run with a point, a param and a file waits. */
async function withRun(work: (spool: LocalSpool, runId: string) => Promise<void>): Promise<void> {
  await serveSpool(join(folder, 'a'), remote.url, async (spool) => {
    const run_id = await makeRun(spool.url, 'signed');
    await call(spool.url, 'POST runs/log-metric', { run_id, key: 'x', value: 1, timestamp: 1, step: 1 });
    await call(spool.url, 'POST runs/log-parameter', { run_id, key: 'p', value: '1' });
    const to = `${spool.url}/api/2.0/mlflow-artifacts/artifacts/1/${run_id}/artifacts/a.txt`;
    expect((await fetch(to, { method: 'PUT', body: 'hello' })).status).toBe(200);
    await work(spool, run_id);
  });
}

function as(spool: LocalSpool, credentials: Record<string, string>, said: string[] = []) {
  const server = { uri: spool.journal.remote, authorization: authorizationOf({ uri: '', credentials }) };
  return senderOf(spool, { server, say: (message) => said.push(message) });
}

async function arrived(): Promise<readonly { info: { user_id: string }; data: Record<string, unknown> }[]> {
  const found = await remote.ask('GET /api/2.0/mlflow/experiments/get-by-name', {
    as: basic('admin'),
    fields: { experiment_name: 'signed' },
  });
  if (found.status === 404) return [];
  const { experiment_id } = (found.json as { experiment: { experiment_id: string } }).experiment;
  return (await remote.make('POST runs/search', { experiment_ids: [experiment_id] }))['runs'] ?? [];
}

/** Whether any file of the spool holds a text. */
async function isKept(text: string): Promise<boolean> {
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((file) => file.isFile());
  expect(files.length).toBeGreaterThan(1);
  const held = await Promise.all(files.map((file) => readFile(join(file.parentPath, file.name))));
  return held.some((bytes) => bytes.includes(text));
}

describe('a server at which people sign in', () => {
  test('takes nothing from nobody, from a wrong token and a revoked one: all of it waits, and is said how to go on', async () => {
    await withRun(async (spool) => {
      const { waiting } = await spool.journal.status();
      const revoked = await tokenOf('ada', 'writer');
      await remote.access.revokeToken((await remote.access.listTokens('ada'))[0]!.prefix, setUp);
      const wrong: Record<string, string>[] = [
        {},
        { MLFLOW_TRACKING_TOKEN: 'no-such-token-of-anybody' },
        { MLFLOW_TRACKING_TOKEN: revoked },
        { MLFLOW_TRACKING_USERNAME: 'ada', MLFLOW_TRACKING_PASSWORD: 'not the password' },
      ];
      for (const credentials of wrong) {
        const sending = sendSpool(as(spool, credentials));
        await expect(sending).rejects.toThrow(RemoteAway);
        await expect(sending).rejects.toThrow(/with 401: .*; sign in with MLFLOW_TRACKING_TOKEN, or/);
        const status = await spool.journal.status();
        expect(status).toMatchObject({ waiting, aside: 0, lastError: expect.stringMatching(/MLFLOW_TRACKING_TOKEN/) });
      }
      expect(await arrived()).toEqual([]);
      const token = await tokenOf('ada', 'writer');
      await sendSpool(as(spool, { MLFLOW_TRACKING_TOKEN: token }));
      expect(await spool.journal.status()).toMatchObject({ waiting: 0, aside: 0, lastError: null });
      expect(await arrived()).toMatchObject([
        { info: { user_id: 'ada' }, data: { metrics: [{ key: 'x', value: 1 }], params: [{ key: 'p', value: '1' }] } },
      ]);
      for (const secret of [token, revoked, 'no-such-token-of-anybody', 'not the password'])
        expect(await isKept(secret)).toBe(false);
    });
  });

  test('takes nothing from who may only read: it waits until somebody may, and is not set aside', async () => {
    await withRun(async (spool) => {
      const { waiting } = await spool.journal.status();
      const said: string[] = [];
      const token = await tokenOf('eve', 'reader');
      await sendSpool(as(spool, { MLFLOW_TRACKING_TOKEN: token }, said));
      expect(await spool.journal.status()).toMatchObject({ waiting, aside: 0 });
      expect(said.join('\n')).toMatch(/with 403: .*; sign in as somebody who may, or ask for the right/);
      expect(await arrived()).toEqual([]);
      await remote.access.changeUser('eve', { role: 'writer' }, setUp);
      const credentials = { MLFLOW_TRACKING_USERNAME: 'eve', MLFLOW_TRACKING_PASSWORD: password };
      await sendSpool(as(spool, credentials));
      expect(await spool.journal.status()).toMatchObject({ waiting: 0, aside: 0 });
      expect(await arrived()).toMatchObject([{ info: { user_id: 'eve' } }]);
      for (const secret of [token, password, authorizationOf({ uri: '', credentials })!.split(' ')[1]!])
        expect(await isKept(secret)).toBe(false);
    });
  });

  test('one experiment of which is closed to somebody keeps the others going', async () => {
    const { experiment_id } = await remote.make('POST experiments/create', { name: 'theirs' });
    const resource = { kind: 'experiment', id: String(experiment_id) } as const;
    await remote.access.grant('ada', { ...resource, role: 'reader' }, setUp);
    await withRun(async (spool) => {
      const theirs = await makeRun(spool.url, 'theirs');
      await sendSpool(as(spool, { MLFLOW_TRACKING_TOKEN: await tokenOf('ada', 'writer') }));
      expect(await arrived()).toHaveLength(1);
      expect(await spool.journal.status()).toMatchObject({ waiting: 1, aside: 0, lastError: /403/ });
      await remote.access.grant('ada', { ...resource, role: 'writer' }, setUp);
      await sendSpool(as(spool, { MLFLOW_TRACKING_TOKEN: await tokenOf('ada', 'writer') }));
      expect(await spool.journal.status()).toMatchObject({ waiting: 0, aside: 0 });
      expect((await spool.journal.runs()).map(({ runId }) => runId)).toContain(theirs);
    });
  });

  test.for([
    ['a token', { MLFLOW_TRACKING_TOKEN: 'tok/en+with=signs' }],
    ['a password', { MLFLOW_TRACKING_USERNAME: 'ada', MLFLOW_TRACKING_PASSWORD: 'pass word:ä' }],
  ] as [string, Record<string, string>][])(
    'that repeats %s in its refusals puts it into no file',
    async ([, credentials]) => {
      const secret = Object.values(credentials).at(-1)!;
      const header = authorizationOf({ uri: '', credentials })!;
      const echo = createServer((request, response) => {
        const status = request.url!.includes('runs/create') ? 400 : request.url!.includes('server-info') ? 404 : 200;
        const told = `${request.headers.authorization} ${secret}`;
        const found = { experiment: { experiment_id: '1' } };
        response.writeHead(status).end(JSON.stringify(status === 200 ? found : { message: told }));
      });
      echo.listen(0, '127.0.0.1');
      await once(echo, 'listening');
      try {
        const uri = `http://127.0.0.1:${(echo.address() as AddressInfo).port}`;
        await serveSpool(join(folder, 'b'), uri, async (spool) => {
          await makeRun(spool.url, 'e');
          const said: string[] = [];
          await sendSpool(as(spool, credentials, said));
          expect(await spool.journal.status()).toMatchObject({ aside: 1 });
          expect(said.join()).toContain('[secret]');
          for (const one of [secret, header.split(' ')[1]!]) {
            expect(said.join()).not.toContain(one);
            expect(await isKept(one)).toBe(false);
          }
        });
      } finally {
        echo.close();
      }
    },
  );
});

test('a token that is signed in by is what a client of MLflow would send', () => {
  expect(authorizationOf({ uri: '', credentials: { MLFLOW_TRACKING_TOKEN: 't' } })).toBe(bearer('t').authorization);
});
