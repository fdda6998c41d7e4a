/**
 * Tables of PostgreSQL, streamed through a cursor in one read-only snapshot. Rows come in the order of the primary key, or of
 * all columns where there is none, so that equal tables give equal rows in equal order.
 */
import type { Client } from 'pg';
import { PlatformError } from '../../errors/index.ts';
import { batchBuilder, exactInteger } from '../collect-batch.ts';
import { quoteIdentifier } from '../sql-text.ts';
import type { Batch, ColumnType, Field, TableSchema } from '../table.ts';
import type { TableReader } from '../table-reader.ts';

const batchRows = 8_192;
const connectTimeoutMs = 15_000;

interface Reading {
  readonly type: ColumnType;
  /** From the column to a text that `plain` reads. */
  readonly sql: (column: string) => string;
}

const asText = (type: ColumnType): Reading => ({ type, sql: (column) => `CAST(${column} AS text)` });
const micros: Reading = {
  type: 'timestamp',
  sql: (column) => `CAST(CAST(extract(epoch FROM ${column}) * 1000000 AS bigint) AS text)`,
};

/** What is read of each type of PostgreSQL, by the name in `pg_type`. Numerics become the nearest double. */
const readings: Readonly<Record<string, Reading>> = {
  bool: { type: 'boolean', sql: (column) => `CAST(CAST(${column} AS int) AS text)` },
  int2: asText('int64'),
  int4: asText('int64'),
  int8: asText('int64'),
  float4: asText('float64'),
  float8: asText('float64'),
  numeric: asText('float64'),
  date: { type: 'date', sql: (column) => `CAST(${column} - DATE '1970-01-01' AS text)` },
  timestamp: micros,
  timestamptz: micros,
  text: asText('string'),
  varchar: asText('string'),
  bpchar: asText('string'),
  name: asText('string'),
  uuid: asText('string'),
  json: asText('string'),
  jsonb: asText('string'),
  time: asText('string'),
  interval: asText('string'),
  inet: asText('string'),
};

/**
 * Opens a table or view of PostgreSQL for reading. `table` may carry its schema: `sales.orders`.
 * @throws PlatformError TABLE_DATABASE_UNAVAILABLE, TABLE_NOT_FOUND, TABLE_UNSUPPORTED_TYPE; no message holds the address
 */
export async function readPostgresTable(url: string, table: string): Promise<TableReader> {
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: connectTimeoutMs, types: textTypes });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const columns = await columnsOf(client, table);
    const schema = { fields: columns.map(({ name, reading }): Field => ({ name, type: reading.type })) };
    return {
      schema,
      batches: (signal) => batchesOf(client, { table, columns, schema, signal }),
      close: () => client.end().catch(() => undefined),
    };
  } catch (error) {
    await client.end().catch(() => undefined);
    throw toReaderError(error, table);
  }
}

const textTypes = { getTypeParser: () => (value: string) => value };

interface ReadColumn {
  readonly name: string;
  readonly reading: Reading;
}

function tableName(table: string): string {
  return table.split('.').map(quoteIdentifier).join('.');
}

async function columnsOf(client: Client, table: string): Promise<ReadColumn[]> {
  const { rows } = await client.query({
    text: `SELECT a.attname, CASE WHEN t.typtype = 'e' THEN 'text' WHEN t.typtype = 'd' THEN b.typname ELSE t.typname END
      FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_type b ON b.oid = t.typbasetype
      WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`,
    values: [tableName(table)],
    rowMode: 'array',
  });
  if (rows.length === 0)
    throw new PlatformError('TABLE_NOT_FOUND', { message: `expected a table ${table} in PostgreSQL, found none` });
  const wrong = rows.filter((row) => !Object.hasOwn(readings, String(row[1])));
  if (wrong.length > 0)
    throw new PlatformError('TABLE_UNSUPPORTED_TYPE', {
      message: `expected columns of numbers, texts, dates and truth values in ${table}, found ${wrong.map((row) => `${row[0]} (${row[1]})`).join(', ')}`,
      hint: 'Read a view of the table that leaves the columns out or turns them into numbers or texts.',
      details: { columns: wrong.map((row) => String(row[0])) },
    });
  return rows.map((row) => ({ name: String(row[0]), reading: readings[String(row[1])]! }));
}

async function orderOf(client: Client, table: string, columns: readonly ReadColumn[]): Promise<string> {
  const { rows } = await client.query({
    text: `SELECT a.attname FROM pg_index i CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k(attnum, place)
      JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
      WHERE i.indrelid = to_regclass($1) AND i.indisprimary ORDER BY k.place`,
    values: [tableName(table)],
    rowMode: 'array',
  });
  const names = rows.length > 0 ? rows.map((row) => String(row[0])) : columns.map((column) => column.name);
  // json has no order of its own; the text of every value has.
  return names
    .map((name) => (rows.length > 0 ? quoteIdentifier(name) : `CAST(${quoteIdentifier(name)} AS text)`))
    .join(', ');
}

async function* batchesOf(
  client: Client,
  of: {
    readonly table: string;
    readonly columns: readonly ReadColumn[];
    readonly schema: TableSchema;
    readonly signal: AbortSignal | undefined;
  },
): AsyncGenerator<Batch> {
  const { table, columns, schema, signal } = of;
  try {
    const list = columns
      .map(({ name, reading }, index) => `${reading.sql(quoteIdentifier(name))} AS c${index}`)
      .join(', ');
    const order = await orderOf(client, table, columns);
    await client.query(
      `DECLARE rows_of_table NO SCROLL CURSOR FOR SELECT ${list} FROM ${tableName(table)} ORDER BY ${order}`,
    );
    const builder = batchBuilder(schema, batchRows);
    for (;;) {
      signal?.throwIfAborted();
      const { rows } = await client.query<(string | null)[]>({
        text: `FETCH ${batchRows} FROM rows_of_table`,
        rowMode: 'array',
      });
      if (rows.length === 0) return;
      for (const row of rows) builder.add(row.map((value, index) => plain(value, schema.fields[index]!)));
      yield builder.take();
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw toReaderError(error, table);
  }
}

function plain(value: string | null, field: Field): number | string | null {
  if (value === null || field.type === 'string') return value;
  if (field.type === 'int64') return exactInteger(BigInt(value), field.name);
  return Number(value);
}

/** No message of the driver's goes on: it may hold the address, with its password. */
function toReaderError(error: unknown, table: string): PlatformError {
  if (error instanceof PlatformError) return error;
  const code = String((error as { code?: unknown }).code ?? '');
  if (code === '42501')
    return new PlatformError('TABLE_DATABASE_UNAVAILABLE', {
      message: `PostgreSQL does not let this user read ${table}`,
    });
  if (/^(22|42)/.test(code))
    return new PlatformError('TABLE_QUERY_FAILED', {
      message: `${table} cannot be read: ${(error as Error).message}`,
      details: { state: code },
    });
  return new PlatformError('TABLE_DATABASE_UNAVAILABLE', {
    message: `PostgreSQL cannot be reached, or ended the connection${code === '' ? '' : ` (${code})`}`,
    details: { state: code },
  });
}
