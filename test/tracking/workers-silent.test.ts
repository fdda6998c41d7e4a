/* Workers that are there and answer nothing: they are replaced, meanwhile others answer, and the server ends without them. */
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { PlatformError } from '../../src/errors/index.ts';
import { superviseWorkers } from '../../src/server/workers/index.ts';
import { askAnew } from './worker-processes.ts';

const patience = { timeout: 60_000 };
const running = new Set<{ readonly stop: AbortController; readonly ended: Promise<void> }>();
afterEach(async () => {
  for (const { stop } of running) stop.abort();
  for (const { ended } of running) await ended;
  running.clear();
});

async function supervise() {
  const stop = new AbortController();
  const losses: string[] = [];
  const ready = Promise.withResolvers<string>();
  const ended = superviseWorkers({
    ...{ host: '127.0.0.1', port: 0, count: 2, task: null, signal: stop.signal },
    program: { path: join(import.meta.dirname, 'plain-worker.ts'), arguments: [] },
    watch: { beatMs: 100, mostMissed: 3 },
    onReady: (url) => ready.resolve(url),
    onLoss: (error: PlatformError) => losses.push(`${error.code} ${error.message}`),
  });
  running.add({ stop, ended });
  return { url: await ready.promise, losses, stop, ended };
}

/** The processes that answer, as far as they do in a few tries of which those that hang are given up. */
async function answering(url: string): Promise<ReadonlySet<number>> {
  const found = new Set<number>();
  for (let tries = 0; tries < 6; tries++) {
    const answer = await Promise.race([askAnew(url), new Promise<null>((resolve) => setTimeout(resolve, 500, null))]);
    if (answer !== null) found.add(Number(answer.text));
  }
  return found;
}

test.each([
  ['is stopped', (_url: string, pid: number) => process.kill(pid, 'SIGSTOP')],
  ['does not come to an end', (url: string) => void askAnew(`${url}/hang`).catch(() => null)],
])('a worker that %s is replaced (SERVER_WORKER_LOST)', { timeout: 120_000 }, async (_name, silence) => {
  const { url, losses } = await supervise();
  await expect.poll(async () => (await answering(url)).size, patience).toBe(2);
  const pids = await answering(url);
  silence(url, [...pids][0]!);
  await expect.poll(() => losses, patience).toHaveLength(1);
  expect(losses[0]).toMatch(/^SERVER_WORKER_LOST worker \d \(process \d+\) did not answer for \S+ s, and was killed$/);
  await expect.poll(async () => (await answering(url)).size, patience).toBe(2);
  expect([...(await answering(url))].filter((pid) => pids.has(pid))).toHaveLength(1);
});

test('a worker that is stopped does not keep the server from its end', { timeout: 120_000 }, async () => {
  const { url, stop, ended } = await supervise();
  await expect.poll(async () => (await answering(url)).size, patience).toBe(2);
  for (const pid of await answering(url)) process.kill(pid, 'SIGSTOP');
  stop.abort();
  await ended;
});
