/*
 * The server dies in the middle of batches of eight writers, again and again: whatever it acknowledged is there, no batch is there in
 * part, and it starts again.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { secureRandomBytes } from '../../src/encoding/index.ts';
import { hasPostgres } from '../contract/databases.ts';
import {
  beginWriting,
  lookAtWritten,
  type Written,
  waitForBatches,
  withNewDatabase,
  writeUntil,
} from './batch-writers.ts';
import { startServerProcess } from './server-process.ts';

const isFull = process.env['MLSPEC_TEST_FULL'] === '1';
const deaths = isFull ? 100 : 3;
const writers = 8;
const timeout = isFull ? 3_600_000 : 180_000;
const withPostgres = await hasPostgres();

describe('a server that is killed while eight write', () => {
  test(`on SQLite, ${deaths} times`, { timeout }, () => inNewHome((home) => dieAndLook(join(home, 'state'), home)));

  test.skipIf(!withPostgres)(`on PostgreSQL, ${deaths} times`, { timeout }, () =>
    inNewHome((home) => withNewDatabase((url) => dieAndLook(url, home))),
  );
});

async function inNewHome(work: (home: string) => Promise<void>): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), 'killed-'));
  try {
    await work(home);
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

async function dieAndLook(store: string, home: string): Promise<void> {
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
