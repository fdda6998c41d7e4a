/*
 * `mlspec server` and `mlspec run` with their artifacts in a bucket: stock clients, large files, a team. Large is 2 GB in
 * `npm run test:full`, else as large as it takes to see a server that keeps files in memory.
 */
import { spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Bucket } from '../../src/artifacts/s3/bucket.ts';
import { newId } from '../../src/encoding/index.ts';
import { hasPostgres } from '../contract/databases.ts';
import { newPostgresDatabase } from '../contract/postgres-database.ts';
import { endOf } from '../engine/project.ts';
import { isFull } from '../full.ts';
import { program } from '../program.ts';
import { logArtifacts } from '../tracking/artifact-files.ts';
import { digestOfStream, makeBytes, peakBytes, put } from '../tracking/large-content.ts';
import { type ServerProcess, startServerProcess } from '../tracking/server-process.ts';
import { neverAgain, toldBy } from '../tracking/stock-program.ts';
import { type S3Server, startS3Server } from './s3-server.ts';

const largeBytes = isFull ? 2 ** 31 : 200 << 20;
const mostGrownBytes = 100e6;
const withPostgres = await hasPostgres();

let s3: S3Server;
let folder: string;
beforeAll(async () => {
  s3 = await startS3Server();
  folder = await mkdtemp(join(tmpdir(), 's3-tracker-'));
});
afterAll(async () => {
  await s3.close();
  await rm(folder, { recursive: true, force: true });
});

/** What says who signs in, and where. */
function variables(): Record<string, string> {
  return {
    AWS_ACCESS_KEY_ID: s3.writer.accessKeyId,
    AWS_SECRET_ACCESS_KEY: s3.writer.secretAccessKey,
    AWS_REGION: s3.region,
    AWS_ENDPOINT_URL_S3: s3.endpoint,
  };
}

