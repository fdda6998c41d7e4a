/* A server of several workers: it is one server to whoever talks to it, whichever worker answers and whichever dies. */
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { hasPostgres } from '../contract/databases.ts';
import { withPostgresDatabase } from '../contract/postgres-database.ts';
import { createProject } from '../engine/project.ts';
import { isRunning } from '../is-running.ts';
import { rawConnection } from './raw-connection.ts';
import { type ServerProcess, startServerProcess } from './server-process.ts';
import { startReceiver } from './webhook-receiver.ts';
import { askAnew, askEveryWorker, workersOf, workersVarz } from './worker-processes.ts';

const withPostgres = await hasPostgres();
const api = '/api/2.0/mlflow';
const patience = { timeout: 60_000 };
let home: string;
const started: ServerProcess[] = [];
async function start(...options: string[]): Promise<ServerProcess> {
  const all = ['--log', 'json', '--workers', '2', ...options];
  started.push(
    await startServerProcess(join(home, `state-${started.length}`), home, { options: all, env: webhooksHere }),
  );
  return started.at(-1)!;
}
const webhooksHere = { MLFLOW_WEBHOOK_ALLOWED_SCHEMES: 'http', MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS: 'true' };
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'workers-'));
});
afterEach(async () => {
  for (const one of started) await one.kill();
});
afterAll(() => rm(home, { recursive: true, force: true }));

/** The first answer to one of two connections, of which a worker that does not answer gets one at most. */
const askOne = (...asked: Parameters<typeof askAnew>) => Promise.any([askAnew(...asked), askAnew(...asked)]);

/** None while the worker that was asked is killed. */
const restartsOf = async ({ url }: ServerProcess) => (await workersVarz(url).catch(() => null))?.restarts;

