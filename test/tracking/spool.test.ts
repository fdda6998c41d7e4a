/* A spool in this process, and the server that it sends to: what is logged, refused, forwarded. */

import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openSpool } from '../../src/app/index.ts';
import { RemoteAway, sendSpool } from '../../src/server/spool/index.ts';
import { newSqlite } from '../contract/databases.ts';
import { type LocalSpool, makeRun, senderOf, serveSpool } from './spool-here.ts';
import { call, experimentId, pointsOf, runsOf, tagOf } from './spool-parts.ts';
import { startTestServer, type TestServer } from './test-server.ts';

let folder: string;
let remote: TestServer;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spool-'));
  remote = await startTestServer(newSqlite);
});

afterEach(async () => {
  await remote.close();
  await rm(folder, { recursive: true, force: true });
});

/** Serves a spool for a server to a test. */
async function withSpool(uri: string, name: string, work: (spool: LocalSpool) => Promise<void>): Promise<void> {
  await serveSpool(join(folder, name), uri, work);
}

/** Everything that a client can log, in one run with a child. */
async function logEverything(url: string): Promise<{ readonly runId: string; readonly modelId: string }> {
  const runId = await makeRun(url, 'everything', { user_id: 'ada', tags: [{ key: 'first', value: '1' }] });
  const metrics = [
    { key: 'loss', value: 0.5, timestamp: 1, step: 0 },
    { key: 'loss', value: 0.25, timestamp: 2, step: 1 },
    { key: 'loss', value: 0.25, timestamp: 2, step: 1 },
    { key: 'odd', value: 'NaN', timestamp: 3, step: '9007199254740993' },
    { key: 'odd', value: '-Infinity', timestamp: 4, step: -5 },
  ];
  const params = [{ key: 'depth', value: '4' }];
  await call(url, 'POST runs/log-batch', { run_id: runId, metrics, params, tags: [{ key: 'a', value: 'b' }] });
  await call(url, 'POST runs/set-tag', { run_id: runId, key: 'a', value: 'c' });
  await call(url, 'POST runs/set-tag', { run_id: runId, key: 'gone', value: 'x' });
  await call(url, 'POST runs/delete-tag', { run_id: runId, key: 'gone' });
  const dataset = { name: 'd', digest: '12', source_type: 'local', source: '{}', schema: '{}', profile: '{}' };
  const datasets = [{ dataset, tags: [{ key: 'mlflow.data.context', value: 'training' }] }];
  await call(url, 'POST runs/log-inputs', { run_id: runId, datasets });
  const experiment_id = await experimentId(url, 'everything');
  const many = Array.from({ length: 130 }, (_, index) => ({ key: `p${index}`, value: String(index) }));
  const { model } = await call<{ model: { info: { model_id: string; artifact_uri: string } } }>(
    url,
    'POST logged-models',
    {
      ...{ experiment_id, name: 'net', source_run_id: runId, params: many.slice(0, 100) },
      tags: [{ key: 'of', value: runId }],
    },
  );
  const modelId = model.info.model_id;
  await call(url, `POST logged-models/${modelId}/params`, { params: many.slice(100) });
  await call(url, 'POST runs/outputs', { run_id: runId, models: [{ model_id: modelId, step: 7 }] });
  await call(url, 'POST runs/log-metric', { run_id: runId, key: 'm', value: 1, timestamp: 5, model_id: modelId });
  await put(url, `1/models/${modelId}/artifacts/MLmodel`, `run_id: ${runId}\nmodel_id: ${modelId}\n`);
  await put(url, `1/${runId}/artifacts/notes/a%20%C3%A4.txt`, 'hello');
  await put(url, `1/${runId}/artifacts/big.bin`, Buffer.alloc(6_000_000, 7));
  await put(url, `1/${runId}/artifacts/gone.txt`, 'gone');
  await fetch(`${url}/api/2.0/mlflow-artifacts/artifacts/1/${runId}/artifacts/gone.txt`, { method: 'DELETE' });
  await call(url, `PATCH logged-models/${modelId}`, { model_id: modelId, status: 'LOGGED_MODEL_READY' });
  const child = await makeRun(url, 'everything', { tags: [{ key: 'mlflow.parentRunId', value: runId }] });
  await call(url, 'POST runs/update', { run_id: child, status: 'FAILED', end_time: 2000 });
  await call(url, 'POST runs/delete', { run_id: child });
  await call(url, 'POST runs/update', { run_id: runId, status: 'FINISHED', end_time: 3000, run_name: 'renamed' });
  return { runId, modelId };
}

