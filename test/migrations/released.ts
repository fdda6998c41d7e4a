import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import pg from 'pg';
import { type Database, dumpTable, openDatabase, type SqlValue, tableShapes } from '../../src/database/index.ts';
import { newId } from '../../src/encoding/index.ts';
import { newSqlite, postgresUrl, type TestDatabase } from '../contract/databases.ts';

/** What was handed out, the oldest first; `test/golden/schemas/make-dumps.ts` says how each was made. */
export const ages = [
  '1-spine',
  '2-use-logs',
  '3-evidence',
  '4-client-versions',
  '5-tracker',
  '6-webhooks',
  '7-sign-in',
] as const;

/** One of the databases that earlier programs left. */
export type Age = (typeof ages)[number];

/** A file of `test/golden/schemas/`, unpacked. */
export async function unpacked(name: string): Promise<Buffer> {
  return brotliDecompressSync(await readFile(join(import.meta.dirname, '../golden/schemas', `${name}.br`)));
}

/** The record of an age in a file of its own. */
export async function oldSqlite(age: Age): Promise<TestDatabase> {
  const place = await newSqlite();
  await writeFile((place.address as { path: string }).path, await unpacked(`${age}.db`));
  return place;
}

/** The record of an age in a database of its own. */
export async function oldPostgres(age: Age): Promise<TestDatabase> {
  const name = newId('age').toLowerCase();
  const url = new URL(postgresUrl);
  url.pathname = `/${name}`;
  await asOwner(postgresUrl, `create database ${name}`);
  await asOwner(url.href, (await unpacked(`${age}.sql`)).toString('utf8'));
  const address = { kind: 'postgres', url: url.href, connectionLimit: 4 } as const;
  return {
    address,
    open: () => openDatabase(address),
    dispose: () => asOwner(postgresUrl, `drop database if exists ${name} with (force)`),
  };
}

async function asOwner(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

/** All rows of a database, by table and column. */
export type AllRows = ReadonlyMap<string, { readonly columns: readonly string[]; readonly rows: readonly unknown[][] }>;

/** Reads every table, but the one that says which version each has. */
export async function allRows(database: Database): Promise<AllRows> {
  return await database.transaction(
    async (session) => {
      const found = new Map<string, { columns: string[]; rows: SqlValue[][] }>();
      for (const shape of await tableShapes(session, database.kind)) {
        if (shape.name === 'mlspec_schema') continue;
        const rows: SqlValue[][] = [];
        for await (const portion of dumpTable(session, shape)) rows.push(...portion.map((row) => [...row]));
        found.set(shape.name, { columns: shape.columns.map(({ name }) => name), rows });
      }
      return found;
    },
    { snapshot: true },
  );
}

/** Rows as they were read with the columns of another reading. */
export function withColumnsOf(before: AllRows, after: AllRows): AllRows {
  return new Map(
    [...before].map(([table, { columns }]) => {
      const now = after.get(table);
      const places = columns.map((column) => now?.columns.indexOf(column) ?? -1);
      return [table, { columns, rows: (now?.rows ?? []).map((row) => places.map((place) => row[place])) }];
    }),
  );
}

const structureQueries = {
  sqlite: ['select type, name, tbl_name, sql from sqlite_schema order by type, name'],
  postgres: [
    `select table_name, column_name, ordinal_position, data_type, is_nullable, collation_name,
      replace(column_default, current_schema() || '.', '') as column_default
      from information_schema.columns where table_schema = current_schema() order by 1, 2`,
    `select replace(indexdef, current_schema() || '.', '') as index from pg_indexes
      where schemaname = current_schema() order by 1`,
    `select conrelid::regclass::text as table, conname, replace(pg_get_constraintdef(oid), current_schema() || '.', '') as rule
      from pg_constraint where connamespace = current_schema()::regnamespace order by 1, 2`,
    `select c.relname as table, t.tgname from pg_trigger t join pg_class c on c.oid = t.tgrelid
      where not t.tgisinternal and c.relnamespace = current_schema()::regnamespace order by 1, 2`,
  ],
};

/** Tables, columns, indexes, rules and triggers. */
export async function structureOf(database: Database): Promise<unknown> {
  const answers = [];
  for (const query of structureQueries[database.kind]) answers.push(await database.all(query));
  return answers;
}