describe('workers', { timeout: 120_000 }, () => {
  test('are one server to those who watch: sums that never fall, also when a worker dies (SERVER_WORKER_LOST)', async () => {
    const server = await start();
    const { pid, workers } = await workersVarz(server.url);
    expect(pid).toBe(server.child.pid);
    expect(workers).toHaveLength(2);
    const versions = async (): Promise<number> => {
      const { text } = await askAnew(`${server.url}/metrics`);
      return Number(/requests_total\{method="GET",route="\/version",status="200"\} (\d+)/.exec(text)?.[1]);
    };
    for (let count = 0; count < 10; count++) await askAnew(`${server.url}/version`);
    for (let count = 0; count < 4; count++) expect(await versions()).toBe(10);
    process.kill(workers[0]!.pid, 'SIGKILL');
    await expect.poll(() => restartsOf(server), patience).toBe(1);
    await expect.poll(async () => (await workersOf(server.url)).length, patience).toBe(2);
    for (let count = 0; count < 4; count++) expect(await versions()).toBe(10);
    const loss = server
      .log()
      .split('\n')
      .find((line) => line.includes('SERVER_WORKER_LOST'))!;
    expect(JSON.parse(loss)).toMatchObject({
      level: 'error',
      requestId: 'worker 1',
      msg: `worker 1 (process ${workers[0]!.pid}) was ended by SIGKILL`,
    });
  });

  test('wait for none of them to be there: who connects meanwhile is answered', async () => {
    const server = await start();
    for (const pid of await workersOf(server.url)) process.kill(pid, 'SIGKILL');
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => askAnew(`${server.url}/version`).catch(() => null)),
    );
    // One connection may have been on its way to each that died.
    expect(answers.filter((answer) => answer?.status === 200).length).toBeGreaterThanOrEqual(8);
  });

  test('take links to bytes that another one made', async () => {
    const server = await start();
    const made = await askAnew(`${server.url}${api}/runs/create`, { body: { experiment_id: '0' } });
    const body = { run_id: JSON.parse(made.text).run.info.run_id, path: 'a.txt' };
    const asked = await askAnew(`${server.url}${api}/artifacts/presigned-upload-url`, { body });
    const link = new URL((JSON.parse(asked.text) as { presigned_url: string }).presigned_url);
    const answers = await askEveryWorker(server, link.pathname + link.search, { method: 'PUT', body: 'bytes' });
    expect([...answers.values()].map(({ status }) => status)).toEqual([200, 200]);
  });

  test('make 50 versions of one model for 50 clients at once', async () => {
    await make50Versions(await start('--workers', '3'));
  });

  test.skipIf(!withPostgres)('make 50 versions of one model for 50 clients at once, on PostgreSQL', () =>
    withPostgresDatabase(async (store) => {
      const server = await startServerProcess(store, home, { options: ['--workers', '3', '--log', 'json'] });
      try {
        await make50Versions(server);
      } finally {
        await server.kill();
      }
    }),
  );

  async function make50Versions(server: ServerProcess): Promise<void> {
    const made = await askAnew(`${server.url}${api}/registered-models/create`, { body: { name: 'air' } });
    expect(made.status).toBe(200);
    const run = await askAnew(`${server.url}${api}/runs/create`, { body: { experiment_id: '0' } });
    const { run_id, artifact_uri } = JSON.parse(run.text).run.info;
    const body = { name: 'air', run_id, source: `${artifact_uri}/model` };
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => askAnew(`${server.url}${api}/model-versions/create`, { body })),
    );
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    const versions = answers.map(({ text }) => Number(JSON.parse(text).model_version.version));
    expect(versions.sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
  }

  test('tell a webhook once, and go on to when the one that told it dies', async () => {
    const server = await start();
    const receiver = await startReceiver();
    const told = () => receiver.received.map(({ body }) => (body.data as { name: string }).name).toSorted();
    try {
      const events = [{ entity: 'REGISTERED_MODEL', action: 'CREATED' }];
      const hook = { name: 'new-models', url: `${receiver.url}/in`, events };
      const registered = await askAnew(`${server.url}${api}/webhooks`, { body: hook });
      expect([registered.status, registered.text]).toEqual([200, expect.any(String)]);
      const make = async (name: string): Promise<void> =>
        expect((await askAnew(`${server.url}${api}/registered-models/create`, { body: { name } })).status).toBe(200);
      const names = Array.from({ length: 10 }, (_, index) => `model ${index}`);
      for (const name of names) await make(name);
      await receiver.arrived(names.length);
      expect(told()).toEqual(names);
      // The first worker sends them.
      const [first] = await workersOf(server.url);
      process.kill(first!, 'SIGKILL');
      await expect.poll(() => restartsOf(server), patience).toBe(1);
      await make('one more');
      await expect.poll(told, patience).toContain('one more');
      // Of what had just arrived it may not have been noted that it had.
      expect([...new Set(told())]).toEqual([...names, 'one more']);
    } finally {
      await receiver.close();
    }
  });

  test('tell what waits in the outbox as it is, also while one of them does not answer', async () => {
    const server = await start();
    const waiting = async (): Promise<string | undefined> => {
      const { text } = await askOne(`${server.url}/metrics`);
      return /deliveries\{state="pending"\} (\d+)/.exec(text)?.[1];
    };
    const events = [{ entity: 'REGISTERED_MODEL', action: 'CREATED' }];
    await askAnew(`${server.url}${api}/webhooks`, { body: { name: 'away', url: 'http://127.0.0.1:9/', events } });
    expect(await waiting()).toBe('0');
    const [first] = await workersOf(server.url);
    process.kill(first!, 'SIGSTOP');
    await askOne(`${server.url}${api}/registered-models/create`, { body: { name: 'told to nobody' } });
    expect(await waiting()).toBe('1');
  });
});

