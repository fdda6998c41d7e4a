/* What the server writes of what it is asked, how it is stopped, and what it does when too much is asked of it. */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { textLog } from '../../src/server/mlflow/request-log.ts';
import { hasPostgres, newPostgres } from '../contract/databases.ts';
import { rawConnection } from './raw-connection.ts';
import { type ServerProcess, startServerProcess } from './server-process.ts';
import { startTestServer, type TestServer } from './test-server.ts';

const create = '/api/2.0/mlflow/experiments/create';

describe('the log', () => {
  let home: string;
  const started: ServerProcess[] = [];
  const start = async (...more: string[]): Promise<ServerProcess> => {
    started.push(await startServerProcess(join(home, 'state'), home, { options: more }));
    return started.at(-1)!;
  };
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'server-log-'));
  });
  afterEach(async () => {
    for (const one of started.splice(0)) await one.kill();
  });
  afterAll(() => rm(home, { recursive: true, force: true }));

  test('is a JSON document a line, with the id of each request, and holds no query, no header and no body', async () => {
    const server = await start('--log', 'json');
    const headers = {
      'content-type': 'application/json',
      authorization: 'Bearer secret-in-header',
      'x-request-id': 'mine-1',
    };
    await fetch(`${server.url}${create}?q=secret-in-query`, {
      method: 'POST',
      headers,
      body: '{"name": "secret-in-body"}',
    });
    await fetch(`${server.url}${create}`, { method: 'POST', headers, body: '{"name": "secret-in-body", }' });
    expect(await server.stop()).toBe(0);
    const lines = server.log().trim().split('\n');
    const documents = lines.filter((line) => !line.startsWith('ending')).map((line) => JSON.parse(line));
    expect(documents).toEqual(
      [200, 400].map((status) => ({
        level: 'info',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
        pid: server.child.pid,
        msg: 'answered',
        requestId: 'mine-1',
        method: 'POST',
        path: create,
        status,
        durationMs: expect.any(Number),
      })),
    );
    expect(server.log()).not.toContain('secret');
  });

  test('is lines for people, or nothing', async () => {
    const spoken = await start('--log', 'text');
    await fetch(`${spoken.url}/version`, { headers: { 'x-request-id': 'mine-2' } });
    await spoken.stop();
    expect(spoken.log()).toMatch(/^\d\d:\d\d:\d\d\.\d{3} {2}200 .* ms {2}GET {4}\/version {2}mine-2$/m);
    const silent = await start('--log', 'off');
    await fetch(`${silent.url}/version`);
    await silent.stop();
    expect(silent.log()).toBe(
      'ending after the requests that are being answered; press Ctrl-C again to stop at once\n',
    );
  });

  test('lets no client write what moves the cursor of whoever reads it', () => {
    const lines: string[] = [];
    const log = textLog((line) => lines.push(line));
    log.answered({ id: 'a', method: 'GET', path: '/\u001b[2J\u009b\u202e\n', status: 200, durationMs: 1 });
    log.failed(new Error('\u001b[2J'), 'a');
    expect(lines.join('')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(lines[0]).toContain('/\\u{1b}[2J\\u{9b}\\u{202e}\\u{a}');
  });
});

describe('stopping', () => {
  let home: string;
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'server-stop-'));
  });
  afterAll(() => rm(home, { recursive: true, force: true }));
  const half = [`POST ${create} HTTP/1.1`, 'Host: localhost', 'Content-Type: application/json', 'Content-Length: 13'];

  test('finishes what is under way; nobody new is let in', async () => {
    const server = await startServerProcess(join(home, 'state'), home);
    const late = rawConnection(server.url, `${half.join('\r\n')}\r\n\r\n{"name"`);
    await expect.poll(async () => (await varz(server)).requestsInFlight).toBe(2);
    server.child.kill('SIGTERM');
    await expect.poll(() => fetch(`${server.url}/ok`).catch(() => null), { timeout: 20_000 }).toBeNull();
    expect(server.child.exitCode).toBeNull();
    late.socket.write(':"é"}');
    const answered = await late.closed;
    expect(answered).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(answered).toMatch(/^connection: close\r$/im);
    if (server.child.exitCode === null) await once(server.child, 'exit');
    expect(server.child.exitCode).toBe(0);
  });

  test('at once where it is said twice', async () => {
    const server = await startServerProcess(join(home, 'state'), home);
    const late = rawConnection(server.url, `${half.join('\r\n')}\r\n\r\n{"name"`);
    await expect.poll(async () => (await varz(server)).requestsInFlight).toBe(2);
    server.child.kill('SIGINT');
    await expect.poll(() => server.log(), { timeout: 20_000 }).toContain('press Ctrl-C again');
    server.child.kill('SIGINT');
    await once(server.child, 'exit');
    expect(server.child.exitCode).toBe(130);
    late.socket.destroy();
  });
});

async function varz({ url }: ServerProcess): Promise<{ readonly requestsInFlight: number }> {
  return (await (await fetch(`${url}/varz`)).json()) as { readonly requestsInFlight: number };
}

// On SQLite the server answers one request after the other, and the queue is the network's: it never has many under way.
describe.skipIf(!(await hasPostgres()))('overload', () => {
  let server: TestServer;
  const limit = 4;
  const clients = 40;
  const wanted = 60;
  beforeAll(async () => {
    server = await startTestServer(newPostgres, { requestLimit: limit });
  });
  afterAll(() => server.close());

  test(`${clients} clients at a server for ${limit}: who is let in is served, who is not is told when to come back`, async () => {
    const made = await ask('runs/create', { experiment_id: '0' });
    const { run } = (await made.json()) as { readonly run: { readonly info: { readonly run_id: string } } };
    const refused: string[] = [];
    let served = 0;
    const odd: string[] = [];
    let next = 0;
    // As clients do, though not as long.
    const refuse = async (text: string): Promise<void> => {
      refused.push(text);
      await setTimeout(20);
    };
    const client = async (): Promise<void> => {
      while (served < wanted) {
        const step = next++;
        const metrics = Array.from({ length: 1000 }, (_, at) => ({
          key: `m${at}`,
          value: step,
          timestamp: step,
          step,
        }));
        const answer = await ask('runs/log-batch', { run_id: run.info.run_id, metrics });
        const text = await answer.text();
        if (answer.status === 200) served++;
        else if (answer.status === 503 && answer.headers.get('retry-after') === '5') await refuse(text);
        else odd.push(`${answer.status} ${text}`);
        if (step % 50 === 0) expect((await fetch(`${server.url}/ok`)).status).toBe(200);
      }
    };
    await Promise.all(Array.from({ length: clients }, client));
    expect(odd).toEqual([]);
    expect(refused.length).toBeGreaterThan(20);
    for (const text of refused)
      expect(JSON.parse(text)).toEqual({ error_code: 'TEMPORARILY_UNAVAILABLE', message: expect.any(String) });
    // What was acknowledged is there, what was refused is not.
    const history = await fetch(
      `${server.url}/api/2.0/mlflow/metrics/get-history?run_id=${run.info.run_id}&metric_key=m0`,
    );
    expect(((await history.json()) as { metrics: unknown[] }).metrics).toHaveLength(served);
  });

  async function ask(path: string, body: object): Promise<Response> {
    const headers = { 'content-type': 'application/json' };
    return await fetch(`${server.url}/api/2.0/mlflow/${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  }
});
