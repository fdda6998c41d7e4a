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

test('a trace as one file: its spans, or the file where none are kept, or what was attached to it', async () => {
  const json = { 'content-type': 'application/json' };
  const trace_location = { type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: '0' } };
  const start = async (trace_id: string): Promise<string> => {
    const trace_info = { trace_id, trace_location, request_time: '2026-01-01T00:00:00Z', state: 'OK' };
    const body = JSON.stringify({ trace: { trace_info } });
    const answer = await fetch(`${server.url}/api/3.0/mlflow/traces`, { method: 'POST', headers: json, body });
    const found = (await answer.json()) as { trace: { trace_info: { tags: Record<string, string> } } };
    return found.trace.trace_info.tags['mlflow.artifactLocation']!.replace(
      'mlflow-artifacts:',
      '/api/2.0/mlflow-artifacts/artifacts',
    );
  };
  const file = async (query: string, version = '3.0'): Promise<readonly [number, string]> => {
    const answer = await fetch(`${server.url}/ajax-api/${version}/mlflow/get-trace-artifact?${query}`);
    return [answer.status, await answer.text()];
  };
  const traceId = 'ab'.repeat(16);
  const span = { traceId, spanId: 'cd'.repeat(8), name: 'kept', startTimeUnixNano: '5', endTimeUnixNano: '9' };
  const body = JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] });
  await fetch(`${server.url}/v1/traces`, { method: 'POST', headers: { ...json, 'x-mlflow-experiment-id': '0' }, body });
  const folder = await start(`tr-${traceId}`);
  for (const version of ['2.0', '3.0']) {
    const [status, text] = await file(`request_id=tr-${traceId}`, version);
    expect([status, JSON.parse(text)]).toMatchObject([200, { spans: [{ name: 'kept', start_time_unix_nano: 5 }] }]);
  }
  await fetch(`${server.url}${folder}/attachments/a.txt`, { method: 'PUT', body: 'attached' });
  expect(await file(`request_id=tr-${traceId}&path=a.txt`)).toEqual([200, 'attached']);
  for (const path of ['..%2Fa.txt', '%2Fetc%2Fpasswd', '..%2F..%2F..%2Fx', 'none.txt'])
    expect([400, 404]).toContain((await file(`request_id=tr-${traceId}&path=${path}`))[0]);
  const old = await start('tr-old');
  expect((await file('request_id=tr-old'))[0]).toBe(404);
  await fetch(`${server.url}${old}/traces.json`, { method: 'PUT', body: '{"spans": []}' });
  expect(await file('request_id=tr-old')).toEqual([200, '{"spans": []}']);
  expect((await file('request_id=tr-none'))[0]).toBe(404);
  expect((await file(''))[0]).toBe(400);
});
