/**
 * Rows of any table as plain values, which go back into a table of either database: integers keep their 64 bits, doubles all
 * of theirs. Rows come in the order of the primary key, portion by portion, so that memory does not grow with the table.
 */
import type { Database, Session, SqlParameter, SqlRow, SqlValue } from '../database.ts';

const rowsAtOnce = 5000;

/** What a column holds, in both databases alike. */
export type ColumnType = 'integer' | 'real' | 'text';

/** The columns of a table. */
export interface TableShape {
  readonly name: string;
  readonly columns: readonly { readonly name: string; readonly type: ColumnType }[];
  /** In the order of the key. */
  readonly primaryKey: readonly string[];
}

/** A table as it is written down: an integer is its decimal digits. */
export interface DumpedTable extends TableShape {
  readonly rowCount: number;
}

interface ColumnRow {
  readonly table_name: string;
  readonly column_name: string;
  readonly type: string;
  readonly key_place: number;
}

const columnQuery = {
  sqlite: `select m.name as table_name, c.name as column_name, lower(c.type) as type, c.pk as key_place
    from sqlite_schema m join pragma_table_info(m.name) c
    where m.type = 'table' and m.name not like 'sqlite_%' and m.sql not like 'create virtual%' order by m.name, c.cid`,
  postgres: `select c.relname as table_name, a.attname as column_name, format_type(a.atttypid, null) as type,
      coalesce(array_position(i.indkey::int2[], a.attnum), -1) + 1 as key_place
    from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      left join pg_index i on i.indrelid = c.oid and i.indisprimary
    where c.relkind = 'r' and c.relnamespace = current_schema()::regnamespace order by c.relname, a.attnum`,
};

/** All tables of the modules, by name; `mlspec_schema`, which says how new they are, is not among them. */
export async function tableShapes(session: Session, kind: Database['kind']): Promise<readonly TableShape[]> {
  const rows = await session.all<ColumnRow>(columnQuery[kind]);
  const tables = Map.groupBy(rows, ({ table_name }) => table_name);
  tables.delete('mlspec_schema');
  return [...tables].map(([name, columns]) => ({
    name,
    columns: columns.map(({ column_name, type }) => ({ name: column_name, type: typeOf(type) })),
    primaryKey: columns
      .filter(({ key_place }) => key_place > 0)
      .sort((one, other) => one.key_place - other.key_place)
      .map(({ column_name }) => column_name),
  }));
}

function typeOf(declared: string): ColumnType {
  if (/int/.test(declared)) return 'integer';
  return /double|real|float/.test(declared) ? 'real' : 'text';
}

/** The rows of a table, in portions; an integer as its digits, everything else as it is. */
export async function* dumpTable(session: Session, shape: TableShape): AsyncGenerator<readonly SqlValue[][]> {
  const { name, columns, primaryKey } = shape;
  const selected = columns.map((column, index) => {
    const value = quoted(column.name);
    return `${column.type === 'integer' ? `cast(${value} as text)` : value} as c${index}`;
  });
  // A table without a key, of which there are small ones, comes whole.
  const isKeyed = primaryKey.length > 0;
  const order = primaryKey.map(quoted).join(', ');
  const keyPlaces = primaryKey.map((key) => columns.findIndex((column) => column.name === key));
  const behind = `where (${order}) > (${primaryKey.map(() => '?').join(', ')})`;
  let last: readonly SqlValue[] | undefined;
  for (;;) {
    const from = last;
    const key = from === undefined ? [] : keyPlaces.map((place) => parameterOf(from, shape, place));
    const sql: string = `select ${selected.join(', ')} from ${quoted(name)} ${from === undefined ? '' : behind}
      ${isKeyed ? `order by ${order} limit ${rowsAtOnce}` : ''}`;
    const found: SqlRow[] = await session.all(sql, key);
    const rows = found.map((row) => columns.map((_, index) => row[`c${index}`]!));
    if (rows.length > 0) yield rows;
    if (!isKeyed || rows.length < rowsAtOnce) return;
    last = rows.at(-1);
  }
}

function parameterOf(row: readonly SqlValue[], { columns }: TableShape, place: number): SqlParameter {
  const value = row[place]!;
  return columns[place]!.type === 'integer' ? BigInt(value!) : value;
}

/** A name as SQL writes it: some are words of the language. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
