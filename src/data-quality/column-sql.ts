import { type Cell, type Field, quoteIdentifier, quoteLiteral } from '../tables/index.ts';
import { quantileShares } from './statistics.ts';

const maximumTextLength = 200;

/** A column with what its statistics are made from. `at` is its place, which names its results in a scan. */
export interface ProfiledColumn extends Field {
  readonly at: number;
}

/** A number as a DOUBLE: a bare literal with a point would be a DECIMAL, which rounds elsewhere. */
export function doubleLiteral(value: number): string {
  return `${quoteLiteral(String(value))}::DOUBLE`;
}

/** Whether a column is held as numbers for order statistics: numbers, dates in days, timestamps in microseconds. */
export function isOrdered(column: Field): boolean {
  return column.type !== 'string' && column.type !== 'boolean';
}

/**
 * The rows of a scan: each column as it is (x0, x1 …), and for ordered ones the finite values as doubles (f0, f1 …), zero
 * without a sign. `group` is the group of each row.
 */
export function scanRows(source: string, columns: readonly ProfiledColumn[], group: string | null): string {
  const parts = columns.flatMap((column) => {
    const name = quoteIdentifier(column.name);
    return isOrdered(column)
      ? [`${name} AS x${column.at}`, `${finiteSql(column, name)} AS f${column.at}`]
      : [`${name} AS x${column.at}`];
  });
  return `(SELECT ${[...(group === null ? [] : [`${group} AS group_value`]), ...parts, '1 AS one'].join(', ')} FROM ${source})`;
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

/** What the first scan counts of a column. */
export function countsOf({ at, type }: ProfiledColumn): string[] {
  const common = [`count(x${at}) AS present${at}`, `count(DISTINCT x${at}) AS different${at}`];
  if (type === 'boolean') return common;
  if (type === 'string') {
    return [
      ...common,
      `count_if(x${at} = '') AS empty${at}`,
      `min(length(x${at})) AS shortest${at}`,
      `max(length(x${at})) AS longest${at}`,
      `sum(length(x${at})) AS letters${at}`,
    ];
  }
  return [
    ...common,
    ...(type === 'float64'
      ? [
          `count_if(isnan(CAST(x${at} AS DOUBLE))) AS nan${at}`,
          `count_if(CAST(x${at} AS DOUBLE) = 'Infinity'::DOUBLE) AS above${at}`,
          `count_if(CAST(x${at} AS DOUBLE) = '-Infinity'::DOUBLE) AS below${at}`,
        ]
      : []),
    `count(f${at}) AS finite${at}`,
    `count_if(f${at} = 0) AS zero${at}`,
    `count_if(f${at} < 0) AS negative${at}`,
    `min(f${at}) AS low${at}`,
    `max(f${at}) AS high${at}`,
    `quantile_disc(f${at}, [${quantileShares.join(', ')}]) AS quantiles${at}`,
  ];
}
