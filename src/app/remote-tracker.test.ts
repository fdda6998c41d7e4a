import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import type { MirroredRun } from '../tracking/index.ts';
import { loadConfig } from './config.ts';
import { createRemoteRun } from './remote-tracker.ts';

const run: MirroredRun = {
  runId: 'a'.repeat(32),
  experiment: 'flights',
  name: 'run_1',
  userId: '',
  status: 'RUNNING',
  startedAtMs: 1,
  endedAtMs: null,
  params: [],
  tags: [],
  metrics: [],
};

it.each([
  [500, 'broken', /it answered experiments\/get-by-name with 500: broken/],
  [200, '<html>', /with what is no JSON/],
  [403, '{"error_code":"PERMISSION_DENIED"}', /with 403/],
])('a server that answers %i with %s is named', async (status, body, message) => {
  const server = createServer((_request, response) => response.writeHead(status).end(body));
  server.listen({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  const uri = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    const told = await createRemoteRun({ uri, credentials: {} }, run).catch((error: unknown) => error as Error);
    expect(told).toMatchObject({ code: 'TRACKING_UNREACHABLE', message: expect.stringMatching(message) });
  } finally {
    server.close();
  }
});

it('user and password of its address sign in, and are no part of what is told of it', () => {
  const env = { MLFLOW_TRACKING_URI: 'https://ml%40team:p%2Fw@tracking.example.org/mlflow/' };
  expect(loadConfig({ env, cwd: '/' }).tracking).toEqual({
    uri: 'https://tracking.example.org/mlflow',
    credentials: { MLFLOW_TRACKING_USERNAME: 'ml@team', MLFLOW_TRACKING_PASSWORD: 'p/w' },
  });
  expect(loadConfig({ env: { MLFLOW_TRACKING_URI: 'sqlite:///mlflow.db' }, cwd: '/' }).tracking).toBe(null);
});
