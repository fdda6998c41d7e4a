/*
 * The server dies in the middle of batches of eight writers, again and again: whatever it acknowledged is there, no batch is there in
 * part, and it starts again. Every batch holds metrics, params and tags that are named by its number.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openDatabase } from '../../src/database/index.ts';
import { newId, secureRandomBytes } from '../../src/encoding/index.ts';
import { hasPostgres, postgresUrl } from '../contract/databases.ts';
import { type ServerProcess, startServerProcess } from './server-process.ts';

const isFull = process.env['MLSPEC_TEST_FULL'] === '1';
const deaths = isFull ? 100 : 3;
const writers = 8;
const metricsOfBatch = 40;
const timeout = isFull ? 3_600_000 : 180_000;
const withPostgres = await hasPostgres();

describe('a server that is killed while eight write', () => {
  test(`on SQLite, ${deaths} times`, { timeout }, async () => {
    const home = await mkdtemp(join(tmpdir(), 'killed-'));
    try {
      await dieAndLook(join(home, 'state'), home);
    } finally {
      await rm(home, { recursive: true, force: true });
    }
  });

  test.skipIf(!withPostgres)(`on PostgreSQL, ${deaths} times`, { timeout }, async () => {
    const home = await mkdtemp(join(tmpdir(), 'killed-'));
    const name = newId('killed').toLowerCase();
    const admin = await openDatabase({ kind: 'postgres', url: postgresUrl, schema: 'public' });
    try {
      await admin.run(`create database ${name}`);
      const address = new URL(postgresUrl);
      address.pathname = `/${name}`;
      await dieAndLook(address.href, home);
    } finally {
      await admin.run(`drop database if exists ${name} with (force)`);
      await admin.close();
      await rm(home, { recursive: true, force: true });
    }
  });
});

/** The numbers of the batches of one writer that were acknowledged, and the one that was under way at the end. */
interface Written {
  readonly runId: string;
  readonly acknowledged: number[];
  begun: number;
  /** An answer that a living server must not give. */
  refused?: Error;
}

class Refused extends Error {}

async function dieAndLook(store: string, home: string): Promise<void> {
  const seen: Written[] = [];
  for (let death = 0; death < deaths; death++) {
    const server = await startServerProcess(store, home);
    const written = await Promise.all(Array.from({ length: writers }, () => begin(server)));
    const writing = written.map((one) => writeUntilDeath(server, one));
    await waitForBatches(written, 1 + (secureRandomBytes(1)[0]! % 12));
    await server.kill();
    await Promise.all(writing);
    seen.push(...written);
  }
  const server = await startServerProcess(store, home);
  for (const one of seen) await look(server, one);
  expect(seen.flatMap(({ acknowledged }) => acknowledged).length).toBeGreaterThan(deaths * writers);
  expect(await server.stop()).toBe(0);
}

async function begin(server: ServerProcess): Promise<Written> {
  const { run } = (await call(server, 'runs/create', { experiment_id: '0' })) as { run: { info: { run_id: string } } };
  return { runId: run.info.run_id, acknowledged: [], begun: -1 };
}

async function writeUntilDeath(server: ServerProcess, written: Written): Promise<void> {
  for (let number = 0; ; number++) {
    written.begun = number;
    try {
      await call(server, 'runs/log-batch', { run_id: written.runId, ...batchOf(number) });
    } catch (error) {
      if (error instanceof Refused) written.refused = error;
      return;
    }
    written.acknowledged.push(number);
  }
}

function batchOf(number: number): object {
  const value = String(number);
  const points = Array.from({ length: metricsOfBatch }, (_, key) => ({
    key: `m${key}`,
    value: number,
    timestamp: number,
    step: number,
  }));
  return { metrics: points, params: [{ key: `p${number}`, value }], tags: [{ key: `t${number}`, value }] };
}

/** Waits until every writer has so many batches acknowledged, by their own events and no clock. */
async function waitForBatches(written: readonly Written[], count: number): Promise<void> {
  while (written.some(({ acknowledged }) => acknowledged.length < count)) {
    const refused = written.find((one) => one.refused !== undefined)?.refused;
    if (refused !== undefined) throw refused;
    await new Promise(setImmediate);
  }
}

/** Looks at what is left of one writer's batches. */
async function look(server: ServerProcess, { runId, acknowledged, begun }: Written): Promise<void> {
  const { run } = (await call(server, `runs/get?run_id=${runId}`)) as {
    run: { data: { metrics: { value: number }[]; params: { key: string }[]; tags: { key: string }[] } };
  };
  const numbers = (texts: readonly { key: string }[], letter: string): number[] =>
    texts
      .flatMap(({ key }) => (new RegExp(`^${letter}\\d+$`).test(key) ? [Number(key.slice(1))] : []))
      .sort((a, b) => a - b);
  const params = numbers(run.data.params, 'p');
  // Everything that was acknowledged, and perhaps the batch whose answer did not arrive.
  expect([acknowledged, [...acknowledged, begun]]).toContainEqual(params);
  expect(numbers(run.data.tags, 't')).toEqual(params);
  expect(run.data.metrics.length).toBe(params.length === 0 ? 0 : metricsOfBatch);
  for (const key of [0, metricsOfBatch - 1]) {
    const history = await call(server, `metrics/get-history?run_id=${runId}&metric_key=m${key}`);
    const { metrics = [] } = history as { metrics?: { step: number; value: number }[] };
    expect(metrics.map(({ step }) => step)).toEqual(params);
  }
  expect(new Set(run.data.metrics.map(({ value }) => value))).toEqual(new Set(params.slice(-1)));
}

async function call(server: ServerProcess, path: string, body?: object): Promise<unknown> {
  const answer = await fetch(`${server.url}/api/2.0/mlflow/${path}`, {
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    headers: { 'content-type': 'application/json' },
  });
  if (!answer.ok) throw new Refused(`${path}: ${answer.status} ${await answer.text()}`);
  return await answer.json();
}
