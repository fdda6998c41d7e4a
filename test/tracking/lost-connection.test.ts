/* PostgreSQL goes away while the server runs, and comes back: nobody has to start anything again. */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Database, openDatabase } from '../../src/database/index.ts';
import { newId } from '../../src/encoding/index.ts';
import { type RunningTrackingServer, startTrackingServer } from '../../src/server/mlflow/index.ts';
import { hasPostgres, postgresUrl } from '../contract/databases.ts';
import { openServices, serverOptions } from './open-services.ts';

/** A way to PostgreSQL that can be cut. */
interface Way {
  readonly url: string;
  /** Ends all connections and takes no new ones. */
  cut(): void;
  mend(): void;
  close(): void;
}

async function openWay(): Promise<Way> {
  const target = new URL(postgresUrl);
  const sockets = new Set<Socket>();
  let isCut = false;
  const proxy = createServer((socket) => {
    if (isCut) return void socket.destroy();
    const there = connect({ host: target.hostname, port: Number(target.port || 5432) });
    for (const [one, other] of [
      [socket, there],
      [there, socket],
    ] as const) {
      sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => other.destroy());
      one.pipe(other);
    }
  });
  proxy.listen({ host: '127.0.0.1', port: 0 });
  await once(proxy, 'listening');
  const url = new URL(postgresUrl);
  url.hostname = '127.0.0.1';
  url.port = String((proxy.address() as AddressInfo).port);
  const cut = (): void => {
    isCut = true;
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: url.href,
    cut,
    mend: () => {
      isCut = false;
    },
    close: () => {
      cut();
      proxy.close();
    },
  };
}

describe.skipIf(!(await hasPostgres()))('a connection to PostgreSQL that is lost', () => {
  const schema = newId('test').toLowerCase();
  let way: Way;
  let database: Database;
  let server: RunningTrackingServer;
  let folder: string;
  beforeAll(async () => {
    way = await openWay();
    folder = await mkdtemp(join(tmpdir(), 'lost-'));
    database = await openDatabase({ kind: 'postgres', url: way.url, schema, connectionLimit: 4 });
    server = await startTrackingServer({ ...serverOptions, services: await openServices(database, folder) });
  });
  afterAll(async () => {
    await server.close();
    await database.close();
    way.close();
    await rm(folder, { recursive: true, force: true });
    const direct = await openDatabase({ kind: 'postgres', url: postgresUrl, schema });
    await direct.run(`drop schema ${schema} cascade`);
    await direct.close();
  });

  const post = async (path: string, body: object): Promise<{ status: number; body: Record<string, never> }> => {
    const answer = await fetch(`${server.url}/api/2.0/mlflow/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return { status: answer.status, body: (await answer.json()) as Record<string, never> };
  };

  it('is answered with 503 and a time to come back; what was acknowledged before and after is there, once', async () => {
    const made = await post('runs/create', { experiment_id: '0' });
    const { run_id } = (made.body as unknown as { run: { info: { run_id: string } } }).run.info;
    const log = async (step: number): Promise<number> =>
      (await post('runs/log-metric', { run_id, key: 'm', value: step, timestamp: step, step })).status;
    const acknowledged: number[] = [];
    let step = 0;
    const logAll = async (count: number): Promise<void> => {
      for (let end = step + count; step < end; step++) if ((await log(step)) === 200) acknowledged.push(step);
    };
    await logAll(10);
    // In the middle of requests.
    const busy = logAll(50);
    await expect.poll(() => acknowledged.length, { timeout: 20_000 }).toBeGreaterThan(15);
    way.cut();
    await busy;
    const refused = await post('runs/log-metric', { run_id, key: 'm', value: 0, timestamp: 0, step: 10_000 });
    expect([refused.status, refused.body['error_code']]).toEqual([503, 'TEMPORARILY_UNAVAILABLE']);
    expect(JSON.stringify(refused.body)).not.toMatch(/password|at .*\.ts:/);
    way.mend();
    await logAll(10);
    expect(acknowledged.slice(-10)).toEqual(Array.from({ length: 10 }, (_, index) => 60 + index));
    const answer = await fetch(`${server.url}/api/2.0/mlflow/metrics/get-history?run_id=${run_id}&metric_key=m`);
    const { metrics } = (await answer.json()) as { metrics: { step: number }[] };
    const steps = metrics.map((metric) => metric.step);
    expect(steps).toEqual(expect.arrayContaining(acknowledged));
    expect(new Set(steps).size).toBe(steps.length);
  });
});
