/**
 * Where the states of a table's columns come from: its rows, or files in which the states of its parts were kept. A kept state is one
 * Parquet file: a row for each different value of each column, as text, with how many rows have it; before them one that says
 * what the columns are. A text in the engine's own writing is read back as the same value, doubles to the last bit.
 */
import { z } from 'zod';
import { newId } from '../encoding/index.ts';
import { PlatformError } from '../errors/index.ts';
import {
  type ColumnType,
  type Field,
  parquetSource,
  type QueryEngine,
  type QueryOptions,
  quoteLiteral,
  sqlTypes,
} from '../tables/index.ts';
import type { Partition } from './in-partitions.ts';
import { countColumns, countedSql, countValues, type ValueTable, valuesSql } from './value-table.ts';

/** The states of the columns of a table. */
export interface ColumnStates {
  /** All columns but those whose names begin with `__`. */
  readonly fields: readonly Field[];
  readonly rowCount: number;
  /** The state of a column, or of a partition of its values, as a query in parentheses: each different value `x` and its rows `n`. */
  readonly counted: (field: Field, partition?: Partition) => string;
  /** The state of a column. Whoever asks for it drops it. */
  readonly count: (field: Field, options: QueryOptions) => Promise<ValueTable>;
  /** The states of columns of one type and few rows in one table, each a group. */
  readonly countMany?: (fields: readonly Field[], options: QueryOptions) => Promise<ValueTable>;
  /** The type of the engine in which the values of a column are written down. */
  readonly writtenType: (field: Field) => Promise<string>;
}

/** The columns of a source (a table or a query in parentheses) that are told of: all but those beginning with `__`. */
export async function fieldsOf(engine: QueryEngine, source: string): Promise<Field[]> {
  const { fields } = await engine.describe(`SELECT * FROM ${source}`);
  return fields.filter((field) => !field.name.startsWith('__'));
}

/** The states of a source: a table, or a query in parentheses. */
export async function statesOfRows(
  engine: QueryEngine,
  source: string,
  options: QueryOptions = {},
): Promise<ColumnStates> {
  const [row] = await engine.rows(`SELECT count(*) AS n FROM ${source}`, options);
  let written: Map<string, string> | null = null;
  return {
    fields: await fieldsOf(engine, source),
    rowCount: Number(row!['n']),
    counted: (field, partition) => `(${valuesSql({ source, field }, partition)})`,
    count: (field, how) => countValues(engine, { source, field }, how),
    countMany: (fields, how) => countColumns(engine, { source, fields }, how),
    writtenType: async (field) => {
      written ??= await writtenTypesOf(engine, source);
      return written.get(field.name) ?? writtenTypes[field.type];
    },
  };
}

/** The columns whose type no other holds all values of, with that type. */
async function writtenTypesOf(engine: QueryEngine, source: string): Promise<Map<string, string>> {
  const described = await engine.rows(`DESCRIBE SELECT * FROM ${source}`);
  const types = described.map((row): [string, string] => [String(row['column_name']), String(row['column_type'])]);
  return new Map(types.filter(([, type]) => exactType.test(type)));
}

const writtenTypes: Readonly<Record<ColumnType, string>> = { ...sqlTypes, int64: 'HUGEINT' };
/** Types whose values no other type holds all of. */
const exactType = /^(UHUGEINT|TIMESTAMP_NS|DECIMAL\(\d{1,2},\d{1,2}\))$/;

const head = z.strictObject({
  states: z.literal(1),
  rowCount: z.number().int().nonnegative(),
  columns: z.array(
    z.strictObject({
      name: z.string(),
      type: z.enum(['boolean', 'int64', 'float64', 'string', 'date', 'timestamp']),
      written: z.string().refine((type) => exactType.test(type) || Object.values(writtenTypes).includes(type)),
    }),
  ),
});

type Head = z.infer<typeof head>;

