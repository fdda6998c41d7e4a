/* `mlspec gc` beside a running server, killed on the way, and the retention that the server carries out itself. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { program } from '../program.ts';
import { type ServerProcess, startServerProcess } from './server-process.ts';

let home: string;
let server: ServerProcess;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'removal-command-'));
  server = await startServerProcess(join(home, 'state'), home);
});
afterEach(async () => {
  await server.kill();
  await rm(home, { recursive: true, force: true });
});

async function call(path: string, body?: object): Promise<Response> {
  return await fetch(`${server.url}/api/2.0/mlflow/${path}`, {
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    headers: { 'content-type': 'application/json' },
  });
}

async function deletedRun(): Promise<string> {
  const made = (await (await call('runs/create', { experiment_id: '0' })).json()) as {
    run: { info: { run_id: string } };
  };
  const { run_id } = made.run.info;
  const metrics = Array.from({ length: 900 }, (_, step) => ({ key: `m${step % 9}`, value: 1, timestamp: step, step }));
  await call('runs/log-batch', { run_id, metrics, params: [{ key: 'p', value: '1' }] });
  const files = `${server.url}/api/2.0/mlflow-artifacts/artifacts/0/${run_id}/artifacts`;
  expect((await fetch(`${files}/own`, { method: 'PUT', body: `content of ${run_id}` })).status).toBe(200);
  expect((await fetch(`${files}/same`, { method: 'PUT', body: 'the same' })).status).toBe(200);
  await call('runs/delete', { run_id });
  return run_id;
}

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
}

async function gc(args: readonly string[], killAfterMs?: number): Promise<Ended> {
  const child = spawn(program, ['gc', '--store', join(home, 'state'), '--older-than', '0d', ...args], {
    cwd: home,
    env: { PATH: process.env['PATH'], HOME: home },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let stdout = '';
  child.stdout!.on('data', (part: Buffer) => (stdout += part.toString()));
  const exit = once(child, 'exit') as Promise<[number | null]>;
  if (killAfterMs !== undefined) void setTimeout(killAfterMs).then(() => child.kill('SIGKILL'));
  return { code: (await exit)[0], stdout };
}

async function blobs(): Promise<string[]> {
  const root = join(home, 'state', 'artifacts', 'blobs');
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  return entries.flatMap((entry) => (entry.isFile() ? [join(entry.parentPath, entry.name)] : []));
}

test('a removal that is killed again and again beside a server that serves', { timeout: 120_000 }, async () => {
  const runs = await Promise.all(Array.from({ length: 12 }, deletedRun));
  const kept = (await (await call('runs/create', { experiment_id: '0' })).json()) as {
    run: { info: { run_id: string; artifact_uri: string } };
  };
  const { run_id } = kept.run.info;
  const same = `${server.url}/api/2.0/mlflow-artifacts/artifacts/0/${run_id}/artifacts/same`;
  await fetch(same, { method: 'PUT', body: 'the same' });
  const said = await gc(['--json']);
  expect((JSON.parse(said.stdout) as { deleted: { id: string }[] }).deleted.map(({ id }) => id).sort()).toEqual(
    [...runs].sort(),
  );
  expect((await call(`runs/get?run_id=${runs[0]}`)).status).toBe(200);
  for (const path of await blobs()) await utimes(path, 1_000_000, 1_000_000);
  for (const killAfterMs of [250, 330, 400, 450, 500, 550]) {
    const [, answered] = await Promise.all([
      gc(['--yes'], killAfterMs),
      call('runs/log-metric', { run_id, key: 'k', value: killAfterMs, timestamp: killAfterMs, step: 0 }),
    ]);
    expect(answered.status).toBe(200);
    for (const id of runs) {
      const found = await call(`runs/get?run_id=${id}`);
      if (found.status === 404) continue;
      const { run } = (await found.json()) as { run: { data: { metrics: object[]; params: object[] } } };
      expect([run.data.metrics.length, run.data.params.length]).toEqual([9, 1]);
    }
  }
  expect((await gc(['--yes'])).code).toBe(0);
  for (const id of runs) expect((await call(`runs/get?run_id=${id}`)).status).toBe(404);
  expect(await blobs()).toHaveLength(1);
  expect(await (await fetch(same)).text()).toBe('the same');
  const wrong = await gc(['--run', run_id, '--yes']);
  expect(wrong.code).not.toBe(0);
});

test('a server with a retention removes what was deleted before it started', async () => {
  const run = await deletedRun();
  await server.stop();
  server = await startServerProcess(join(home, 'state'), home, { env: { MLSPEC_RETENTION: '0d' } });
  for (let turn = 0; (await call(`runs/get?run_id=${run}`)).status === 200; turn++) {
    expect(turn).toBeLessThan(100);
    await setTimeout(50);
  }
  expect((await call(`runs/get?run_id=${run}`)).status).toBe(404);
});
