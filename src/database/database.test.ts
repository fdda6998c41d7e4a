import { execFileSync, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasPostgres, newPostgres, newSqlite, type TestDatabase } from '../../test/contract/databases.ts';
import { mountMemory } from '../../test/mount.ts';
import { type Database, migrate, openDatabase, type SchemaOwner } from './index.ts';

const first: SchemaOwner = {
  component: 'things',
  migrations: [{ version: 1, statements: ['create table things (id text primary key, amount double precision)'] }],
};
const second: SchemaOwner = {
  component: 'things',
  migrations: [
    ...first.migrations,
    { version: 2, statements: ['alter table things add column label text', "update things set label = 'old'"] },
  ],
};
const things = { table: 'things', columns: ['id', 'amount'] };
const code = (expected: string): object => expect.objectContaining({ code: expected });
const withPostgres = await hasPostgres();

for (const [name, create] of [
  ['sqlite', newSqlite],
  ['postgres', newPostgres],
] as const) {
  describe.skipIf(name === 'postgres' && !withPostgres)(`database on ${name}`, () => {
    let place: TestDatabase;
    let database: Database;
    beforeAll(async () => {
      place = await create();
      database = await place.open();
      await migrate(database, first);
    });
    afterAll(async () => {
      await database.close();
      await place.dispose();
    });

    test('a question mark is a place for a value where a value can stand, and nowhere else', async () => {
      const sql = `select ? as "a? ""?", '? it''s ?' as said, /* ? '*/ ? as second -- ? "
        , '--?' as dashes, '/*' as slash, ? as "third", '*/ ?' as star`;
      expect(await database.first(sql, ['1', '2', '3'])).toEqual({
        ...{ 'a? "?': '1', said: "? it's ?", second: '2', dashes: '--?', slash: '/*', third: '3', star: '*/ ?' },
      });
      if (name !== 'postgres') return;
      const own = String.raw`select $$ ? '$$ as plain, $of$ ? $$ ? $of$ as tagged, E'\'? \\' as escaped, ? as last`;
      expect(await database.first(own, ['x'])).toEqual({
        ...{ plain: " ? '", tagged: ' ? $$ ? ', escaped: "'? \\", last: 'x' },
      });
    });

    test('values come back as they were, NULL as null', async () => {
      await database.insert(things, [
        ['a', 0.1],
        ['ü 😀', null],
        ['big', 2 ** 53 - 1],
        ['infinite', Number.POSITIVE_INFINITY],
      ]);
      const rows = await database.all('select id, amount from things order by id');
      expect(new Map(rows.map((row) => [row['id'], row['amount']]))).toEqual(
        new Map<unknown, unknown>([
          ['a', 0.1],
          ['big', 2 ** 53 - 1],
          ['infinite', Number.POSITIVE_INFINITY],
          ['ü 😀', null],
        ]),
      );
      expect(await database.first('select id from things where id = ?', ['none'])).toBe(null);
    });

    test('a failed transaction leaves nothing, and the next one works', async () => {
      const failing = database.transaction(async (session) => {
        await session.insert(things, [['gone', 1]]);
        await session.insert(things, [['gone', 2]]);
      });
      await expect(failing).rejects.toEqual(code('DATABASE_CONSTRAINT'));
      expect(await database.first('select id from things where id = ?', ['gone'])).toBe(null);
      await database.transaction((session) => session.insert(things, [['stays', 1]]), { durability: 'normal' });
      expect(await database.first('select id from things where id = ?', ['stays'])).toEqual({ id: 'stays' });
    });

    test('rows that are there already can be left alone', async () => {
      await database.insert(things, [['twice', 1]]);
      expect(
        await database.insert(
          things,
          [
            ['twice', 2],
            ['once', 3],
          ],
          { onConflict: 'nothing' },
        ),
      ).toBe(1);
      expect(await database.first('select amount from things where id = ?', ['twice'])).toEqual({ amount: 1 });
    });

    test('many rows at once', async () => {
      const rows = Array.from({ length: 40_000 }, (_, index) => [`row ${index}`, index] as const);
      expect(await database.insert(things, rows)).toBe(40_000);
    });

    test('many rows at once come back as they were', async () => {
      const texts = ['', 'NULL', '"', '\\', '{a,b}', "it's", ' two\nlines\t', '\\"', '$1 ? ??', '日本'];
      const amounts = [null, 0, -1.5, 1e-300, Number.MAX_VALUE, 2 ** 53 - 1, 0.1, 1, 2, 3];
      const rows = texts.map((text, index) => [`text ${text}`, amounts[index]!] as const);
      expect(await database.insert(things, rows)).toBe(rows.length);
      const sql = `select id, amount from things where id in (${rows.map(() => '?').join(', ')})`;
      const found = await database.all<{ id: string; amount: number }>(
        sql,
        rows.map(([id]) => id),
      );
      expect(new Map(found.map(({ id, amount }) => [id, amount]))).toEqual(new Map(rows));
    });

    test('queries beside a transaction see all of it or nothing, those of its session are inside', async () => {
      const sql = 'select count(*) as n from things where id = ?';
      const writing = database.transaction(async (session) => {
        await session.insert(things, [['inside', 1]]);
        expect(await session.first(sql, ['inside'])).toEqual({ n: 1 });
        await session.run('delete from things where id = ?', ['inside']);
      });
      expect(await database.first(sql, ['inside'])).toEqual({ n: 0 });
      await writing;
    });

    test.runIf(name === 'sqlite')(
      'a transaction that would wait for itself is an error, not a standstill',
      async () => {
        const stuck = database.transaction(() => database.insert(things, [['stuck', 1]]));
        await expect(stuck).rejects.toEqual(code('INTERNAL'));
        expect(await database.first('select id from things where id = ?', ['stuck'])).toBe(null);
      },
    );

    test('the query builder works on the same connection', async () => {
      const kysely = await database.kysely<{ things: { id: string; amount: number | null } }>();
      await kysely.insertInto('things').values({ id: 'built', amount: 7 }).execute();
      const rows = await kysely.selectFrom('things').select(['id', 'amount']).where('id', '=', 'built').execute();
      expect(rows).toEqual([{ id: 'built', amount: 7 }]);
      const changed = await kysely
        .updateTable('things')
        .set({ amount: 8 })
        .where('id', '=', 'built')
        .executeTakeFirst();
      expect(changed.numUpdatedRows).toBe(1n);
    });

    test('a wrong query is an error with a code and without its parameters', async () => {
      const wrong = database.all('select nothing from nowhere where x = ?', ['hunter2']);
      await expect(wrong).rejects.toEqual(code('DATABASE_QUERY'));
      await expect(wrong).rejects.not.toThrow('hunter2');
    });

    test('a newer program migrates and keeps the data; the older one refuses what it finds then', async () => {
      await migrate(database, second);
      await migrate(database, second);
      expect(await database.first('select label from things where id = ?', ['a'])).toEqual({ label: 'old' });
      await expect(migrate(database, first)).rejects.toEqual(code('METADATA_NEWER_SCHEMA'));
      await expect(migrate(database, first)).rejects.toThrow('found version 2');
    });

    test('a migration that fails halfway changes nothing', async () => {
      const broken: SchemaOwner = {
        component: 'things',
        migrations: [...second.migrations, { version: 3, statements: ['create table half (x text)', 'nonsense'] }],
      };
      await expect(migrate(database, broken)).rejects.toEqual(code('DATABASE_QUERY'));
      await expect(database.all('select * from half')).rejects.toThrow();
      await migrate(database, second);
    });

    test('several connections may migrate at once', async () => {
      const owner: SchemaOwner = {
        component: 'raced',
        migrations: [{ version: 1, statements: ['create table raced (x text)'] }],
      };
      const others = await Promise.all([place.open(), place.open(), place.open()]);
      await Promise.all(others.map((other) => migrate(other, owner)));
      for (const other of others) await other.close();
      expect(await database.all('select * from raced')).toEqual([]);
    });
  });
}

