import type { Database, Session, SqlParameter, SqlValue } from '../database.ts';
import { quoted, type TableShape, tableShapes } from './dump-table.ts';

/** Rows for a table, with the columns that they have. */
export interface FilledTable extends TableShape {
  readonly rows: () => AsyncIterable<readonly SqlValue[][]>;
}

const referenceQuery = {
  sqlite: `select m.name as child, f."table" as parent from sqlite_schema m join pragma_foreign_key_list(m.name) f
    where m.type = 'table'`,
  postgres: `select conrelid::regclass::text as child, confrelid::regclass::text as parent from pg_constraint
    where contype = 'f' and connamespace = current_schema()::regnamespace`,
};

const identityQuery = `select table_name as "table", column_name as "column" from information_schema.columns
  where table_schema = current_schema() and is_identity = 'YES'`;

/** Puts rows into tables that are there, in place of what their making put there; all of them or none. */
export async function fillTables(database: Database, tables: readonly FilledTable[]): Promise<void> {
  const { kind } = database;
  await database.transaction(async (session) => {
    const ordered = await parentsFirst(session, kind, tables);
    for (const { name } of ordered.toReversed())
      if ((await rowCount(session, name)) > 0) await session.run(`delete from ${quoted(name)}`);
    for (const table of ordered) await fillTable(session, table);
    if (kind === 'sqlite') return;
    // Keys that were given do not move what gives keys.
    for (const { table, column } of await session.all<{ table: string; column: string }>(identityQuery)) {
      const highest = `select max(${quoted(column)}) from ${quoted(table)}`;
      const sequence = `pg_get_serial_sequence('${quoted(table)}', '${column}')`;
      await session.all(`select setval(${sequence}, greatest((${highest}), 1), (${highest}) is not null)`);
    }
  });
}

async function fillTable(session: Session, { name, columns, rows }: FilledTable): Promise<void> {
  const target = { table: name, columns: columns.map((column) => column.name) };
  const isInteger = columns.map(({ type }) => type === 'integer');
  const stored = (value: SqlValue, index: number): SqlParameter =>
    isInteger[index] && value !== null ? BigInt(value) : value;
  for await (const portion of rows()) {
    const values = portion.map((row) => row.map(stored));
    await session.insert(target, values);
  }
}

async function parentsFirst(
  session: Session,
  kind: Database['kind'],
  tables: readonly FilledTable[],
): Promise<FilledTable[]> {
  const references = await session.all<{ child: string; parent: string }>(referenceQuery[kind]);
  const parents = Map.groupBy(references, ({ child }) => child);
  const ordered = new Set<FilledTable>();
  const byName = new Map(tables.map((table) => [table.name, table]));
  const add = (table: FilledTable, above: readonly string[]): void => {
    for (const { parent } of parents.get(table.name) ?? []) {
      const found = byName.get(parent);
      if (found !== undefined && !above.includes(parent)) add(found, [...above, table.name]);
    }
    ordered.add(table);
  };
  for (const table of tables) add(table, []);
  return [...ordered];
}

/** How many rows all tables of a database have, but some. */
export async function countRows(
  session: Session,
  kind: Database['kind'],
  { except }: { readonly except: (table: string) => boolean },
): Promise<number> {
  let count = 0;
  for (const { name } of await tableShapes(session, kind)) if (!except(name)) count += await rowCount(session, name);
  return count;
}

async function rowCount(session: Session, table: string): Promise<number> {
  return (await session.first<{ n: number }>(`select count(*) as n from ${quoted(table)}`))!.n;
}
