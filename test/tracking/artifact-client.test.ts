import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ArtifactServer, startArtifactServer } from './artifact-server.ts';

const python = process.env['MLSPEC_TEST_PYTHON'] ?? 'python3';
const run = promisify(execFile);
const largeBytes = 3_500_000;

let server: ArtifactServer;
let folder: string;
beforeAll(async () => {
  server = await startArtifactServer();
  folder = await mkdtemp(join(tmpdir(), 'artifact-client-'));
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

const inParts = {
  MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD: 'true',
  MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE: '1000000',
  MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE: '1000000',
  MLFLOW_ENABLE_PROXY_MULTIPART_DOWNLOAD: 'true',
  MLFLOW_MULTIPART_DOWNLOAD_CHUNK_SIZE: '1000000',
};

test.each([
  ['as it is', {}],
  ['in parts both ways', inParts],
])('the stock client logs, lists and downloads: %s', async (way, environment) => {
  const place = join(folder, way);
  await mkdir(join(place, 'tree', 'sub'), { recursive: true });
  await writeFile(join(place, 'large.bin'), Buffer.alloc(largeBytes, `large ${way}`));
  await writeFile(join(place, 'tree', 'a.txt'), 'a');
  await writeFile(join(place, 'tree', 'sub', 'b.csv'), 'x,y\n1,2\n');
  await writeFile(join(place, 'tree', 'sub', '100% sure+1.bin'), Buffer.alloc(2_000_000, 'b'));
  const { stdout } = await run(python, [join(import.meta.dirname, 'artifact_client.py'), place], {
    env: {
      PATH: process.env['PATH'],
      HOME: place,
      MLFLOW_TRACKING_URI: server.url,
      MLFLOW_HTTP_REQUEST_MAX_RETRIES: '0',
      MLFLOW_DISABLE_TELEMETRY: 'true',
      ...environment,
    },
  });
  expect(JSON.parse(stdout.trim().split('\n').at(-1)!)).toEqual({
    artifact_uri: 'mlflow-artifacts:/0/RUN/artifacts',
    root: [
      ['empty.txt', false, 0],
      ['large.bin', false, largeBytes],
      ['nested', true, null],
      ['notes', true, null],
      ['params.json', false, 29],
      ['tree', true, null],
    ],
    tree: [
      ['tree/a.txt', false, 1],
      ['tree/sub', true, null],
    ],
    'of a file': [],
    'of nothing': [],
    text: 'héllo',
    dict: { a: [1, 2] },
    empty: '',
    equal: [true, true],
    'tree equal': [true, [], []],
    one: 'x,y\n1,2\n',
    missing: true,
  });
  const asked = (what: string): number => server.requests.filter((request) => request.includes(what)).length;
  expect([asked('/signed/part') > 0, asked('/signed/file') > 0]).toEqual([way !== 'as it is', way !== 'as it is']);
  expect(server.failures).toEqual([]);
});
