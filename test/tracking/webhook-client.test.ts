/* MLflow's own client with webhooks of a live `mlspec server`; what a server refuses that was not told otherwise; sudden death. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newId } from '../../src/encoding/index.ts';
import { hasPostgres } from '../contract/databases.ts';
import { withPostgresDatabase } from '../contract/postgres-database.ts';
import { program } from '../program.ts';
import { failureOf, runChecks } from './client-checks.ts';
import { startReceiver } from './webhook-receiver.ts';

const open = { MLFLOW_WEBHOOK_ALLOWED_SCHEMES: 'http,https', MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS: 'true' };
const event = { entity: 'REGISTERED_MODEL', action: 'CREATED' };
const checks = [
  'made_and_read',
  'changed',
  'deleted',
  'listed_in_pages',
  'limits',
  'tried_out',
  'examples_are_those_of_mlflow',
  'told_of_the_registry',
  'events_of_ours',
  'secret_is_told_to_nobody',
];

interface Server {
  readonly url: string;
  readonly process: ChildProcess;
  /** What it has printed. */
  readonly said: () => string;
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'webhook-client-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function startServer(store: string, env: object): Promise<Server> {
  const server = spawn(program, ['server', '--port', '0', '--store', store, '--json'], {
    cwd: folder,
    env: { ...process.env, HOME: folder, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  server.stderr.on('data', (text) => {
    said += String(text);
  });
  server.stdout.on('data', (text) => {
    said += String(text);
  });
  const [line] = await once(createInterface(server.stdout), 'line');
  const { url } = JSON.parse(String(line)) as { url: string };
  const end = async (signal: 'SIGTERM' | 'SIGKILL'): Promise<void> => {
    const ended = once(server, 'exit');
    server.kill(signal);
    await ended;
  };
  return { url, process: server, said: () => said, end };
}

/** Calls an endpoint; the answer's status and body. */
async function call(server: Server, path: string, body: object): Promise<readonly [number, Record<string, string>]> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${server.url}/api/2.0/mlflow/${path}`, {
    ...{ method: 'POST', headers, body: JSON.stringify(body) },
  });
  return [answer.status, (await answer.json()) as Record<string, string>];
}

describe('the stock client', () => {
  let server: Server;
  let printed: string;

  beforeAll(async () => {
    server = await startServer(join(folder, 'client'), open);
    printed = await runChecks('webhook_client.py', server.url, folder);
  }, 240_000);
  afterAll(() => server.end('SIGTERM'));

  test.each(checks)('%s', (name) => {
    expect(failureOf(printed, name)).toBe('');
  });

  test('no secret is in what the server prints', () => {
    expect(server.said()).not.toMatch(/sesame|do-not-tell-me/);
  });
});

test('a server that was not told otherwise talks to public addresses alone, by https', async () => {
  const server = await startServer(join(folder, 'strict'), {});
  const create = async (url: string) => (await call(server, 'webhooks', { name: 'hook', url, events: [event] }))[1];
  const hosts = [
    ...[
      '127.0.0.1',
      'localhost',
      '10.0.0.1',
      '169.254.169.254',
      '0.0.0.0',
      '127.1',
      '0x7f000001',
      '2130706433',
      '017700000001',
    ],
    ...[
      '[::1]',
      '[::]',
      '[::ffff:127.0.0.1]',
      '[::ffff:7f00:1]',
      '[64:ff9b::7f00:1]',
      '[fd00::1]',
      '[fe80::1]',
      '[2002:7f00:1::]',
    ],
  ];
  for (const host of hosts) {
    const { error_code, message } = await create(`https://${host}:8443/in`);
    expect([host, error_code]).toEqual([host, 'INVALID_PARAMETER_VALUE']);
    expect(message).toContain('must not resolve to a non-public IP address');
  }
  expect(await create('http://8.8.8.8/')).toEqual({
    error_code: 'INVALID_PARAMETER_VALUE',
    message: "Invalid webhook URL scheme: 'http'. Allowed schemes are: https.",
  });
  const [status, made] = await call(server, 'webhooks', { name: 'hook', url: 'https://8.8.8.8/', events: [event] });
  expect([status, made['error_code']]).toEqual([200, undefined]);
  await server.end('SIGTERM');
}, 60_000);

test('a variable that has no sense is refused', async () => {
  const env = { ...process.env, HOME: folder, MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS: 'perhaps' };
  const failed = promisify(execFile)(program, ['server', '--port', '0', '--store', join(folder, 'no')], { env });
  await expect(failed).rejects.toMatchObject({ stderr: expect.stringContaining('MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS') });
});

const stores = [
  ['SQLite', (work: (store: string) => Promise<void>) => work(join(folder, 'killed'))],
  ...((await hasPostgres()) ? [['PostgreSQL', withPostgresDatabase] as const] : []),
] as const;

test.each(stores)(
  'what a killed server had not delivered arrives after its restart, on %s',
  async (_name, withStore) => {
    await withStore(killAndRestart);
  },
  60_000,
);

async function killAndRestart(store: string): Promise<void> {
  const held = await startReceiver(() => {
    // Never answers: the message stays under way.
  });
  let server = await startServer(store, open);
  const name = newId('killed');
  const hook = { name: 'hook', url: `${held.url}/${name}`, events: [event], secret: 's' };
  const made = (await call(server, 'webhooks', hook))[1]['webhook'] as unknown as { webhook_id: string };
  for (const model of [`${name} 1`, `${name} 2`]) await call(server, 'registered-models/create', { name: model });
  await held.arrived(1);
  await server.end('SIGKILL');
  const first = held.received[0]!;
  await held.close();
  const answering = await startReceiver(undefined, held.port);
  server = await startServer(store, open);
  await answering.arrived(2);
  const mine = answering.received.filter(({ path }) => path === `/${name}`);
  expect(mine.map(({ body }) => body.data)).toEqual([
    { name: `${name} 1`, tags: {}, description: '' },
    { name: `${name} 2`, tags: {}, description: '' },
  ]);
  expect(mine[0]!.headers['x-mlflow-delivery-id']).toBe(first.headers['x-mlflow-delivery-id']);
  const [, { result }] = await call(server, `webhooks/${made.webhook_id}/test`, {});
  expect(result).toEqual({ success: true, response_status: 200, response_body: 'taken' });
  await fetch(`${server.url}/api/2.0/mlflow/webhooks/${made.webhook_id}`, { method: 'DELETE' });
  await server.end('SIGTERM');
  await answering.close();
}
