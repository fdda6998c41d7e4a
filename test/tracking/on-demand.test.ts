/* The server of a run's steps, loaded with the first connection: slow clients are hung up on, and its end cuts no answer. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Database } from '../../src/database/index.ts';
import { type OnDemandServer, serveOnDemand } from '../../src/server/mlflow/serve-on-demand.ts';
import { newSqlite, type TestDatabase } from '../contract/databases.ts';
import { openServices, serverOptions } from './open-services.ts';
import { rawConnection } from './raw-connection.ts';

let place: TestDatabase;
let database: Database;
let folder: string;
let server: OnDemandServer;
const token = 'a token of tests';

beforeEach(async () => {
  place = await newSqlite();
  database = await place.open();
  folder = await mkdtemp(join(tmpdir(), 'on-demand-'));
  server = await serveOnDemand({
    ...{ ...serverOptions, token, headerTimeoutMs: 300 },
    open: () => openServices(database, folder),
  });
});

afterEach(async () => {
  await server.close();
  await database.close();
  await place.dispose();
  await rm(folder, { recursive: true });
});

test('whoever says nothing, or its headers a byte at a time, is hung up on', async () => {
  const silent = rawConnection(server.url);
  const slow = rawConnection(server.url, 'GET /ok HTTP/1.1\r\n');
  const drip = setInterval(() => slow.socket.write('x: y\r\n'), 50);
  try {
    expect(await slow.closed).toContain(' 408 ');
    await silent.closed;
  } finally {
    clearInterval(drip);
  }
});

test('an end waits for what is under way, half a request included, and keeps nobody else', async () => {
  const head = (of: string): string =>
    `${of} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\n`;
  const idle = rawConnection(server.url, `${head('GET /ok')}\r\n`);
  const late = rawConnection(
    server.url,
    `${head('POST /api/2.0/mlflow/experiments/create')}Content-Length: 16\r\n\r\n{"name"`,
  );
  await expect.poll(() => idle.text()).toContain('200 OK');
  const other = rawConnection(server.url, `${head('GET /varz')}\r\n`);
  await expect.poll(() => other.text()).toContain('"requestsInFlight":2');
  const closed = server.close();
  await idle.closed;
  late.socket.write(': "late"}');
  expect(await late.closed).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*experiment_id/);
  await closed;
  await expect(fetch(`${server.url}/ok`)).rejects.toThrow();
});

test('a server that nobody asked ends at once', async () => {
  const never = await serveOnDemand({ ...serverOptions, token, open: () => Promise.reject(new Error('opened')) });
  await never.close();
});

test('one that nobody asked leaves nothing behind that a process would wait for', async () => {
  const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
  const before = timers();
  await server.close();
  expect(timers()).toBeLessThanOrEqual(before);
});
