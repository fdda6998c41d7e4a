/* Whoever brings the index of words up to date dies in the middle of it: the next one goes on, and every word finds what has it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { expect } from 'vitest';
import { type Database, openDatabase } from '../../src/database/index.ts';
import { secureRandomBytes } from '../../src/encoding/index.ts';
import { openTextSearch } from '../../src/search/index.ts';
import { openTracking } from '../../src/tracking/index.ts';
import { program } from '../program.ts';
import { type KilledStore, killOnEachStore } from './killed-stores.ts';

const runCount = 1500;
const birds = 7;

killOnEachStore('a search that is killed while it learns what is new', { some: 3, timeoutMs: 180_000 }, dieAndLook);

async function dieAndLook({ store, home, deaths }: KilledStore): Promise<void> {
  // The tables are made by the program itself.
  expect((await search('nothing', { store, home })).code).toBe(0);
  const database = await openDatabase(
    store.startsWith('postgres')
      ? { kind: 'postgres', url: store }
      : { kind: 'sqlite', path: join(store, 'metadata.db') },
  );
  try {
    const tracking = await openTracking(database);
    const runs = await Promise.all(
      Array.from({ length: runCount }, (_, index) =>
        tracking.createRun({ experimentId: '0', name: `flight ${index}` }),
      ),
    );
    const ids = runs.map(({ info }) => info.runId);
    // Some come to their end first: those do not count.
    for (let [inside, tries] = [0, 0]; inside < deaths; tries++) {
      expect(tries).toBeLessThan(10 * deaths);
      // Every word changes, so that what stood in the index before is wrong.
      const word = (index: number): string => `heron${(index + tries) % birds}`;
      for (const [index, id] of ids.entries())
        await tracking.logBatch(id, { tags: [{ key: 'bird', value: word(index) }] });
      const pending = await pendingCount(database);
      expect(pending).toBeGreaterThanOrEqual(runCount);
      await killAt(database, (pending * secureRandomBytes(1)[0]!) / 256, { store, home });
      if ((await pendingCount(database)) > 0) inside += 1;
      const texts = await openTextSearch(database, { keepForMs: 60_000 });
      for (let bird = 0; bird < birds; bird++) {
        const { items, isUpToDate } = await texts.search({ text: `heron${bird}`, limit: 1000 });
        expect(isUpToDate).toBe(true);
        const wanted = ids.filter((_, index) => word(index) === `heron${bird}`);
        expect(items.map(({ key }) => key).sort()).toEqual(wanted.sort());
      }
      expect(await pendingCount(database)).toBe(0);
    }
  } finally {
    await database.close();
  }
}

async function pendingCount(database: Database): Promise<number> {
  return (await database.first<{ count: number }>('select count(*) as count from search_pending'))!.count;
}

/** Kills a search once no more than so much is left to be learned. */
async function killAt(database: Database, left: number, where: Omit<KilledStore, 'deaths'>): Promise<void> {
  const { child, ended } = start('heron', where);
  while (child.exitCode === null && (await pendingCount(database)) > left) await setTimeout(1);
  child.kill('SIGKILL');
  await ended;
}

function start(words: string, { store, home }: Omit<KilledStore, 'deaths'>) {
  const child = spawn(program, ['search', words, '--store', store], {
    cwd: home,
    env: { PATH: process.env['PATH'], HOME: home, MLSPEC_STATE_DIR: join(home, 'state') },
    stdio: 'ignore',
  });
  const ended = once(child, 'exit').then(([code]) => ({ code: code as number | null }));
  return { child, ended };
}

async function search(words: string, where: Omit<KilledStore, 'deaths'>): Promise<{ readonly code: number | null }> {
  return await start(words, where).ended;
}
