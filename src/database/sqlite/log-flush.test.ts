import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openDatabase } from '../index.ts';
import { LogFlush } from './log-flush.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'log-flush-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

test('however many wait at once, each is served, and closing waits for them', async () => {
  const path = join(folder, 'a.db');
  await writeFile(`${path}-wal`, 'bytes');
  const flush = new LogFlush(path);
  const served: number[] = [];
  const waiting = Array.from({ length: 100 }, (_, index) => flush.flush().then(() => served.push(index)));
  await flush.close();
  expect(served).toHaveLength(100);
  await Promise.all(waiting);
});

test('after a flush that failed none succeeds: what it was to save may be lost', async () => {
  const path = join(folder, 'b.db');
  const flush = new LogFlush(path);
  await expect(flush.flush()).rejects.toMatchObject({ code: 'ENOENT' });
  await writeFile(`${path}-wal`, 'bytes');
  await expect(Promise.allSettled([flush.flush(), flush.flush()])).resolves.toEqual([
    expect.objectContaining({ status: 'rejected' }),
    expect.objectContaining({ status: 'rejected' }),
  ]);
  await flush.close();
});

test('a database that is closed at once keeps what its callers still wait for', async () => {
  const path = join(folder, 'c.db');
  const database = await openDatabase({ kind: 'sqlite', path });
  await database.run('create table things (id integer primary key)');
  const writes = [1, 2, 3].map((id) => database.insert({ table: 'things', columns: ['id'] }, [[id]]));
  await database.close();
  await expect(Promise.all(writes)).resolves.toEqual([1, 1, 1]);
  const again = await openDatabase({ kind: 'sqlite', path });
  expect(await again.first('select count(*) as n from things')).toEqual({ n: 3 });
  await again.close();
});

test('who reads without a pause keeps nobody else waiting', async () => {
  const path = join(folder, 'd.db');
  const database = await openDatabase({ kind: 'sqlite', path });
  await database.run('create table things (id integer primary key)');
  const other = await openDatabase({ kind: 'sqlite', path });
  let reads = 0;
  let isWritten = false;
  const writing = other.run('insert into things values (1)').finally(() => (isWritten = true));
  // Far more than a flush takes; without an end the loop of a program that fails here would have none.
  while (!isWritten && reads < 1_000_000) reads += (await database.all<{ one: number }>('select 1 as one')).length;
  expect(reads).toBeLessThan(1_000_000);
  expect(await writing).toBe(1);
  await other.close();
  await database.close();
});