async function put(url: string, path: string, body: string | Buffer): Promise<void> {
  const to = `${url}/api/2.0/mlflow-artifacts/artifacts/${path}`;
  const answer = await fetch(to, { method: 'PUT', body: new Uint8Array(Buffer.from(body)) });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
}

async function get(url: string, path: string): Promise<Buffer> {
  return Buffer.from(await (await fetch(`${url}/api/2.0/mlflow-artifacts/artifacts/${path}`)).arrayBuffer());
}

describe('what was logged to a spool', () => {
  test('is on the server, and sending it twice changes nothing', async () => {
    await withSpool(remote.url, 'a', async (spool) => {
      const here = await logEverything(spool.url);
      expect((await spool.journal.status()).waiting).toBeGreaterThan(20);
      await sendSpool(senderOf(spool));
      expect(await spool.journal.status()).toMatchObject({ waiting: 0, aside: 0, waitingBytes: 0, oldestAtMs: null });
      await lookAtEverything(here, spool);
      // A journal of the same calls, as a death before their end would leave it.
      const entries = await copyOf(spool);
      await spool.journal.again();
      await sendSpool(senderOf(spool));
      expect(await spool.journal.status()).toMatchObject({ waiting: 0, aside: 0 });
      expect(entries).toBeGreaterThan(10);
      await lookAtEverything(here, spool);
    });
  });

  async function lookAtEverything(here: { readonly runId: string; readonly modelId: string }, spool: LocalSpool) {
    const runs = await runsOf(remote.url, 'everything');
    expect(runs.map(({ info }) => [info['run_name'], info['status'], info['lifecycle_stage']]).sort()).toEqual([
      ['r', 'FAILED', 'deleted'],
      ['renamed', 'FINISHED', 'active'],
    ]);
    const run = runs.find(({ info }) => info['status'] === 'FINISHED')!;
    const child = runs.find(({ info }) => info['status'] === 'FAILED')!;
    const runId = run.info['run_id']!;
    expect(run.info).toMatchObject({ user_id: 'ada', start_time: 1000, end_time: 3000 });
    expect(run.data.params).toEqual([{ key: 'depth', value: '4' }]);
    expect([tagOf(run, 'a'), tagOf(run, 'first'), tagOf(run, 'gone')]).toEqual(['c', '1', undefined]);
    expect(tagOf(run, 'mlspec.spool.run')).toBe(`${spool.journal.spoolId}/${here.runId}`);
    expect(tagOf(child, 'mlflow.parentRunId')).toBe(runId);
    for (const key of ['loss', 'odd', 'm'])
      expect(await pointsOf(remote.url, runId, key)).toEqual(await pointsOf(spool.url, here.runId, key));
    expect(await pointsOf(remote.url, runId, 'odd')).toContain('9007199254740993 3 NaN');
    expect(run.inputs?.['dataset_inputs']).toMatchObject([{ dataset: { name: 'd', digest: '12', profile: '{}' } }]);
    const modelId = run.outputs!.model_outputs![0]!.model_id;
    // Ours takes the ids that the client of the spool saw.
    expect([runId, modelId]).toEqual([here.runId, here.modelId]);
    type Answer = { model: { info: Record<string, unknown>; data: { params: unknown[]; metrics: unknown[] } } };
    const { model } = await call<Answer>(remote.url, `GET logged-models/${modelId}`);
    expect(model.info).toMatchObject({ name: 'net', status: 'LOGGED_MODEL_READY', source_run_id: runId });
    expect(model.info['tags']).toContainEqual({ key: 'of', value: runId });
    expect([model.data.params.length, model.data.metrics.length]).toEqual([130, 1]);
    const experiment = await experimentId(remote.url, 'everything');
    const root = `${experiment}/${runId}/artifacts`;
    const mlmodel = await get(remote.url, `${experiment}/models/${modelId}/artifacts/MLmodel`);
    expect(mlmodel.toString()).toBe(`run_id: ${runId}\nmodel_id: ${modelId}\n`);
    expect((await get(remote.url, `${root}/notes/a%20%C3%A4.txt`)).toString()).toBe('hello');
    expect((await get(remote.url, `${root}/big.bin`)).equals(Buffer.alloc(6_000_000, 7))).toBe(true);
    expect((await fetch(`${remote.url}/api/2.0/mlflow-artifacts/artifacts/${root}/gone.txt`)).status).toBe(404);
    expect(await spool.journal.runs()).toContainEqual({ runId: here.runId, remoteId: runId });
  }

  /** Puts changes into the journal again that were sent, without making them. */
  async function copyOf(spool: LocalSpool): Promise<number> {
    let count = 0;
    for (const { runId } of await spool.journal.runs()) {
      const { data, info } = await call<{ run: { data: never; info: never } }>(
        spool.url,
        `GET runs/get?run_id=${runId}`,
      ).then(({ run }) => run as { data: { metrics?: { key: string }[] }; info: { lifecycle_stage: string } });
      if (info.lifecycle_stage !== 'active') continue;
      for (const key of new Set(data.metrics?.map((metric) => metric.key))) {
        const { items } = await spool.tracking.metricHistory({ runId, key, limit: null });
        const batch = { metrics: items, params: [{ key: 'depth', value: '4' }], tags: [{ key: 'a', value: 'c' }] };
        for (let copy = 0; copy < 5; copy++) {
          await spool.journal.add(`run/${runId}`, { kind: 'run-logged', batch });
          count += 1;
        }
      }
    }
    return count;
  }

  test('goes to one server from two spools', async () => {
    await withSpool(remote.url, 'a', async (a) => {
      await withSpool(remote.url, 'b', async (b) => {
        const metrics = [{ key: 'x', value: 1, timestamp: 1, step: 1 }];
        for (const { url } of [a, b]) {
          const run_id = await makeRun(url, 'both');
          await call(url, 'POST runs/log-batch', { run_id, metrics });
        }
        await Promise.all([sendSpool(senderOf(a)), sendSpool(senderOf(b))]);
        const runs = await runsOf(remote.url, 'both');
        expect(new Set(runs.map((run) => tagOf(run, 'mlspec.spool.run')?.split('/')[0]))).toEqual(
          new Set([a.journal.spoolId, b.journal.spoolId]),
        );
        for (const { info } of runs) expect(await pointsOf(remote.url, info['run_id']!, 'x')).toEqual(['1 1 1']);
      });
    });
  });

  test('of an experiment that was renamed and deleted in between', async () => {
    await withSpool(remote.url, 'a', async (spool) => {
      const run_id = await makeRun(spool.url, 'before');
      const experiment_id = await experimentId(spool.url, 'before');
      await call(spool.url, 'POST experiments/update', { experiment_id, new_name: 'after' });
      await call(spool.url, 'POST runs/log-parameter', { run_id, key: 'p', value: '1' });
      await call(spool.url, 'POST experiments/set-experiment-tag', { experiment_id, key: 'k', value: 'v' });
      await call(spool.url, 'POST experiments/delete', { experiment_id });
      await call(spool.url, 'POST experiments/restore', { experiment_id });
      await call(spool.url, 'POST runs/log-parameter', { run_id, key: 'q', value: '2' });
      await sendSpool(senderOf(spool));
      expect(await spool.journal.status()).toMatchObject({ waiting: 0, aside: 0 });
      expect(await experimentId(remote.url, 'before')).toBeUndefined();
      const [run] = await runsOf(remote.url, 'after');
      expect(run!.data.params).toEqual([
        { key: 'p', value: '1' },
        { key: 'q', value: '2' },
      ]);
    });
  });

  test('has no webhooks, and removes no registered models: that is said, and not lost silently', async () => {
    await withSpool(remote.url, 'a', async ({ url, webhooks, registry }) => {
      await expect(webhooks.list(1, undefined)).rejects.toMatchObject({ code: 'SPOOL_NOT_KEPT' });
      await expect(registry.deleteModel('m')).rejects.toMatchObject({ code: 'SPOOL_NOT_KEPT' });
      const refused = call(url, 'DELETE registered-models/delete', { name: 'm' });
      await expect(refused).rejects.toThrow(/400 .*a spool keeps what is added/);
    });
  });
});

