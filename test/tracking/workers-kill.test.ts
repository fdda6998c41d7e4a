/*
 * Workers die in the middle of batches of eight writers, again and again, while the others and those that take their place go
 * on: whatever was acknowledged is there, no batch is there in part, and no answer is one that clients must not get.
 */
import { expect } from 'vitest';
import { secureRandomBytes } from '../../src/encoding/index.ts';
import {
  beginWriting,
  lookAtWritten,
  requireWelcome,
  type Written,
  waitForBatches,
  writeUntil,
} from './batch-writers.ts';
import { type KilledStore, killOnEachStore } from './killed-stores.ts';
import { startServerProcess } from './server-process.ts';
import { workersOf } from './worker-processes.ts';

const writers = 8;

killOnEachStore('workers that are killed while eight write', { some: 4, timeoutMs: 300_000 }, dieAndLook);

async function dieAndLook({ store, home, deaths }: KilledStore): Promise<void> {
  const server = await startServerProcess(store, home, { options: ['--workers', '3'] });
  try {
    const seen: Written[] = await Promise.all(Array.from({ length: writers }, () => beginWriting(server.url)));
    let isEnough = false;
    const writing = seen.map((one) => writeUntil(server.url, one, () => isEnough));
    for (let death = 0; death < deaths; death++) {
      const before = seen.map(({ acknowledged }) => acknowledged.length);
      const more = 1 + (secureRandomBytes(1)[0]! % 6);
      for (const [at, one] of seen.entries()) await waitForBatches([one], before[at]! + more);
      const pids = await workersOf(server.url);
      process.kill(pids[secureRandomBytes(1)[0]! % pids.length]!, 'SIGKILL');
    }
    const after = seen.map(({ acknowledged }) => acknowledged.length);
    for (const [at, one] of seen.entries()) await waitForBatches([one], after[at]! + 2);
    isEnough = true;
    await Promise.all(writing);
    requireWelcome(seen);
    for (const one of seen) await lookAtWritten(server.url, one);
    await expect.poll(async () => (await workersOf(server.url)).length, { timeout: 60_000 }).toBe(3);
    expect(await server.stop()).toBe(0);
  } finally {
    await server.kill();
  }
}
