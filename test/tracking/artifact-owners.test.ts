import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ArtifactServer, errorOf, startArtifactServer } from './artifact-server.ts';

let server: ArtifactServer;
let files: string;
beforeAll(async () => {
  server = await startArtifactServer();
  files = `${server.url}/api/2.0/mlflow-artifacts/artifacts`;
});
afterAll(async () => {
  expect(server.failures).toEqual([]);
  await server.close();
});

const put = (path: string, body: string): Promise<Response> => fetch(`${files}/${path}`, { method: 'PUT', body });
const get = (path: string): Promise<Response> => fetch(`${files}/${path}`);

describe('the artifacts', () => {
  let runId: string;
  beforeAll(async () => {
    runId = (await server.tracking.createRun({ experimentId: '0' })).info.runId;
  });
  const upload = (query: string, body: string | Buffer<ArrayBuffer> | null): Promise<Response> =>
    fetch(`${server.url}/ajax-api/2.0/mlflow/upload-artifact?${query}`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'image/png' },
    });

  test('of a run are uploaded, listed and got as the user interface does it', async () => {
    expect((await upload(`run_uuid=${runId}&path=plots/a.png`, 'png')).status).toBe(200);
    expect(await (await get(`0/${runId}/artifacts/plots/a.png`)).text()).toBe('png');
    const list = async (query: string): Promise<unknown> =>
      await (await fetch(`${server.url}/api/2.0/mlflow/artifacts/list?${query}`)).json();
    const root_uri = `mlflow-artifacts:/0/${runId}/artifacts`;
    expect(await list(`run_id=${runId}`)).toEqual({ root_uri, files: [{ path: 'plots', is_dir: true }] });
    expect(await list(`run_uuid=${runId}&path=plots`)).toEqual({
      root_uri,
      files: [{ path: 'plots/a.png', is_dir: false, file_size: 3 }],
    });
    expect(await list(`run_id=${runId}&path=none`)).toEqual({ root_uri, files: [] });
    for (const name of ['run_id', 'run_uuid']) {
      const got = await fetch(`${server.url}/get-artifact?${name}=${runId}&path=plots/a.png`);
      expect([got.headers.get('content-type'), await got.text()]).toEqual(['image/png', 'png']);
    }
  });

  test('of a run are 10 MB and no more, something, and of a run that there is', async () => {
    const bad = [400, 'INVALID_PARAMETER_VALUE'];
    expect((await upload(`run_uuid=${runId}&path=limit`, Buffer.alloc(10 << 20))).status).toBe(200);
    expect(await errorOf(await upload(`run_uuid=${runId}&path=big`, Buffer.alloc((10 << 20) + 1)))).toEqual(bad);
    expect(await errorOf(await get(`0/${runId}/artifacts/big`))).toEqual([404, 'RESOURCE_DOES_NOT_EXIST']);
    expect(await errorOf(await upload(`run_uuid=${runId}&path=none`, null))).toEqual(bad);
    expect(await errorOf(await upload(`run_uuid=${runId}`, 'x'))).toEqual(bad);
    expect(await errorOf(await upload('path=x', 'x'))).toEqual(bad);
    expect(await errorOf(await upload(`run_uuid=${runId}&path=../x`, 'x'))).toEqual(bad);
    expect(await errorOf(await upload(`run_uuid=${'0'.repeat(32)}&path=x`, 'x'))).toEqual([
      404,
      'RESOURCE_DOES_NOT_EXIST',
    ]);
  });

  test('of a logged model', async () => {
    const { modelId, artifactUri } = await server.tracking.createLoggedModel({ experimentId: '0', name: 'model' });
    await put(`0/models/${modelId}/artifacts/data/MLmodel`, 'flavors');
    const below = async (path: string): Promise<unknown> =>
      await (
        await fetch(
          `${server.url}/api/2.0/mlflow/logged-models/${modelId}/artifacts/directories?artifact_directory_path=${path}`,
        )
      ).json();
    expect(await below('')).toEqual({ root_uri: artifactUri, files: [{ path: 'data', is_dir: true }] });
    const file = { path: 'data/MLmodel', is_dir: false, file_size: 7 };
    expect(await below('data')).toEqual({ root_uri: artifactUri, files: [file] });
    const address = `${server.url}/ajax-api/2.0/mlflow/logged-models/${modelId}/artifacts/files`;
    const got = await fetch(`${address}?artifact_file_path=data/MLmodel`);
    expect([got.headers.get('content-type'), await got.text()]).toEqual(['text/plain; charset=utf-8', 'flavors']);
    expect(await errorOf(await fetch(address))).toEqual([400, 'INVALID_PARAMETER_VALUE']);
    const unknown = address.replace(modelId, `m-${'0'.repeat(32)}`);
    expect(await errorOf(await fetch(`${unknown}?artifact_file_path=a`))).toEqual([404, 'RESOURCE_DOES_NOT_EXIST']);
  });

  test('of a version of a model', async () => {
    await server.registry.createModel({ name: 'm' });
    const { ordinal: version } = await server.registry.createVersion({
      model: 'm',
      source: 'mlflow-artifacts:/0/models/v/artifacts',
    });
    await put('0/models/v/artifacts/MLmodel', 'flavors');
    const of = (query: string): Promise<Response> => fetch(`${server.url}/model-versions/get-artifact?${query}`);
    expect(await (await of(`name=m&version=${version}&path=MLmodel`)).text()).toBe('flavors');
    expect(await errorOf(await of(`name=m&version=99&path=MLmodel`))).toEqual([404, 'RESOURCE_DOES_NOT_EXIST']);
    expect(await errorOf(await of(`name=m&version=x&path=MLmodel`))).toEqual([400, 'INVALID_PARAMETER_VALUE']);
    expect(await errorOf(await of(`name=m&path=MLmodel`))).toEqual([400, 'INVALID_PARAMETER_VALUE']);
  });

  test('that are kept elsewhere are not got from here', async () => {
    const experimentId = await server.tracking.createExperiment({
      name: 'elsewhere',
      artifactLocation: 's3://bucket/x',
    });
    const { info } = await server.tracking.createRun({ experimentId });
    const got = await fetch(`${server.url}/get-artifact?run_id=${info.runId}&path=a`);
    expect(await errorOf(got)).toEqual([400, 'INVALID_PARAMETER_VALUE']);
  });
});