describe('what the server refuses', () => {
  test('is set aside item by item with its reason, the rest arrives', async () => {
    await withSpool(remote.url, 'a', async (spool) => {
      const run_id = await makeRun(spool.url, 'e');
      await sendSpool(senderOf(spool));
      const [run] = await runsOf(remote.url, 'e');
      // Somebody gives the run another value of a param meanwhile.
      await call(remote.url, 'POST runs/log-parameter', { run_id: run!.info['run_id'], key: 'p7', value: 'theirs' });
      const params = Array.from({ length: 20 }, (_, index) => ({ key: `p${index}`, value: 'ours' }));
      const metrics = [{ key: 'x', value: 1, timestamp: 1, step: 1 }];
      await call(spool.url, 'POST runs/log-batch', { run_id, params, metrics });
      const said: string[] = [];
      await sendSpool(senderOf(spool, { say: (message) => said.push(message) }));
      expect(await spool.journal.status()).toMatchObject({ waiting: 0, aside: 1 });
      const [aside] = await spool.journal.asides(9);
      expect(aside).toMatchObject({
        change: { kind: 'run-logged', batch: { params: [{ key: 'p7', value: 'ours' }] } },
      });
      expect(aside!.reason).toMatch(/400: Changing param values is not allowed/);
      expect(said.join()).toMatch(/was refused: .*Changing param values/);
      const [after] = await runsOf(remote.url, 'e');
      expect(after!.data.params).toHaveLength(20);
      expect(await pointsOf(remote.url, run!.info['run_id']!, 'x')).toEqual(['1 1 1']);
    });
  });

  test('for a run that is deleted there waits for somebody, who can send it again', async () => {
    await withSpool(remote.url, 'a', async (spool) => {
      const run_id = await makeRun(spool.url, 'e');
      await sendSpool(senderOf(spool));
      const id = (await runsOf(remote.url, 'e'))[0]!.info['run_id']!;
      await call(remote.url, 'POST runs/delete', { run_id: id });
      for (let step = 0; step < 30; step++)
        await call(spool.url, 'POST runs/log-metric', { run_id, key: 'x', value: step, timestamp: step, step });
      await sendSpool(senderOf(spool));
      expect(await spool.journal.status()).toMatchObject({ waiting: 0, aside: 30 });
      expect((await spool.journal.asides(1))[0]!.reason).toMatch(/is deleted on the server/);
      await call(remote.url, 'POST runs/restore', { run_id: id });
      expect(await spool.journal.again()).toBe(30);
      await sendSpool(senderOf(spool));
      expect(await pointsOf(remote.url, id, 'x')).toHaveLength(30);
      expect(await spool.journal.status()).toMatchObject({ waiting: 0, aside: 0 });
    });
  });

  test('where a run cannot be made, nothing of it is tried a second time', async () => {
    await call(remote.url, 'POST experiments/create', { name: 'closed' });
    await call(remote.url, 'POST experiments/delete', { experiment_id: await experimentId(remote.url, 'closed') });
    await withSpool(remote.url, 'a', async (spool) => {
      const run_id = await makeRun(spool.url, 'closed');
      await call(spool.url, 'POST runs/log-parameter', { run_id, key: 'p', value: '1' });
      const open = await makeRun(spool.url, 'open');
      await sendSpool(senderOf(spool));
      expect(await spool.journal.status()).toMatchObject({ waiting: 0, aside: 2 });
      expect((await spool.journal.asides(9)).map(({ subject }) => subject)).toEqual([`run/${run_id}`, `run/${run_id}`]);
      expect((await spool.journal.runs()).map(({ runId }) => runId)).toEqual([open]);
    });
  });
});

