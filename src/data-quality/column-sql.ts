import { type Field, quoteIdentifier, quoteLiteral } from '../tables/index.ts';
import { quantileShares } from './statistics.ts';

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
    return isOrdered(column) ? [`${name} AS x${column.at}`, finite(column, name)] : [`${name} AS x${column.at}`];
  });
  return `(SELECT ${[...(group === null ? [] : [`${group} AS group_value`]), ...parts, '1 AS one'].join(', ')} FROM ${source})`;
}

function finite(column: ProfiledColumn, name: string): string {
  const as = `AS f${column.at}`;
  if (column.type === 'date')
    return `CASE WHEN isfinite(${name}) THEN CAST(date_diff('day', DATE '1970-01-01', ${name}) AS DOUBLE) END ${as}`;
  if (column.type === 'timestamp')
    return `CASE WHEN isfinite(CAST(${name} AS TIMESTAMP)) THEN CAST(epoch_us(${name}) AS DOUBLE) END ${as}`;
  const number = `CAST(${name} AS DOUBLE)`;
  return `CASE WHEN isfinite(${number}) THEN ${number} + 0.0::DOUBLE END ${as}`;
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