describe('a tracker whose artifacts lie in a bucket', () => {
  let server: ServerProcess;
  let prefix: string;
  beforeAll(async () => {
    prefix = newId('tracker');
    server = await startServerProcess(join(folder, 'tracker'), folder, {
      options: ['--artifacts', `s3://${s3.bucket}/${prefix}`],
      env: variables(),
    });
  });
  afterAll(async () => {
    expect(await server.stop()).toBe(0);
  });

  const inParts = {
    MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD: 'true',
    MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE: '1000000',
    MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE: '5242880',
    MLFLOW_ENABLE_PROXY_MULTIPART_DOWNLOAD: 'true',
    MLFLOW_MULTIPART_DOWNLOAD_CHUNK_SIZE: '3000000',
  };

  test.each([
    ['as it is', {}],
    ['in parts both ways', inParts],
  ])('the stock client logs, lists, downloads, logs a model and loads it: %s', async (way, environment) => {
    const place = join(folder, way);
    if (way !== 'as it is') await s3.letAllPass();
    const large = Buffer.alloc(23_000_000, `large ${way}`);
    const found = await logArtifacts({ url: server.url, place, large, variables: environment });
    expect(found).toMatchObject({
      equal: [true, true],
      'tree equal': [true, [], []],
      one: 'x,y\n1,2\n',
      missing: true,
    });
    const models = await toldBy<object>(join(import.meta.dirname, 's3_models.py'), {
      ...{ url: server.url, home: place, variables: { ...neverAgain, ...environment } },
    });
    expect(models).toEqual({ logged: true, registered: true });
    expect(server.answered.filter(({ status }) => status >= 500)).toEqual([]);
    const isInParts = server.answered.some(({ path }) => path.includes('/signed/part'));
    expect(isInParts).toBe(way !== 'as it is');
    await s3.checkSignatures();
  });

  test('nothing of it lies on the disk of the server', async () => {
    expect(await readdir(join(folder, 'tracker', 'staging')).catch(() => [])).toEqual([]);
    expect(await readdir(join(folder, 'tracker'))).not.toContain('artifacts');
    let count = 0;
    const bucket = new Bucket({ ...s3.settings(), prefix });
    for await (const { key } of bucket.list('')) count += Number(/^(blobs|state|trees)\/|^format\.json$/.test(key));
    expect(count).toBeGreaterThan(10);
  });

  test('links lead into the bucket, to bytes that were compared before; what is sent goes through the server', async () => {
    const api = `${server.url}/api/2.0`;
    const post = async (path: string, body: object): Promise<Answered> => {
      const headers = { 'content-type': 'application/json' };
      const answered = await fetch(`${api}/mlflow/${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
      expect(answered.status).toBe(200);
      return (await answered.json()) as Answered;
    };
    const { run } = await post('runs/create', { experiment_id: '0' });
    await s3.letAllPass();
    const named = { run_id: run.info.run_id, path: 'dir/a b+ü.txt' };
    const { presigned_url: put } = await post('artifacts/presigned-upload-url', named);
    expect(put).toContain(server.url);
    expect((await fetch(put, { method: 'PUT', body: 'linked bytes' })).status).toBe(200);
    const { presigned_url: got, file_size: sizeBytes } = await post('artifacts/presigned-download-url', named);
    expect(new URL(got).origin).toBe(s3.endpoint);
    expect(sizeBytes).toBe(12);
    const whole = await fetch(got);
    expect(await whole.text()).toBe('linked bytes');
    expect(whole.headers.get('content-disposition')).toContain('attachment');
    const part = await fetch(got, { headers: { range: 'bytes=7-' } });
    expect([part.status, await part.text()]).toEqual([206, 'bytes']);
    await s3.checkSignatures();
    // Damaged behind the server's back, it has no link any more.
    const key = new URL(got).pathname.split(`/${prefix}/`)[1]!;
    const bucket = new Bucket({ ...s3.settings(), prefix });
    await bucket.remove(key);
    await bucket.create(key, Buffer.from('linked bytez'));
    const headers = { 'content-type': 'application/json' };
    const url = `${api}/mlflow/artifacts/presigned-download-url`;
    const refused = await fetch(url, { method: 'POST', headers, body: JSON.stringify(named) });
    expect(refused.ok).toBe(false);
  });

  test('large files go through in memory that does not grow with them', { timeout: 1_800_000 }, async () => {
    const root = `${server.url}/api/2.0/mlflow-artifacts/artifacts`;
    expect(await put(`${root}/warm`, makeBytes(40 << 20))).toBe(200);
    await digestOfStream((await fetch(`${root}/warm`)).body as never);
    const before = await peakBytes(server);
    const startedMs = performance.now();
    expect(await put(`${root}/large`, makeBytes(largeBytes))).toBe(200);
    const sentMs = performance.now();
    const expected = await digestOfStream(makeBytes(largeBytes));
    const readMs = performance.now();
    const answered = await fetch(`${root}/large`);
    expect(answered.headers.get('etag')).toBe(`"sha256:${expected}"`);
    expect(await digestOfStream(answered.body as never)).toBe(expected);
    const endedMs = performance.now();
    const part = await fetch(`${root}/large`, { headers: { range: `bytes=${largeBytes - 1000}-` } });
    expect(part.status).toBe(206);
    expect((await part.arrayBuffer()).byteLength).toBe(1000);
    const grown = (await peakBytes(server)) - before;
    const rate = (ms: number): string => `${Math.round(largeBytes / 1e3 / ms)} MB/s`;
    console.log(`up ${rate(sentMs - startedMs)}, down ${rate(endedMs - readMs)}, grown by ${grown >> 20} MiB`);
    expect(grown).toBeLessThan(mostGrownBytes);
  });
});

describe('what cannot be', () => {
  test.each([
    ['a bucket that is not there', 's3://nowhere/x', 'ARTIFACT_BUCKET_UNKNOWN', 1],
    ['what is no address', 's3:/bucket', 'CONFIG_BAD_VALUE', 2],
    ['another scheme', 'gs://bucket/x', 'CONFIG_BAD_VALUE', 2],
    ['a prefix that leads elsewhere', 's3://bucket/a/../b', 'CONFIG_BAD_VALUE', 2],
  ])('%s is an error before the server is ready', async (_what, address, code, exitCode) => {
    const ended = await mlspec(folder, ['server', '--port', '0', '--artifacts', address, '--json'], variables());
    expect(ended.code).toBe(exitCode);
    expect(ended.stdout + ended.stderr).toContain(code);
    expect(ended.stdout + ended.stderr).not.toContain(s3.writer.secretAccessKey);
  });

  test('without credentials it says where they are looked for', async () => {
    const { AWS_SECRET_ACCESS_KEY: _secret, ...rest } = variables();
    const args = ['server', '--port', '0', '--artifacts', `s3://${s3.bucket}`, '--json'];
    const ended = await mlspec(folder, args, rest);
    expect(ended.code).toBe(2);
    expect(ended.stdout + ended.stderr).toContain('AWS_SECRET_ACCESS_KEY');
  });
});

test.skipIf(!withPostgres)('a team on PostgreSQL and S3: what one has run, another reuses, and verifies', async () => {
  const database = await newPostgresDatabase();
  try {
    const env = {
      ...variables(),
      MLSPEC_METADATA_URL: database.url,
      MLSPEC_ARTIFACTS_URL: `s3://${s3.bucket}/${newId('team')}`,
      MLSPEC_KEYS_DIR: join(folder, 'keys'),
    };
    const example = join(import.meta.dirname, '../../examples/penguins');
    const data = join(import.meta.dirname, '../../node_modules/vega-datasets/data/penguins.json');
    const states: Readonly<Record<string, string>>[] = [];
    for (const member of ['ada', 'grace']) {
      const place = join(folder, member);
      await cp(example, place, { recursive: true, filter: (path) => !/\/(\.mlspec|data)(\/|$)/.test(path) });
      await mkdir(join(place, 'data'), { recursive: true });
      await cp(data, join(place, 'data', 'penguins.json'));
      const ended = await mlspec(place, ['run', '--profile', 'quick', '--json'], env);
      expect([ended.code, ended.stderr.slice(-2000)]).toEqual([0, expect.any(String)]);
      states.push(ended.states);
      expect(await readdir(join(place, '.mlspec'))).not.toContain('artifacts');
      expect(await readdir(join(place, '.mlspec'))).not.toContain('metadata.db');
      expect(JSON.stringify(await readState(place))).not.toContain(s3.writer.secretAccessKey);
    }
    expect(Object.keys(states[0]!).length).toBeGreaterThan(5);
    expect(new Set(Object.values(states[0]!))).toEqual(new Set(['complete']));
    expect(new Set(Object.values(states[1]!))).toEqual(new Set(['cached']));
    const verified = await mlspec(join(folder, 'grace'), ['verify', '--json'], env);
    expect([verified.code, verified.stderr.slice(-2000)]).toEqual([0, expect.any(String)]);
    const collected = await mlspec(join(folder, 'grace'), ['gc', '--json', '--yes'], env);
    expect([collected.code, collected.stderr]).toEqual([0, expect.any(String)]);
  } finally {
    await database.remove();
  }
});

/** What the answers hold that are read here. */
interface Answered {
  readonly run: { readonly info: { readonly run_id: string } };
  readonly presigned_url: string;
  readonly file_size: number;
}

async function readState(place: string): Promise<readonly string[]> {
  const files = await readdir(join(place, '.mlspec'), { recursive: true, withFileTypes: true });
  const plain = files.filter((file) => file.isFile());
  return await Promise.all(plain.map((file) => readFile(join(file.parentPath, file.name), 'latin1')));
}

function mlspec(cwd: string, args: readonly string[], env: Record<string, string>) {
  const given = { PATH: process.env['PATH'], HOME: folder, NO_COLOR: '1', CI: '1', ...env };
  return endOf(spawn(program, [...args], { cwd, env: given, stdio: ['ignore', 'pipe', 'pipe'] }));
}
