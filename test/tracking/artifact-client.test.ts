import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { logArtifacts } from './artifact-files.ts';
import { type ArtifactServer, startArtifactServer } from './artifact-server.ts';

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
  const large = Buffer.alloc(largeBytes, `large ${way}`);
  const found = await logArtifacts({ url: server.url, place, large, variables: environment });
  expect(found).toEqual({
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
