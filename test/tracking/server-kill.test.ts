/*
 * The server dies in the middle of batches of eight writers, again and again: whatever it acknowledged is there, no batch is there in
 * part, and it starts again.
 */
import { expect } from 'vitest';
import { secureRandomBytes } from '../../src/encoding/index.ts';
import { beginWriting, lookAtWritten, type Written, waitForBatches, writeUntil } from './batch-writers.ts';
import { type KilledStore, killOnEachStore } from './killed-stores.ts';
import { startServerProcess } from './server-process.ts';

const writers = 8;

killOnEachStore('a server that is killed while eight write', { some: 3, timeoutMs: 180_000 }, dieAndLook);

async function dieAndLook({ store, home, deaths }: KilledStore): Promise<void> {
  const seen: Written[] = [];
  for (let death = 0; death < deaths; death++) {
    const server = await startServerProcess(store, home);
    const written = await Promise.all(Array.from({ length: writers }, () => beginWriting(server.url)));
    const writing = written.map((one) => writeUntil(server.url, one, () => one.unanswered.length > 0));
    await waitForBatches(written, 1 + (secureRandomBytes(1)[0]! % 12));
    await server.kill();
    await Promise.all(writing);
    seen.push(...written);
  }
  const server = await startServerProcess(store, home);
  for (const one of seen) await lookAtWritten(server.url, one);
  expect(seen.flatMap(({ acknowledged }) => acknowledged).length).toBeGreaterThan(deaths * writers);
  expect(await server.stop()).toBe(0);
}
