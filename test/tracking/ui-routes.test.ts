/* What MLflow's web interface asks besides, answered as MLflow's own server answers it with nothing of it set up. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newSqlite } from '../contract/databases.ts';
import { startTestServer, type TestServer } from './test-server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer(newSqlite);
});
afterAll(() => server.close());

const noTelemetry = { disable_ui_telemetry: true, disable_ui_events: [], ui_rollout_percentage: 0 };
const noAssistant = { providers: {}, projects: {}, remote_access_allowed: false };

test.each([
  ['GET', '/ajax-api/3.0/mlflow/ui-telemetry', noTelemetry],
  ['POST', '/ajax-api/3.0/mlflow/ui-telemetry', { status: 'disabled' }],
  ['GET', '/ajax-api/2.0/mlflow/gateway-proxy', { endpoints: [] }],
  ['GET', '/ajax-api/3.0/mlflow/assistant/config', noAssistant],
  ['GET', '/ajax-api/3.0/mlflow/assistant/providers', { providers: [] }],
])('%s %s', async (method, path, expected) => {
  const body = method === 'POST' ? '{"records": [{"event_name": "x"}]}' : null;
  const answer = await fetch(server.url + path, { method, body, headers: { 'content-type': 'application/json' } });
  expect([answer.status, await answer.json()]).toEqual([200, expected]);
});

test('the gateway is said to be off, and what would go through it is declined', async () => {
  const info = await (await fetch(`${server.url}/ajax-api/3.0/mlflow/server-info`)).json();
  expect(info).toMatchObject({ features_enabled: { gateway: false } });
  for (const path of ['/ajax-api/2.0/mlflow/gateway-proxy', '/ajax-api/3.0/mlflow/gateway/endpoints/create']) {
    const answer = await fetch(server.url + path, { method: 'POST', body: '{"gateway_path": "x"}' });
    expect([answer.status, ((await answer.json()) as { error_code: string }).error_code]).toEqual([
      404,
      'ENDPOINT_NOT_FOUND',
    ]);
  }
});