describe('workers end', { timeout: 120_000 }, () => {
  const half = [
    `POST ${api}/experiments/create HTTP/1.1`,
    'Host: localhost',
    'Content-Type: application/json',
    'Content-Length: 13',
  ];

  test('after what is under way is answered; nobody new is let in', async () => {
    const server = await start();
    const pids = await workersOf(server.url);
    const names = ['"a"', '"b"', '"c"'];
    const late = names.map(() => rawConnection(server.url, `${half.join('\r\n')}\r\n\r\n{"name"`));
    await expect.poll(async () => (await workersVarz(server.url)).requestsInFlight, patience).toBe(4);
    server.child.kill('SIGTERM');
    await expect.poll(() => askAnew(`${server.url}/ok`).catch(() => null), patience).toBeNull();
    expect(server.child.exitCode).toBeNull();
    for (const [index, { socket }] of late.entries()) socket.write(`: ${names[index]}}`);
    // Each is answered, and its connection closed then.
    for (const { closed } of late) expect(await closed).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    if (server.child.exitCode === null) await once(server.child, 'exit');
    expect(server.child.exitCode).toBe(0);
    expect(pids.filter(isRunning)).toEqual([]);
  });

  test('at once where it is said twice', async () => {
    const server = await start();
    const pids = await workersOf(server.url);
    const late = rawConnection(server.url, `${half.join('\r\n')}\r\n\r\n{"name"`);
    await expect.poll(async () => (await workersVarz(server.url)).requestsInFlight, patience).toBe(2);
    server.child.kill('SIGINT');
    await expect.poll(() => server.log(), patience).toContain('press Ctrl-C again');
    server.child.kill('SIGINT');
    await once(server.child, 'exit');
    expect(server.child.exitCode).toBe(130);
    await expect.poll(() => pids.filter(isRunning), patience).toEqual([]);
    late.socket.destroy();
  });

  test('one alone where it is asked to, after its answers, and another takes its place', async () => {
    const server = await start();
    const [first, second] = await workersOf(server.url);
    process.kill(first!, 'SIGTERM');
    await expect.poll(() => restartsOf(server), patience).toBe(1);
    await expect.poll(async () => (await workersOf(server.url)).length, patience).toBe(2);
    expect(await workersOf(server.url)).toContain(second);
    expect(server.log()).not.toContain('SERVER_WORKER_LOST');
  });

  test('with the supervisor that is killed: none is left, and the port is free', async () => {
    const server = await start();
    const pids = await workersOf(server.url);
    const { port } = new URL(server.url);
    // Somebody who is connected keeps nothing alive.
    const connected = connect(Number(port), '127.0.0.1').on('error', () => undefined);
    await once(connected, 'connect');
    await server.kill();
    const taken = createServer();
    taken.listen(Number(port), '127.0.0.1');
    await once(taken, 'listening');
    taken.close();
    await expect.poll(() => pids.filter(isRunning), patience).toEqual([]);
    connected.destroy();
  });
});

describe('workers that cannot start', { timeout: 120_000 }, () => {
  test('end the server, with their error', async () => {
    const project = await createProject();
    try {
      const file = join(home, 'file');
      await writeFile(file, '');
      const serve = (...options: string[]) => project.mlspec(['server', '--port', '0', '--workers', '2', ...options]);
      const blocked = await serve('--store', join(file, 'state'));
      expect([blocked.code, blocked.stderr]).toEqual([
        expect.any(Number),
        expect.stringContaining('PLACE_NOT_WRITABLE'),
      ]);
      expect(blocked.code).not.toBe(0);
      const away = await serve('--store', 'postgres://nobody@127.0.0.1:1/none');
      expect([away.code, away.stderr]).toEqual([1, expect.stringContaining('DATABASE_UNREACHABLE')]);
      const open = await serve('--host', '0.0.0.0');
      expect([open.code, open.stderr]).toEqual([2, expect.stringContaining('SERVER_UNPROTECTED')]);
      const server = await start();
      const taken = await project.mlspec(['server', '--workers', '2', '--port', new URL(server.url).port]);
      expect([taken.code, taken.stderr]).toEqual([1, expect.stringContaining('SERVING_CANNOT_LISTEN')]);
    } finally {
      await project.remove();
    }
  });

  test.each(['0', '-1', '65', '1.5', 'many'])('are not as many as %s', async (count) => {
    const project = await createProject();
    try {
      const ended = await project.mlspec(['server', '--port', '0', `--workers=${count}`]);
      expect([ended.code, ended.stderr]).toEqual([2, expect.stringContaining('CONFIG_BAD_VALUE')]);
      expect(ended.stderr).toContain(`expected --workers to be a whole number from 1 to 64, found "${count}"`);
    } finally {
      await project.remove();
    }
  });
});