/** Keeps states in a file: of rows, or of kept states put together. Equal rows give the same bytes. */
export async function keepStates(
  engine: QueryEngine,
  states: ColumnStates,
  { path, ...options }: QueryOptions & { readonly path: string },
): Promise<void> {
  const table = newId('states');
  await engine.execute(`CREATE TABLE ${table} (place INTEGER, value VARCHAR, n BIGINT)`, options);
  try {
    const columns: Head['columns'] = [];
    for (const field of states.fields)
      columns.push({ name: field.name, type: field.type, written: await states.writtenType(field) });
    const said: Head = { states: 1, rowCount: states.rowCount, columns };
    await engine.execute(`INSERT INTO ${table} VALUES (-1, ${quoteLiteral(JSON.stringify(said))}, 0)`, options);
    for (const [place, field] of states.fields.entries()) {
      const { name } = await states.count(field, options);
      const value = `CAST(CAST(${countedSql({ ...field, name: 'x' })} AS ${columns[place]!.written}) AS VARCHAR)`;
      await engine.execute(
        `INSERT INTO ${table} SELECT ${place}, ${value} AS value, n FROM ${name} ORDER BY value; DROP TABLE ${name}`,
        options,
      );
    }
    await engine.writeParquet(`SELECT place, value, n FROM ${table}`, path, options);
  } finally {
    await engine.execute(`DROP TABLE IF EXISTS ${table}`);
  }
}

interface KeptFile extends Head {
  readonly path: string;
}

/**
 * The states of a table that was kept in parts, as `keepStates` wrote them. A column that a part does not have is missing in all of its rows.
 * @throws PlatformError STATES_UNREADABLE where a file is none of these, STATES_DIFFER where parts have a column with different types
 */
export async function keptStates(engine: QueryEngine, paths: readonly string[]): Promise<ColumnStates> {
  const files: KeptFile[] = [];
  for (const path of paths) files.push({ path, ...(await readHead(engine, path)) });
  const columns = new Map<string, { field: Field; written: string }>();
  for (const file of files)
    for (const { name, type, written } of file.columns) {
      const known = columns.get(name);
      const both = known === undefined ? { type, written } : together(known, { type, written });
      if (both === null) throw differ(file.path, { name, type, known: known!.field.type });
      columns.set(name, { field: { name, type: both.type }, written: both.written });
    }
  const countedOf = ({ name }: Field, partition: Partition = () => ''): string => {
    const parts = files.map((file) => partOf(file, name, columns.get(name)!.written));
    return `(SELECT x, CAST(sum(n) AS BIGINT) AS n FROM (SELECT * FROM (${parts.join(' UNION ALL ')}) WHERE n > 0)${partition('x')} GROUP BY x)`;
  };
  return {
    fields: [...columns.values()].map(({ field }) => field),
    rowCount: files.reduce((sum, { rowCount }) => sum + rowCount, 0),
    writtenType: async ({ name }) => columns.get(name)!.written,
    counted: countedOf,
    count: async (field, options) => {
      const table: ValueTable = { name: newId('values'), field, groupCount: 1 };
      await engine.execute(`CREATE TABLE ${table.name} AS SELECT 0 AS g, x, n FROM ${countedOf(field)}`, options);
      return table;
    },
  };
}

function partOf({ path, rowCount, columns }: KeptFile, name: string, written: string): string {
  const place = columns.findIndex((column) => column.name === name);
  if (place < 0) return `SELECT CAST(NULL AS ${written}) AS x, CAST(${rowCount} AS BIGINT) AS n`;
  const value = `CAST(CAST(value AS ${columns[place]!.written}) AS ${written})`;
  return `SELECT ${value} AS x, n FROM ${parquetSource(path)} WHERE place = ${place}`;
}

/** Numbers of different kinds together are doubles; other types do not mix. */
function together(
  known: { readonly field: Field; readonly written: string },
  other: { readonly type: ColumnType; readonly written: string },
): { type: ColumnType; written: string } | null {
  const { type } = known.field;
  if (known.written === other.written) return other;
  const isNumber = (one: ColumnType): boolean => one === 'int64' || one === 'float64';
  if (isNumber(type) && isNumber(other.type)) return { type: 'float64', written: 'DOUBLE' };
  return type === other.type ? { type, written: writtenTypes[type] } : null;
}

function differ(path: string, { name, type, known }: Field & { readonly known: ColumnType }): PlatformError {
  return new PlatformError('STATES_DIFFER', {
    message: `expected column ${name} to be ${known} as in the parts before, found ${type} in ${path}`,
  });
}

async function readHead(engine: QueryEngine, path: string): Promise<Head> {
  const unreadable = (cause?: unknown): PlatformError =>
    new PlatformError('STATES_UNREADABLE', {
      message: `expected kept states of columns in ${path}, found something else`,
      cause,
    });
  const rows = await engine
    .rows(`SELECT value FROM ${parquetSource(path)} WHERE place = -1`)
    .catch((error: unknown) => {
      throw unreadable(error);
    });
  try {
    return head.parse(JSON.parse(String(rows[0]?.['value'])));
  } catch (error) {
    throw unreadable(error);
  }
}
