/* Ids that are known before a server takes them: as nobody else can, and never in the place of something. */

import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { sendSpool } from '../../src/server/spool/index.ts';
import { newPostgres, newSqlite } from '../contract/databases.ts';
import { makeRun, senderOf, serveSpool } from './spool-here.ts';
import { call, runsOf, tagOf } from './spool-parts.ts';
import { startTestServer, type TestServer } from './test-server.ts';

const key = 'ab'.repeat(32);

type Made = { readonly run: { readonly info: { readonly run_id: string; readonly artifact_uri: string } } };

async function create(server: TestServer, mlspec_id_key: string, more: object = {}): Promise<Made['run']['info']> {
  const body = { experiment_id: '0', mlspec_id_key, ...more };
  return (await call<Made>(server.url, 'POST runs/create', body)).run.info;
}

async function withServer(create: typeof newSqlite, work: (server: TestServer) => Promise<void>): Promise<void> {
  const server = await startTestServer(create);
  try {
    await work(server);
  } finally {
    await server.close();
  }
}

describe.each([
  ['SQLite', newSqlite],
  ['PostgreSQL', newPostgres],
] as const)('a key on %s', (_name, database) => {
  test('gives the same id everywhere, once; who comes later gets another, and changes nothing', async () => {
    await withServer(database, async (server) => {
      const made = await Promise.all(
        Array.from({ length: 8 }, (_, index) => create(server, key, { run_name: `r${index}` })),
      );
      expect(new Set(made.map(({ run_id }) => run_id)).size).toBe(8);
      const [id] = made.map(({ run_id }) => run_id).filter((one) => one === 'f5f29f22afe784b11e0d604c9928031e');
      expect(id).toBeDefined();
      const before = await call(server.url, `GET runs/get?run_id=${id}`);
      for (const move of ['delete', 'restore']) {
        await call(server.url, `POST runs/${move}`, { run_id: id });
        expect((await create(server, key, { run_name: 'later', tags: [{ key: 'k', value: 'v' }] })).run_id).not.toBe(
          id,
        );
      }
      expect(await call(server.url, `GET runs/get?run_id=${id}`)).toEqual(before);
      expect(made.find(({ run_id }) => run_id === id)!.artifact_uri).toContain(`/${id}/artifacts`);
      type Model = { model: { info: { model_id: string } } };
      const models = [1, 2].map(() =>
        call<Model>(server.url, 'POST logged-models', { experiment_id: '0', name: 'm', mlspec_id_key: key }),
      );
      const ids = (await Promise.all(models)).map(({ model }) => model.info.model_id);
      expect(new Set(ids).size).toBe(2);
      expect(ids).not.toContain(`m-${id}`);
    });
  });
});

test.for(['', 'ab', 'g'.repeat(64), 'AB'.repeat(32), `${key}0`, `${key}\n`])('no key: %j', async (wrong) => {
  await withServer(newSqlite, async (server) => {
    const made = create(server, wrong);
    if (wrong === '') expect((await made).run_id).toMatch(/^[0-9a-f]{32}$/);
    else await expect(made).rejects.toThrow(/400 .*INVALID_PARAMETER_VALUE.*mlspec_id_key.*64 hexadecimal/);
  });
});

test('a run whose id was taken by another, and one on a server that knows no keys, arrives under another id', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'spool-keys-'));
  await withServer(newSqlite, async (server) => {
    // A server of MLflow's API that ignores what it does not know.
    const plain = createServer(async (request, response) => {
      const pieces: Buffer[] = [];
      for await (const piece of request) pieces.push(piece as Buffer);
      const body = Buffer.concat(pieces).toString().replaceAll('mlspec_id_key', 'unknown');
      const headers = { 'content-type': 'application/json' };
      const init = { method: request.method!, headers, ...(body === '' ? {} : { body }) };
      const answer = await fetch(`${server.url}${request.url}`, init);
      response.writeHead(answer.status).end(await answer.text());
    });
    plain.listen(0, '127.0.0.1');
    await once(plain, 'listening');
    try {
      await serveSpool(join(folder, 'a'), server.url, async (spool) => {
        const [first, second] = [await makeRun(spool.url, 'e'), await makeRun(spool.url, 'e')];
        await call(spool.url, 'POST runs/set-tag', { run_id: second, key: 'after', value: `runs:/${first}/x` });
        // Whoever has the folder has the keys: here they take an id before its run arrives.
        const { change } = (await spool.journal.making(`run/${first}`))!;
        const taken = await create(server, (change as { idKey: string }).idKey, { run_name: 'theirs' });
        expect(taken.run_id).toBe(first);
        await sendSpool(senderOf(spool));
        const mapped = new Map((await spool.journal.runs()).map(({ runId, remoteId }) => [runId, remoteId]));
        expect(mapped.get(first)).not.toBe(first);
        expect(mapped.get(second)).toBe(second);
        const theirs = await call<{ run: { info: { run_name: string } } }>(server.url, `GET runs/get?run_id=${first}`);
        expect(theirs.run.info.run_name).toBe('theirs');
        const there = (await runsOf(server.url, 'e')).find(({ info }) => info['run_id'] === second)!;
        expect(tagOf(there, 'after')).toBe(`runs:/${mapped.get(first)}/x`);
      });
      await serveSpool(
        join(folder, 'b'),
        `http://127.0.0.1:${(plain.address() as AddressInfo).port}`,
        async (spool) => {
          const run = await makeRun(spool.url, 'plain');
          await call(spool.url, 'POST runs/log-parameter', { run_id: run, key: 'p', value: '1' });
          await sendSpool(senderOf(spool));
          expect(await spool.journal.status()).toMatchObject({ waiting: 0, aside: 0 });
          const [there] = await runsOf(server.url, 'plain');
          expect(there!.info['run_id']).not.toBe(run);
          expect(there!.data.params).toEqual([{ key: 'p', value: '1' }]);
        },
      );
    } finally {
      plain.close();
    }
  });
  await rm(folder, { recursive: true });
});