describe('sqlite files', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'database-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('before a migration the file is backed up, and the copy opens with the older program', async () => {
    const place = await newSqlite();
    const database = await place.open();
    await migrate(database, first);
    await database.insert(things, [['kept', 1]]);
    await migrate(database, second);
    await database.close();
    const path = (place.address as { path: string }).path;
    const copies = (await readdir(dirname(path))).filter((name) => name.includes('.backup-things-v1-'));
    expect(copies.length).toBe(1);
    const copy = await openDatabase({ kind: 'sqlite', path: join(dirname(path), copies[0]!) });
    await migrate(copy, first);
    expect(await copy.first('select id from things')).toEqual({ id: 'kept' });
    await copy.close();
    await place.dispose();
  });

  test('a file that is no database, a folder that cannot be made, are clear errors', async () => {
    await writeFile(join(folder, 'text'), 'this is no database, '.repeat(100));
    const opening = openDatabase({ kind: 'sqlite', path: join(folder, 'text') });
    await expect(opening).rejects.toEqual(code('DATABASE_CORRUPT'));
    const nowhere = openDatabase({ kind: 'sqlite', path: join(folder, 'text', 'x', 'metadata.db') });
    await expect(nowhere).rejects.toEqual(code('DATABASE_UNREACHABLE'));
  });

  test('a process that is killed while it writes leaves whole transactions alone', async () => {
    const path = join(folder, 'killed.db');
    const script = join(folder, 'writer.ts');
    await writeFile(
      script,
      `import { migrate, openDatabase } from ${JSON.stringify(join(import.meta.dirname, 'index.ts'))};
       const database = await openDatabase({ kind: 'sqlite', path: ${JSON.stringify(path)} });
       await migrate(database, ${JSON.stringify(first)});
       for (let n = 0; ; n++) {
         await database.transaction(async (session) => {
           for (const part of ['a', 'b', 'c'])
             await session.insert({ table: 'things', columns: ['id', 'amount'] }, [[process.pid + part + n, n]]);
         }, { durability: n % 2 ? 'full' : 'normal' });
         if (n % 20 === 0) console.log(n);
       }`,
    );
    for (let round = 0; round < 6; round++) {
      const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const ended = new Promise((resolve) => child.once('exit', resolve));
      await new Promise((resolve) => child.stdout.once('data', resolve));
      await new Promise((resolve) => setTimeout(resolve, round * 3));
      child.kill('SIGKILL');
      await ended;
    }
    const database = await openDatabase({ kind: 'sqlite', path });
    const broken = await database.all('select amount, count(*) as n from things group by amount having n % 3 <> 0');
    expect(broken).toEqual([]);
    expect(await database.first('pragma integrity_check')).toEqual({ integrity_check: 'ok' });
    await database.close();
  });

  test('another process holding the lock is waited for, then an error', async () => {
    const path = join(folder, 'busy.db');
    const waiter = await openDatabase({ kind: 'sqlite', path, busyTimeoutMs: 50 });
    await migrate(waiter, first);
    // A second library handle stands for another process: it shares no turns with the first.
    const other = new DatabaseSync(path);
    other.exec('begin immediate');
    await expect(waiter.insert(things, [['x', 1]])).rejects.toEqual(code('DATABASE_BUSY'));
    await expect(waiter.run("insert into things values ('y', 1)")).rejects.toEqual(code('DATABASE_BUSY'));
    const patient = await openDatabase({ kind: 'sqlite', path });
    const waiting = patient.insert(things, [['x', 1]]);
    setTimeout(() => other.exec('commit'), 100);
    expect(await waiting).toBe(1);
    other.close();
    await waiter.close();
    await patient.close();
  });

  test('a full disk is DATABASE_FULL and what was there stays', async (context) => {
    const mount = join(folder, 'small');
    await mkdir(mount);
    if (!mountMemory(mount, 'size=2m')) return context.skip();
    try {
      const database = await openDatabase({ kind: 'sqlite', path: join(mount, 'm.db') });
      await migrate(database, first);
      await database.insert(things, [['kept', 1]]);
      await writeFile(join(mount, 'ballast'), Buffer.alloc(1700 << 10));
      const rows = Array.from({ length: 30_000 }, (_, index) => [`some longer name of a row ${index}`, index] as const);
      await expect(database.insert(things, rows)).rejects.toEqual(code('DATABASE_FULL'));
      expect(await database.all('select id from things')).toEqual([{ id: 'kept' }]);
      await rm(join(mount, 'ballast'));
      await database.insert(things, [['again', 2]]);
      await database.close();
      execFileSync('mount', ['-o', 'remount,ro', mount]);
      const frozen = openDatabase({ kind: 'sqlite', path: join(mount, 'm.db') });
      await expect(frozen).rejects.toEqual(code('DATABASE_READ_ONLY'));
      const absent = openDatabase({ kind: 'sqlite', path: join(mount, 'none.db') });
      await expect(absent).rejects.toEqual(code('DATABASE_READ_ONLY'));
      execFileSync('mount', ['-o', 'remount,rw', mount]);
      await expect(writeFile(join(mount, 'ballast'), Buffer.alloc(4 << 20))).rejects.toMatchObject({ code: 'ENOSPC' });
      const full = openDatabase({ kind: 'sqlite', path: join(mount, 'm.db') });
      await expect(full).rejects.toEqual(code('DATABASE_FULL'));
    } finally {
      // SQLite may still hold a file that it could not open to its end.
      execFileSync('umount', ['--lazy', mount]);
    }
  });
});

test('the address of PostgreSQL with its password is in no error', async () => {
  const url = 'postgres://someone:hunter2@127.0.0.1:1/none?sslmode=disable';
  const error = await openDatabase({ kind: 'postgres', url }).catch((caught: unknown) => caught as Error);
  expect(error).toEqual(code('DATABASE_UNREACHABLE'));
  expect(`${(error as Error).message} ${JSON.stringify(error)} ${String((error as Error).cause)}`).not.toContain(
    'hunter2',
  );
});
