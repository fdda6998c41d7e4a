/* What is registered while a server is away: kept under numbers that no server gives, and made there once. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sendSpool } from '../../src/server/spool/index.ts';
import { testPython } from '../../tools/python-env.ts';
import { newSqlite } from '../contract/databases.ts';
import { type LocalSpool, makeRun, senderOf, serveSpool } from './spool-here.ts';
import { call } from './spool-parts.ts';
import { startTestServer, type TestServer } from './test-server.ts';

let folder: string;
let remote: TestServer;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spool-registry-'));
  remote = await startTestServer(newSqlite);
});

afterEach(async () => {
  await remote.close();
  await rm(folder, { recursive: true, force: true });
});

async function client(...given: readonly string[]): Promise<string> {
  const env = { ...process.env, HOME: folder, MLFLOW_DISABLE_TELEMETRY: 'true', MLFLOW_HTTP_REQUEST_MAX_RETRIES: '0' };
  const script = join(import.meta.dirname, 'spool_registry_client.py');
  return (await promisify(execFile)(testPython(), [script, ...given], { cwd: folder, env })).stdout;
}

interface Version {
  readonly version: string;
  readonly run_id: string;
  readonly source: string;
  readonly tags?: readonly { readonly key: string; readonly value: string }[];
}

async function register(url: string, name: string, fields: object): Promise<string> {
  await call(url, 'POST registered-models/create', { name }).catch(() => undefined);
  type Made = { model_version: Version };
  return (await call<Made>(url, 'POST model-versions/create', { name, ...fields })).model_version.version;
}

async function versionsThere(name: string): Promise<readonly Version[]> {
  const path = `GET model-versions/search?filter=${encodeURIComponent(`name = '${name}'`)}`;
  const found = await call<{ model_versions?: Version[] }>(remote.url, path);
  return (found.model_versions ?? []).toSorted((a, b) => Number(a.version) - Number(b.version));
}

async function withSpool(work: (spool: LocalSpool) => Promise<void>): Promise<void> {
  await serveSpool(join(folder, 'a'), remote.url, work);
}

describe('a model that is registered while the server is away', () => {
  test('by a client of MLflow is there afterwards, under the next version', { timeout: 300_000 }, async () => {
    await client('there', remote.url);
    await withSpool(async (spool) => {
      const said = await client('away', spool.url);
      expect(said.match(/a spool keeps what is added/g), said).toHaveLength(5);
      expect(said).toMatch(/RESOURCE_DOES_NOT_EXIST.* Model Version \(name=iris, version=1\) not found/);
      await sendSpool(senderOf(spool));
      expect(await spool.journal.asides(9)).toEqual([]);
      expect(await spool.journal.status()).toMatchObject({ waiting: 0, aside: 0 });
      expect(await spool.journal.versions()).toEqual([
        { model: 'iris', ordinal: 1_000_000_001, remoteVersion: '2' },
        { model: 'iris', ordinal: 1_000_000_002, remoteVersion: '3' },
        { model: 'iris-copy', ordinal: 1_000_000_001, remoteVersion: '1' },
      ]);
      expect(await client('back', remote.url, /^run (\w+)$/m.exec(said)![1]!)).toMatch(/ok/);
    });
  });

  test('is made once, also where its making was answered by nobody', async () => {
    await withSpool(async (spool) => {
      const run_id = await makeRun(spool.url, 'e');
      const fields = { source: `mlflow-artifacts:/1/${run_id}/artifacts/model`, run_id };
      const version = await register(spool.url, 'm', fields);
      expect(version).toBe('1000000001');
      await sendSpool(senderOf(spool));
      const change = {
        kind: 'version-made',
        ordinal: Number(version),
        modelId: null,
        runLink: '',
        description: '',
      } as const;
      await spool.journal.add('registered/m', { ...change, source: fields.source, runId: run_id, tags: [] });
      await sendSpool(senderOf(spool));
      const there = await versionsThere('m');
      expect(there.map((one) => [one.version, one.run_id])).toEqual([['1', run_id]]);
      expect(there[0]!.source).toMatch(new RegExp(`^mlflow-artifacts:/\\d+/${run_id}/artifacts/model$`));
      expect(await spool.journal.status()).toMatchObject({ waiting: 0, aside: 0 });
    });
  });

  test('is not made of half its files: where one was refused, the version is set aside, and goes with it later', async () => {
    await withSpool(async (spool) => {
      const run_id = await makeRun(spool.url, 'e');
      const file = `${spool.url}/api/2.0/mlflow-artifacts/artifacts/1/${run_id}/artifacts/model/MLmodel`;
      expect((await fetch(file, { method: 'PUT', body: 'flavors: {}' })).status).toBe(200);
      const version = await register(spool.url, 'm', { source: `runs:/${run_id}/model`, run_id });
      await call(spool.url, 'POST registered-models/alias', { name: 'm', alias: 'champion', version });
      const files = spool.artifacts.paths;
      const gone = { ...files, read: () => Promise.reject(new Error('gone')) };
      await expect(sendSpool(senderOf(spool, { files: gone }))).rejects.toThrow('gone');
      expect(await versionsThere('m')).toEqual([]);
      await spool.journal.setSubjectAside(`run/${run_id}`, 'refused');
      await sendSpool(senderOf(spool));
      expect(await versionsThere('m')).toEqual([]);
      const reasons = (await spool.journal.asides(9)).map(({ change, reason }) => [change.kind, reason]);
      expect(reasons).toContainEqual(['version-made', expect.stringMatching(/a part of run\/.* was refused/)]);
      expect(reasons).toContainEqual(['alias-set', expect.stringMatching(/version 1000000001 of m was never made/)]);
      await spool.journal.again();
      await sendSpool(senderOf(spool));
      expect(await spool.journal.status()).toMatchObject({ waiting: 0, aside: 0 });
      expect(await versionsThere('m')).toHaveLength(1);
      type Found = { model_version: Version };
      const path = 'GET registered-models/alias?name=m&alias=champion';
      expect((await call<Found>(remote.url, path)).model_version.version).toBe('1');
    });
  });

  test('does not move an alias that is protected there: that alone is set aside', async () => {
    await register(remote.url, 'm', { source: 's3://bucket/model' });
    await remote.services.registry.protectAlias({ model: 'm', alias: 'production', approvals: 1, by: 'ada' });
    await withSpool(async (spool) => {
      const version = await register(spool.url, 'm', { source: 's3://bucket/other' });
      await call(spool.url, 'POST registered-models/alias', { name: 'm', alias: 'production', version });
      await call(spool.url, 'POST registered-models/set-tag', { name: 'm', key: 'k', value: 'v' });
      await sendSpool(senderOf(spool));
      expect((await spool.journal.asides(9)).map(({ change, reason }) => [change.kind, reason])).toEqual([
        ['alias-set', expect.stringMatching(/with 403: .*approv/)],
      ]);
      expect(await versionsThere('m')).toHaveLength(2);
      expect(await spool.journal.status()).toMatchObject({ waiting: 0 });
    });
  });
});
