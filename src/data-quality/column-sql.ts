import { type Cell, type Field, quoteLiteral } from '../tables/index.ts';

const maximumTextLength = 200;

/** A number as a DOUBLE: a bare literal with a point would be a DECIMAL, which rounds elsewhere. */
export function doubleLiteral(value: number): string {
  return `${quoteLiteral(String(value))}::DOUBLE`;
}

/**
 * A condition after WHERE that the engine asks of every row: of one that it can hold against what a Parquet file says of its values
 * it would skip rows unread, and a file may say what is not so.
 */
export function ofEachRow(condition: string): string {
  return `CASE WHEN ${condition} THEN true ELSE false END`;
}

/** Whether a column is held as numbers for order statistics: numbers, dates in days, timestamps in microseconds. */
export function isOrdered(column: Field): boolean {
  return column.type !== 'string' && column.type !== 'boolean';
}

/**
 * The value `name` of a column with an order as a DOUBLE where it is finite, else NULL: numbers, days or microseconds since
 * 1970; zero without a sign.
 */
export function finiteSql({ type }: Pick<Field, 'type'>, name: string): string {
  if (type === 'date')
    return `CASE WHEN isfinite(${name}) THEN CAST(date_diff('day', DATE '1970-01-01', ${name}) AS DOUBLE) END`;
  if (type === 'timestamp')
    return `CASE WHEN isfinite(CAST(${name} AS TIMESTAMP)) THEN CAST(epoch_us(${name}) AS DOUBLE) END`;
  const number = `CAST(${name} AS DOUBLE)`;
  return `CASE WHEN isfinite(${number}) THEN ${number} + 0.0::DOUBLE END`;
}

/** A value as it is written down: dates and times as ISO texts, long texts cut. */
export function plainSql({ type }: Pick<Field, 'type'>, name: string): string {
  if (type === 'string')
    return `CASE WHEN length(CAST(${name} AS VARCHAR)) > ${maximumTextLength} THEN left(CAST(${name} AS VARCHAR), ${maximumTextLength}) || '…' ELSE CAST(${name} AS VARCHAR) END`;
  if (type === 'date') return `CAST(${name} AS VARCHAR)`;
  if (type === 'timestamp') return `strftime(CAST(${name} AS TIMESTAMP), '%Y-%m-%dT%H:%M:%S.%fZ')`;
  return type === 'float64' ? `CAST(${name} AS DOUBLE)` : name;
}

/** A cell of `plainSql` as it is written down: NaN, the infinities and large whole numbers are texts. */
export function plainValue(value: Cell): string | number | boolean {
  if (typeof value === 'bigint' || (typeof value === 'number' && !Number.isFinite(value))) return String(value);
  if (typeof value === 'number') return value + 0;
  return value ?? '';
}

/** Days or microseconds since 1970 as an ISO text in UTC: a date, or an instant with six digits behind the second. */
export function isoText(value: number, isDays: boolean): string {
  if (isDays) return yearSafe(value * 86_400_000, 'date');
  const micros = Math.round(value);
  const millis = Math.floor(micros / 1000);
  const rest = String(micros - millis * 1000).padStart(3, '0');
  return yearSafe(millis, 'instant').replace(/Z$/, `${rest}Z`);
}

function yearSafe(millis: number, form: 'date' | 'instant'): string {
  const limit = 8.64e15;
  const text = new Date(Math.max(-limit, Math.min(limit, millis))).toISOString();
  return form === 'date' ? text.slice(0, text.indexOf('T')) : text;
}
