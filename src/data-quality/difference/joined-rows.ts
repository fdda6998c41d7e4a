import { quoteLiteral } from '../../tables/index.ts';
import type { ComparedTables } from '../drift/compare-tables.ts';
import { type MatchedColumn, type MatchedColumns, selected } from './matched-columns.ts';

/** Holds the keys that occur more than once in one of the datasets. */
export const repeatedKeys = 'repeated_keys';

type Columns = Pick<MatchedColumns, 'key' | 'others'>;

/** One dataset under the names and types by which it is compared. */
export function sideOf(source: string, { key, others }: Columns): string {
  return `(SELECT ${[...key, ...others].map(selected).join(', ')} FROM ${source})`;
}

/** The statement that finds the keys which occur more than once. Rows in which a part of the key is missing have none. */
export function findRepeatedKeys({ reference, current }: ComparedTables, { key }: Columns): string {
  const names = valuesOf(key);
  const repeated = (source: string): string =>
    `SELECT ${names} FROM ${sideOf(source, { key, others: [] })} WHERE ${hasKey(key)} GROUP BY ${names} HAVING count(*) > 1`;
  return `CREATE OR REPLACE TEMP TABLE ${repeatedKeys} AS SELECT DISTINCT ${names} FROM (${repeated(reference)} UNION ALL ${repeated(current)})`;
}

/** The condition that a row has a key. */
export function hasKey(key: readonly MatchedColumn[]): string {
  return key.map(({ at }) => `v${at} IS NOT NULL`).join(' AND ');
}

/** The columns of a key as `v…`. */
export function valuesOf(columns: readonly MatchedColumn[]): string {
  return columns.map(({ at }) => `v${at}`).join(', ');
}

/**
 * The rows of both datasets side by side, matched by their key: `v…` the columns of the key, `was` and `now` whether reference and
 * current have the row, `r…` and `c…` their values, `d…` whether these differ, `changed` whether any does.
 */
export function joinedRows(
  { reference, current }: ComparedTables,
  { columns, tolerance }: { readonly columns: Columns; readonly tolerance: number },
): string {
  const { key, others } = columns;
  const keys = key.map(({ at }) => `coalesce(r.v${at}, c.v${at}) AS v${at}`);
  const values = others.map(({ at }) => `r.v${at} AS r${at}, c.v${at} AS c${at}`);
  const differs = others.map(
    (column) => `(r.here AND c.here AND ${differ(column, tolerance)}) IS TRUE AS d${column.at}`,
  );
  const there = 'r.here IS TRUE AS was, c.here IS TRUE AS now';
  const on = key.map(({ at }) => `r.v${at} = c.v${at}`).join(' AND ');
  const pairs = `SELECT ${[there, ...keys, ...values, ...differs].join(', ')} FROM ${unique(reference, columns)} r FULL OUTER JOIN ${unique(current, columns)} c ON ${on}`;
  return `(SELECT *, ${anyOf(others)} AS changed FROM (${pairs}))`;
}

/** A function of many arguments: a long chain of OR would nest too deeply. */
function anyOf(columns: readonly MatchedColumn[]): string {
  return columns.length === 0 ? 'FALSE' : `greatest(${columns.map(({ at }) => `d${at}`).join(', ')}, FALSE)`;
}

/** The rows of a dataset whose key is there and nowhere repeated. */
function unique(source: string, columns: Columns): string {
  const same = columns.key.map(({ at }) => `q.v${at} = s.v${at}`).join(' AND ');
  return `(SELECT *, TRUE AS here FROM ${sideOf(source, columns)} s WHERE ${hasKey(columns.key)} AND NOT EXISTS (SELECT 1 FROM ${repeatedKeys} q WHERE ${same}))`;
}

/** Missing equals missing, and NaN equals NaN. */
function differ({ at, isNumber }: MatchedColumn, tolerance: number): string {
  const differs = `r.v${at} IS DISTINCT FROM c.v${at}`;
  if (!isNumber || tolerance === 0) return differs;
  return `${differs} AND (abs(CAST(r.v${at} AS DOUBLE) - CAST(c.v${at} AS DOUBLE)) <= ${quoteLiteral(tolerance)}) IS NOT TRUE`;
}
