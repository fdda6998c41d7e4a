/*
 * Ten thousand requests that no client would send, to every endpoint of a server of its own process: each one is answered, none
 * as a failure of the server, which then still answers and has not grown. 1,500 of them in an ordinary run.
 */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isFull } from '../full.ts';
import {
  type FuzzedEndpoint,
  type KnownNames,
  type MalformedRequest,
  malformedRequests,
} from './malformed-requests.ts';
import { type ServerProcess, startServerProcess } from './server-process.ts';

const count = isFull ? 10_000 : 1500;
const seed = 20_260_801;
const connections = 8;
const memoryLimitBytes = 400e6;

const file = join(import.meta.dirname, '../golden/tracking/endpoints.json');
type Declared = FuzzedEndpoint & { readonly version: number };
const { endpoints } = JSON.parse(readFileSync(file, 'utf8')) as { endpoints: readonly Declared[] };
const declared = endpoints.map((one) => ({ ...one, path: `${one.version}.0${one.path}` }));
/** Those that are asked more often than the others: behind them is code, and they leave what is there. */
const served = declared.filter(
  ({ method, path }) => !/^3|webhooks|traces|delete/.test(path) && (method !== 'DELETE' || path.includes('tags')),
);

let home: string;
let server: ServerProcess;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'fuzzed-'));
  server = await startServerProcess(join(home, 'state'), home);
});
afterAll(async () => {
  await server.kill();
  await rm(home, { recursive: true, force: true });
});

test(`${count} malformed requests`, { timeout: 1_800_000 }, async () => {
  const known = await makeSomething();
  const requests = malformedRequests([...served, ...served, ...served, ...declared], { seed, count, known });
  const wrong: string[] = [];
  const byStatus = new Map<number, number>();
  const worker = async (): Promise<void> => {
    for (const one of requests) {
      const { bytes, isHttp } = one;
      const answer = await exchange(one);
      const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0);
      byStatus.set(status, (byStatus.get(status) ?? 0) + 1);
      if (status >= 500 || (isHttp && status === 0))
        wrong.push(`${answer.slice(0, 500)}\n${bytes.toString('latin1').slice(0, 1500)}`);
    }
  };
  await Promise.all(Array.from({ length: connections }, worker));
  expect(wrong.slice(0, 3)).toEqual([]);
  expect(server.child.exitCode).toBeNull();
  // Much of it gets past the first check.
  expect(byStatus.get(200)).toBeGreaterThan(count / 20);
  const { memoryBytes } = (await (await fetch(`${server.url}/varz`)).json()) as { memoryBytes: number };
  expect(memoryBytes).toBeLessThan(memoryLimitBytes);
  expect(server.answered.filter(({ status }) => status >= 500)).toEqual([]);
});

/** A run, an experiment, models with versions. @returns their names */
async function makeSomething(): Promise<KnownNames> {
  const { experiment_id: experiment } = await post('experiments/create', { name: 'fuzzed' });
  const { run } = await post('runs/create', { experiment_id: experiment });
  const { model } = await post('logged-models', { experiment_id: experiment, name: 'logged' });
  await post('registered-models/create', { name: 'registered' });
  await post('model-versions/create', { name: 'registered', source: 'mlflow-artifacts:/1/x/artifacts' }).catch(
    () => null,
  );
  await post('registered-models/alias', { name: 'registered', alias: 'champion', version: '1' }).catch(() => null);
  const run_id = run.info['run_id']!;
  const model_id = model.info['model_id']!;
  const paths = { path: 'notes/a.txt', artifact_path: 'notes/b.txt', artifact_location: 's3://bucket/a' };
  const names = { name: 'registered', alias: 'champion', version: '1', key: 'acc', metric_key: 'acc', value: '0.5' };
  const states = { status: 'RUNNING', view_type: 'ALL', run_view_type: 'ALL', stage: 'Staging' };
  return {
    run_id,
    run_uuid: run_id,
    model_id,
    experiment_id: experiment,
    source: 'models:/x',
    ...paths,
    ...names,
    ...states,
  };
}

type Made = { readonly experiment_id: string } & Readonly<
  Record<'run' | 'model', { readonly info: Record<string, string> }>
>;

async function post(path: string, body: object): Promise<Made> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${server.url}/api/2.0/mlflow/${path}`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`);
  return (await answer.json()) as Made;
}

/** Sends bytes over a connection of their own and takes what comes until it is closed; whoever sends no HTTP says no more. */
function exchange({ bytes, isHttp }: MalformedRequest): Promise<string> {
  const { hostname, port } = new URL(server.url);
  return new Promise((resolve) => {
    const parts: Buffer[] = [];
    const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true }, () =>
      isHttp ? socket.write(bytes) : socket.end(bytes),
    );
    socket.on('data', (part) => parts.push(part));
    socket.on('end', () => socket.end());
    // A server may close on bytes that it does not read; what it said before counts.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => resolve(Buffer.concat(parts).toString('latin1')));
  });
}
