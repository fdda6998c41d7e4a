/* A server whose disk becomes full while clients log: they are told, and all that was acknowledged is there once there is room. */
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { mountMemory } from '../mount.ts';
import { startServerProcess } from './server-process.ts';

const api = '/api/2.0/mlflow';
const pointsEach = 1000;

test('batches are refused with 507 when the disk of the database is full; with room again the next ones are taken', {
  timeout: 120_000,
}, async (context) => {
  const home = await mkdtemp(join(tmpdir(), 'full-server-'));
  const place = join(home, 'small');
  await mkdir(place);
  if (!mountMemory(place, 'size=8m')) return context.skip();
  const server = await startServerProcess(join(place, 'state'), home);
  try {
    const ask = async (path: string, body: object): Promise<{ status: number; text: string }> => {
      const answer = await fetch(`${server.url}${api}/${path}`, {
        ...{ method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) },
      });
      return { status: answer.status, text: await answer.text() };
    };
    const made = await ask('runs/create', { experiment_id: '0' });
    expect([made.status, made.text]).toEqual([200, expect.any(String)]);
    const run_id = JSON.parse(made.text).run.info.run_id as string;
    const batch = (number: number) => ({
      run_id,
      metrics: Array.from({ length: pointsEach }, (_, step) => ({
        ...{ key: `m${number}`, value: number, step, timestamp: 1_700_000_000_000 + step },
      })),
    });
    const pointsOf = async (number: number): Promise<number> => {
      const query = new URLSearchParams({ run_id, metric_key: `m${number}`, max_results: String(2 * pointsEach) });
      const answer = await fetch(`${server.url}${api}/metrics/get-history?${query}`);
      return ((await answer.json()) as { metrics?: readonly unknown[] }).metrics?.length ?? 0;
    };
    let [taken, refused] = [0, { status: 200, text: '' }];
    while (refused.status === 200 && taken < 500) {
      refused = await ask('runs/log-batch', batch(taken));
      if (refused.status === 200) taken++;
    }
    expect([refused.status, refused.text]).toEqual([507, expect.stringContaining('error_code')]);
    expect(taken).toBeGreaterThan(3);
    expect(await pointsOf(taken)).toBe(0);
    execFileSync('mount', ['-o', 'remount,size=64m', place]);
    await expect.poll(async () => (await ask('runs/log-batch', batch(taken))).status, { timeout: 30_000 }).toBe(200);
    for (let number = 0; number <= taken; number++)
      expect([number, await pointsOf(number)]).toEqual([number, pointsEach]);
    expect(await server.stop()).toBe(0);
  } finally {
    await server.kill();
    execFileSync('umount', [place]);
    await rm(home, { recursive: true, force: true });
  }
});
