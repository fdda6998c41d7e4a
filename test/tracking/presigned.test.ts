import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ArtifactServer, errorOf, startArtifactServer } from './artifact-server.ts';

let server: ArtifactServer;
let runId: string;
let modelId: string;
beforeAll(async () => {
  server = await startArtifactServer();
  const run = (await (await post('runs/create', { experiment_id: '0' })).json()) as {
    run: { info: { run_id: string } };
  };
  runId = run.run.info.run_id;
  const made = await post('logged-models', { experiment_id: '0', name: 'linked' });
  modelId = ((await made.json()) as { model: { info: { model_id: string } } }).model.info.model_id;
});
afterAll(async () => {
  expect(server.failures).toEqual([]);
  await server.close();
});

const post = (path: string, body: object): Promise<Response> =>
  fetch(`${server.url}/api/2.0/mlflow/${path}`, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
  });

interface Link {
  readonly presigned_url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly file_size?: number;
}

const linkTo = async (verb: 'upload' | 'download', body: object): Promise<Link> => {
  const answered = await post(`artifacts/presigned-${verb}-url`, body);
  expect(answered.status).toBe(200);
  return (await answered.json()) as Link;
};

test('a file of a run and of a logged model is put and got by links that need nothing else', async () => {
  for (const owner of [{ run_id: runId }, { model_id: modelId }]) {
    const put = await linkTo('upload', { ...owner, path: 'a/größe+1.bin', expiration: 60 });
    expect(put.headers).toEqual({});
    for (const bytes of ['first', 'second one'])
      expect((await fetch(put.presigned_url, { method: 'PUT', body: bytes })).status).toBe(200);
  }
  const got = await linkTo('download', { run_id: runId, path: 'a/größe+1.bin' });
  expect(got.file_size).toBe(10);
  const answered = await fetch(got.presigned_url, { headers: { range: 'bytes=0-5' } });
  expect([answered.status, await answered.text()]).toEqual([206, 'second']);
  const run = await server.tracking.getRun(runId);
  const folder = run.info.artifactUri.replace('mlflow-artifacts:/', '');
  const listed = await fetch(`${server.url}/api/2.0/mlflow-artifacts/artifacts?path=${folder}/a`);
  expect(await listed.json()).toEqual({ files: [{ path: 'größe+1.bin', is_dir: false, file_size: 10 }] });
});

test('a link opens its own path alone, and only as it was made', async () => {
  const { presigned_url: url } = await linkTo('upload', { run_id: runId, path: 'mine' });
  const changed = url.replace('mine', 'yours');
  expect(changed).not.toBe(url);
  for (const [method, address] of [
    ['PUT', changed],
    ['GET', url.replace('/upload?', '/file?')],
    ['PUT', url.replace('/upload?', '/part?')],
  ])
    expect((await fetch(address!, { method: method!, ...(method === 'PUT' ? { body: 'x' } : {}) })).status).toBe(403);
  const { presigned_url: old } = await linkTo('upload', { run_id: runId, path: 'late', expiration: 1 });
  await new Promise((resolve) => setTimeout(resolve, 1100));
  expect((await fetch(old, { method: 'PUT', body: 'x' })).status).toBe(403);
});

test('what cannot have a link is refused with the codes of MLflow', async () => {
  const upload = 'artifacts/presigned-upload-url';
  const download = 'artifacts/presigned-download-url';
  const invalid = [400, 'INVALID_PARAMETER_VALUE'];
  const absent = [404, 'RESOURCE_DOES_NOT_EXIST'];
  const refused: readonly [string, object, unknown][] = [
    [upload, { path: 'x' }, invalid],
    [upload, { path: 'x', run_id: runId, model_id: modelId }, invalid],
    [upload, { run_id: runId }, invalid],
    [upload, { run_id: runId, path: '../x' }, invalid],
    [upload, { run_id: runId, path: 'x', expiration: 0 }, invalid],
    [upload, { run_id: 'f'.repeat(32), path: 'x' }, absent],
    [upload, { model_id: 'm-nothing', path: 'x' }, absent],
    [download, { run_id: runId, path: 'x', expiration: 604_801 }, invalid],
    [download, { run_id: runId, path: '/etc/passwd' }, invalid],
    [download, { path: 'x' }, invalid],
    [download, { run_id: runId, path: 'nothing' }, absent],
    [download, { run_id: 'f'.repeat(32), path: 'x' }, absent],
  ];
  for (const [path, body, expected] of refused)
    expect(await errorOf(await post(path, body)), JSON.stringify(body)).toEqual(expected);
});
