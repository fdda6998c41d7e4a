/**
 * What is on the disk when a commit returns. A file system in a file stands for the disk: what the kernel still holds back in memory is
 * not in that file, so a copy of it is the disk after a loss of power. It is mounted like one, its journal is replayed, and SQLite opens
 * what it finds.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Database, openDatabase } from '../../src/database/index.ts';
import { isFull } from '../full.ts';
import { leftOut } from '../left-out.ts';

// Mounting is root's, and takes a kernel with loop devices: this is of the long tests.
const canMount = process.getuid?.() === 0 || (isFull && leftOut('a loss of power', 'only root mounts file systems'));
const rounds = 25;

function run(command: string, ...args: string[]): void {
  execFileSync(command, args, { stdio: 'pipe' });
}

describe.skipIf(!isFull || !canMount)('after a loss of power', () => {
  const folder = mkdtempSync(join(tmpdir(), 'power-'));
  const disk = join(folder, 'disk.img');
  const mounted = join(folder, 'mounted');
  const found = join(folder, 'found');
  beforeAll(() => {
    for (const place of [mounted, found]) mkdirSync(place);
    run('truncate', '-s', '32M', disk);
    run('mkfs.ext4', '-q', disk);
    run('mount', '-o', 'loop', disk, mounted);
  });
  afterAll(() => {
    run('umount', mounted);
    rmSync(folder, { recursive: true });
  });

  /** How many rows are there when the power goes now. */
  async function rowsAfterLoss(name: string): Promise<number> {
    const copy = join(folder, 'copy.img');
    copyFileSync(disk, copy);
    run('mount', '-o', 'loop', copy, found);
    try {
      const database = await openDatabase({ kind: 'sqlite', path: join(found, name) });
      const row = await database.first<{ n: number }>('select count(*) as n from things').catch(() => ({ n: 0 }));
      await database.close();
      return row!.n;
    } finally {
      run('umount', found);
    }
  }

  async function missingAfterEach(name: string, write: (database: Database, id: number) => Promise<unknown>) {
    const database = await openDatabase({ kind: 'sqlite', path: join(mounted, name) });
    await database.run('create table things (id integer primary key)');
    const missing: number[] = [];
    for (let id = 1; id <= rounds; id++) {
      await write(database, id);
      missing.push(id - (await rowsAfterLoss(name)));
    }
    await database.close();
    return missing;
  }

  const add = (database: Database, id: number, durability: 'full' | 'normal') =>
    database.transaction((session) => session.insert({ table: 'things', columns: ['id'] }, [[id]]), { durability });

  test('everything is there that was committed with the disk waited for', async () => {
    const missing = await missingAfterEach('full.db', (database, id) => add(database, id, 'full'));
    expect(missing).toEqual(Array(rounds).fill(0));
  });

  test('a single statement is there as well, and many that wait together', async () => {
    const missing = await missingAfterEach('single.db', async (database, id) => {
      if (id % 2 === 1) return;
      const insert = (value: number) => database.run('insert into things (id) values (?)', [value]);
      await Promise.all([insert(id - 1), insert(id)]);
    });
    expect(missing.filter((_, index) => index % 2 === 1)).toEqual(Array(Math.floor(rounds / 2)).fill(0));
  });

  test('without that something is missing: the simulation can tell', async () => {
    const missing = await missingAfterEach('normal.db', (database, id) => add(database, id, 'normal'));
    expect(Math.max(...missing)).toBeGreaterThan(0);
  });
});
