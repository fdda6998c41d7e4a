/* Migrations that end before their end: killed at every statement, killed while they copy, on a full disk. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { recordSchemas } from '../../src/app/backup/schemas.ts';
import { type Database, migrate, openDatabase, type SchemaOwner, schemaVersions } from '../../src/database/index.ts';
import { hasPostgres } from '../contract/databases.ts';
import { mountMemory } from '../mount.ts';
import { allRows, oldPostgres, oldSqlite, structureOf } from './released.ts';

const withPostgres = await hasPostgres();
const dying = join(import.meta.dirname, 'migrate-then-die.ts');
const killTimeoutMs = 120_000;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'interrupted-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function migrateAll(database: Database): Promise<void> {
  for (const owner of recordSchemas) await migrate(database, owner);
}

/** Runs a program of its own. @returns the signal that ended it, or what it printed */
async function ending(args: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.on('data', (part) => {
    said += String(part);
  });
  const [, signal] = (await once(child, 'close')) as [number | null, string | null];
  return signal ?? said;
}

/** Everything that a database holds: each module is wholly in its old form or wholly in its new one. */
async function stateOf(database: Database): Promise<unknown> {
  return [await structureOf(database), await allRows(database), await schemaVersions(database, database.kind)];
}

/** Statements of the two migrations of the record's own tables, with those that say the new number. */
const killPoints = [1, 2, 4, 6, 8, 9, 10, 11] as const;

for (const [kind, old] of [
  ['sqlite', oldSqlite],
  ['postgres', oldPostgres],
] as const) {
  describe.skipIf(kind === 'postgres' && !withPostgres)(`migrations on ${kind}`, () => {
    test(
      'killed within a transaction leave what was there, whole, and the next one succeeds',
      async () => {
        const place = await old('1-spine');
        let database = await place.open();
        const before = await stateOf(database);
        await database.close();
        for (const count of killPoints) {
          expect(await ending([dying, JSON.stringify(place.address), String(count)])).toBe('SIGKILL');
          database = await place.open();
          expect(await stateOf(database)).toEqual(before);
          await database.close();
        }
        expect(await ending([dying, JSON.stringify(place.address), '100000'])).toBe('whole\n');
        database = await place.open();
        await migrateAll(database);
        expect((await schemaVersions(database, kind)).get('metadata')).toBe(recordSchemas[0]!.migrations.length);
        await database.close();
        await place.dispose();
      },
      killTimeoutMs,
    );
  });
}

const names = async (path: string, part: string): Promise<string[]> =>
  (await readdir(dirname(path))).filter((name) => name.startsWith(`${basename(path)}.${part}-`));

test('a copy, its file and its folder are for the owner alone; a mode that somebody gave stays', async () => {
  const path = join(folder, 'made', 'deep', 'metadata.db');
  const [owner] = recordSchemas as readonly [SchemaOwner];
  const database = await openDatabase({ kind: 'sqlite', path });
  await migrate(database, { ...owner, migrations: owner.migrations.slice(0, 1) });
  const mode = async (place: string): Promise<string> => ((await stat(place)).mode & 0o777).toString(8);
  for (const name of await readdir(dirname(path))) expect(await mode(join(dirname(path), name))).toBe('600');
  expect(await mode(dirname(path))).toBe('700');
  expect(await mode(dirname(dirname(path)))).toBe('700');
  await migrate(database, owner);
  await database.close();
  const [copy] = await names(path, 'backup');
  expect(await mode(join(dirname(path), copy!))).toBe('600');

  const open = await oldSqlite('1-spine');
  const opened = (open.address as { path: string }).path;
  expect(await mode(opened)).toBe('644');
  const migrated = await open.open();
  await migrateAll(migrated);
  await migrated.close();
  expect(await mode(opened)).toBe('644');
  const copies = await names(opened, 'backup');
  expect(copies.length).toBe(2);
  for (const name of copies) expect(await mode(join(dirname(opened), name))).toBe('600');
  await open.dispose();
});

test('a process killed while it copies leaves nothing that looks like a copy, and the next one tidies up', async () => {
  const path = join(folder, 'large.db');
  const database = await openDatabase({ kind: 'sqlite', path });
  await database.run('create table filler (x text)');
  await database.run(
    `insert into filler with recursive n(i) as (select 1 union all select i + 1 from n where i < 40000)
      select hex(randomblob(500)) from n`,
  );
  const script = join(folder, 'copy.ts');
  await writeFile(
    script,
    `import { openDatabase } from ${JSON.stringify(join(import.meta.dirname, '../../src/database/index.ts'))};
     const database = await openDatabase({ kind: 'sqlite', path: ${JSON.stringify(path)} });
     await database.backup('x-v1');`,
  );
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script], { stdio: 'inherit' });
  const ended = once(child, 'exit');
  while ((await names(path, 'unfinished')).length === 0 && child.exitCode === null) await new Promise(setImmediate);
  child.kill('SIGKILL');
  await ended;
  for (const name of await names(path, 'backup')) {
    const copy = await openDatabase({ kind: 'sqlite', path: join(folder, name), access: 'read' });
    expect(await copy.first('select count(*) as n from filler')).toEqual({ n: 40_000 });
    await copy.close();
  }
  const made = await database.backup('x-v1');
  expect(await names(path, 'unfinished')).toEqual([]);
  const copy = await openDatabase({ kind: 'sqlite', path: made!, access: 'read' });
  expect(await copy.first('pragma integrity_check')).toEqual({ integrity_check: 'ok' });
  await copy.close();
  await database.close();
});

test('a disk without room for the copy: an error, no half copy, nothing migrated', async (context) => {
  const mount = join(folder, 'small');
  await mkdir(mount);
  if (!mountMemory(mount, 'size=3m')) return context.skip();
  try {
    const old = await oldSqlite('1-spine');
    const path = join(mount, 'metadata.db');
    await copyFile((old.address as { path: string }).path, path);
    await old.dispose();
    let database = await openDatabase({ kind: 'sqlite', path });
    const before = await stateOf(database);
    await database.close();
    await writeFile(join(mount, 'ballast'), Buffer.alloc(1500 << 10));
    database = await openDatabase({ kind: 'sqlite', path });
    await expect(migrateAll(database)).rejects.toEqual(expect.objectContaining({ code: 'DATABASE_FULL' }));
    expect(await stateOf(database)).toEqual(before);
    expect([...(await names(path, 'backup')), ...(await names(path, 'unfinished'))]).toEqual([]);
    await database.close();
  } finally {
    execFileSync('umount', ['--lazy', mount]);
  }
});
