import { PlatformError } from '../../errors/index.ts';
import { quoteIdentifier, quoteLiteral } from '../sql-text.ts';
import type { ColumnType, Field, TableSchema } from '../table.ts';

const maximumExactInteger = 9_007_199_254_740_991;

const integers = new Set([
  'TINYINT',
  'SMALLINT',
  'INTEGER',
  'BIGINT',
  'UTINYINT',
  'USMALLINT',
  'UINTEGER',
  'UBIGINT',
  'HUGEINT',
  'UHUGEINT',
]);
const wideIntegers = new Set(['BIGINT', 'UBIGINT', 'HUGEINT', 'UHUGEINT']);
const texts = new Set([
  'VARCHAR',
  'UUID',
  'TIME',
  'TIME_NS',
  'TIME WITH TIME ZONE',
  'INTERVAL',
  'BIT',
  'BIGNUM',
  'JSON',
  '"NULL"',
  'NULL',
]);

/**
 * The product's type for one of DuckDB's, or null where there is none (lists, arrays, structs, maps, unions, blobs).
 * Whole numbers of any width are int64 (a value beyond ±2^53 is an error when it is read), decimals and floats float64
 * (decimals to the nearest double), timestamps of any unit or zone microseconds in UTC; times of day, intervals, UUIDs,
 * enums, bit strings, JSON and unbounded integers are texts as DuckDB writes them.
 */
export function columnTypeOf(duckType: string): ColumnType | null {
  if (duckType === 'BOOLEAN') return 'boolean';
  if (integers.has(duckType)) return 'int64';
  if (duckType === 'FLOAT' || duckType === 'DOUBLE' || duckType.startsWith('DECIMAL')) return 'float64';
  if (texts.has(duckType) || duckType.startsWith('ENUM')) return 'string';
  if (duckType === 'DATE') return 'date';
  return duckType.startsWith('TIMESTAMP') ? 'timestamp' : null;
}

/** A column as DuckDB describes it. */
export interface DescribedColumn {
  readonly name: string;
  readonly duckType: string;
}

/**
 * The schema of described columns.
 * @throws PlatformError TABLE_UNSUPPORTED_TYPE naming every column that has no type here, TABLE_DUPLICATE_COLUMN
 */
export function toSchema(columns: readonly DescribedColumn[]): TableSchema {
  const wrong = columns.filter((column) => columnTypeOf(column.duckType) === null);
  if (wrong.length > 0) {
    const named = wrong.map((column) => `${column.name} (${column.duckType})`).join(', ');
    throw new PlatformError('TABLE_UNSUPPORTED_TYPE', {
      message: `expected columns of numbers, texts, dates and truth values, found ${named}`,
      details: { columns: wrong.map((column) => column.name) },
    });
  }
  const known = new Set<string>();
  const repeated = columns.filter(({ name }) => {
    const isRepeated = known.has(name.toLowerCase());
    known.add(name.toLowerCase());
    return isRepeated;
  });
  if (repeated.length > 0) {
    throw new PlatformError('TABLE_DUPLICATE_COLUMN', {
      message: `expected every column once (upper and lower case are one), found ${repeated.map((column) => column.name).join(', ')} again`,
      details: { columns: repeated.map((column) => column.name) },
    });
  }
  return { fields: columns.map((column): Field => ({ name: column.name, type: columnTypeOf(column.duckType)! })) };
}

/**
 * The SELECT list that brings every column into one of three vector types: DOUBLE, BOOLEAN or VARCHAR. Integers that a
 * double cannot hold, and infinite times, end the query with a message that names the column.
 */
function readingProjection(columns: readonly DescribedColumn[]): string {
  return columns.map((column, index) => `${readingExpression(column)} AS c${index}`).join(', ');
}

/**
 * The query that is streamed for a user's query: its columns as vectors that can be read directly, then a column that is
 * true in one row behind the last alone. The driver ends a stream at an error without telling; a stream without that row
 * did not come to its end.
 */
export function streamingQuery(sql: string, columns: readonly DescribedColumn[]): string {
  const nothing = columns.map((column) => `NULL::${appendingType(columnTypeOf(column.duckType)!)}`);
  return `SELECT ${readingProjection(columns)}, false AS ended FROM (\n${sql}\n) UNION ALL SELECT ${[...nothing, 'true'].join(', ')}`;
}

/** The marker by which a failed query tells that an integer was too large. */
export const integerTooLargeMark = 'MLSPEC_INTEGER_TOO_LARGE';
/** The marker by which a failed query tells that a date or timestamp was infinite. */
export const infiniteTimeMark = 'MLSPEC_INFINITE_TIME';

function readingExpression({ name, duckType }: DescribedColumn): string {
  const column = quoteIdentifier(name);
  switch (columnTypeOf(duckType)) {
    case 'boolean':
      return column;
    case 'string':
      return `CAST(${column} AS VARCHAR)`;
    case 'date':
      return `CASE WHEN isinf(${column}) THEN error(${quoteLiteral(`${infiniteTimeMark}:${name}`)}) ELSE CAST(date_diff('day', DATE '1970-01-01', ${column}) AS DOUBLE) END`;
    case 'timestamp':
      return `CASE WHEN isinf(CAST(${column} AS TIMESTAMP)) THEN error(${quoteLiteral(`${infiniteTimeMark}:${name}`)}) ELSE CAST(epoch_us(${column}) AS DOUBLE) END`;
    case 'int64':
      return wideIntegers.has(duckType)
        ? `CASE WHEN ${column} BETWEEN -${maximumExactInteger} AND ${maximumExactInteger} THEN CAST(${column} AS DOUBLE) WHEN ${column} IS NULL THEN NULL ELSE error(${quoteLiteral(`${integerTooLargeMark}:${name}`)}) END`
        : `CAST(${column} AS DOUBLE)`;
    default:
      return `CAST(${column} AS DOUBLE)`;
  }
}

/** The vector type that holds a column while batches are appended. */
export function appendingType(type: ColumnType): 'DOUBLE' | 'BOOLEAN' | 'VARCHAR' {
  if (type === 'boolean') return 'BOOLEAN';
  return type === 'string' ? 'VARCHAR' : 'DOUBLE';
}

/** From the appended vector type to the column's own. */
export function writingExpression(field: Field): string {
  const column = quoteIdentifier(field.name);
  switch (field.type) {
    case 'int64':
      return `CAST(${column} AS BIGINT) AS ${column}`;
    case 'date':
      return `(DATE '1970-01-01' + CAST(${column} AS INTEGER)) AS ${column}`;
    case 'timestamp':
      return `make_timestamp(CAST(${column} AS BIGINT)) AS ${column}`;
    default:
      return column;
  }
}