describe('a server of another kind', () => {
  test('gets the credentials, which stand in no file of the spool', async () => {
    const seen: IncomingHttpHeaders[] = [];
    const strict = createServer((request, response) => {
      seen.push(request.headers);
      response.writeHead(401).end('who are you?');
    });
    strict.listen(0, '127.0.0.1');
    await once(strict, 'listening');
    const uri = `http://127.0.0.1:${(strict.address() as AddressInfo).port}`;
    try {
      await withSpool(uri, 'a', async (spool) => {
        await makeRun(spool.url, 'e');
        const server = { uri, authorization: 'Basic c2VjcmV0OnNlY3JldA==' };
        const sending = sendSpool(senderOf(spool, { server }));
        await expect(sending).rejects.toThrow(RemoteAway);
        await expect(sending).rejects.toThrow(/with 401: who are you/);
        expect(await spool.journal.status()).toMatchObject({ waiting: 2, aside: 0 });
      });
      expect(seen.every(({ authorization }) => authorization === 'Basic c2VjcmV0OnNlY3JldA==')).toBe(true);
      const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((file) => file.isFile());
      for (const file of files)
        expect((await readFile(join(file.parentPath, file.name))).includes('c2VjcmV0')).toBe(false);
      expect(files.length).toBeGreaterThan(0);
    } finally {
      strict.close();
    }
  });

  test('that breaks over one run keeps the others going, and is asked again', async () => {
    let isBroken = true;
    const proxy = createServer(async (request, response) => {
      const pieces: Buffer[] = [];
      for await (const piece of request) pieces.push(piece as Buffer);
      const body = Buffer.concat(pieces);
      if (isBroken && body.includes('"poison"')) return void response.writeHead(500).end('oops');
      const answer = await fetch(`${remote.url}${request.url}`, {
        method: request.method!,
        headers: { 'content-type': 'application/json' },
        ...(body.length === 0 ? {} : { body }),
      });
      response.writeHead(answer.status).end(await answer.text());
    });
    proxy.listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    try {
      await withSpool(`http://127.0.0.1:${(proxy.address() as AddressInfo).port}`, 'a', async (spool) => {
        const [bad, good] = [await makeRun(spool.url, 'e'), await makeRun(spool.url, 'e')];
        await call(spool.url, 'POST runs/log-parameter', { run_id: bad, key: 'poison', value: '1' });
        await call(spool.url, 'POST runs/log-parameter', { run_id: good, key: 'fine', value: '1' });
        await sendSpool(senderOf(spool));
        expect(await spool.journal.status()).toMatchObject({ waiting: 1, aside: 0, lastError: /500: oops/ });
        isBroken = false;
        await sendSpool(senderOf(spool));
        expect(await spool.journal.status()).toMatchObject({ waiting: 0, aside: 0 });
        const params = (await runsOf(remote.url, 'e')).flatMap(({ data }) => data.params ?? []);
        expect(params.map(({ key }) => key).sort()).toEqual(['fine', 'poison']);
      });
    } finally {
      proxy.close();
    }
  });
});

describe('the folder of a spool', () => {
  test('is for one server, and is no folder of anything else', async () => {
    await withSpool('http://one.example.org', 'a', async () => undefined);
    const other = openSpool(join(folder, 'a'), 'http://other.example.org');
    await expect(other).rejects.toMatchObject({ code: 'SPOOL_OTHER_SERVER' });
    await expect(openSpool(join(folder, 'none'), null)).rejects.toMatchObject({ code: 'SPOOL_OTHER_SERVER' });
    const again = await openSpool(join(folder, 'a'), null);
    expect(again.journal.remote).toBe('http://one.example.org');
    await again.close();
  });
});
