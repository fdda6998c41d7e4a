/**
 * Counts what changed in the rows that both versions have. The engine holds whole blocks of rows of every column that a query
 * names, so columns are compared a portion at a time, each in a join of its own; which rows changed in any of them is gathered by key.
 */

import { joinedRows, repeatedKeys, valuesOf } from './joined-rows.ts';
import type { MatchedColumn } from './matched-columns.ts';
import type { OpenDifference } from './open-difference.ts';
import type { ColumnChanges } from './row-difference.ts';

/** Holds the keys of rows that changed. */
export const changedKeys = 'changed_keys';

const columnsOfPortion = 50;

/** What was counted. */
export interface Changes {
  readonly added: number;
  readonly removed: number;
  /** Rows that both have. */
  readonly both: number;
  readonly changed: number;
  readonly columns: readonly ColumnChanges[];
}

/** Counts the rows of either side and of both, and what changed in these; leaves the keys of changed rows in `changedKeys`. */
export async function countChanges(open: OpenDifference): Promise<Changes> {
  const { engine, query } = open;
  const { key, others } = open.columns;
  await engine.execute(
    `CREATE OR REPLACE TEMP TABLE ${changedKeys} AS SELECT ${valuesOf(key)} FROM ${repeatedKeys} LIMIT 0`,
  );
  const columns: ColumnChanges[] = [];
  let rows = { added: 0, removed: 0, both: 0 };
  for (const portion of portionsOf(others)) {
    const counted = await countPortion(open, portion);
    rows = counted.rows;
    columns.push(...counted.columns);
    if (counted.columns.some(({ changed }) => changed > 0))
      await engine.execute(
        `INSERT INTO ${changedKeys} SELECT ${valuesOf(key)} FROM ${portionRows(open, portion)} WHERE changed EXCEPT SELECT * FROM ${changedKeys}`,
        query,
      );
  }
  const [changed] = await engine.rows(`SELECT count(*) AS n FROM ${changedKeys}`, query);
  return { ...rows, changed: Number(changed!['n']), columns };
}

/** Columns in portions; one that is empty where there are none. */
export function portionsOf(columns: readonly MatchedColumn[]): (readonly MatchedColumn[])[] {
  const count = Math.max(1, Math.ceil(columns.length / columnsOfPortion));
  return Array.from({ length: count }, (_, at) => columns.slice(at * columnsOfPortion, (at + 1) * columnsOfPortion));
}

function portionRows(
  { tables, columns: { key }, tolerance }: OpenDifference,
  others: readonly MatchedColumn[],
): string {
  return joinedRows(tables, { columns: { key, others }, tolerance });
}

async function countPortion(
  open: OpenDifference,
  portion: readonly MatchedColumn[],
): Promise<{ readonly rows: Pick<Changes, 'added' | 'removed' | 'both'>; readonly columns: readonly ColumnChanges[] }> {
  const count = (condition: string, name: string): string => `count(*) FILTER (WHERE ${condition}) AS ${name}`;
  const aggregates = [
    count('NOT was', 'added'),
    count('NOT now', 'removed'),
    count('was AND now', 'matched'),
    ...portion.flatMap(({ at, isNumber }) => [
      count(`d${at}`, `n${at}`),
      count(`d${at} AND c${at} IS NULL`, `e${at}`),
      count(`d${at} AND r${at} IS NULL`, `f${at}`),
      ...(isNumber ? [largestChange(at)] : []),
    ]),
  ];
  const sql = `SELECT ${aggregates.join(', ')} FROM ${portionRows(open, portion)}`;
  const [row] = await open.engine.rows(sql, open.query);
  const of = (name: string): number => Number(row![name]);
  return {
    rows: { added: of('added'), removed: of('removed'), both: of('matched') },
    columns: portion.map(({ name, at }) => ({
      name,
      changed: of(`n${at}`),
      emptied: of(`e${at}`),
      filled: of(`f${at}`),
      largestChange: typeof row![`m${at}`] === 'number' ? of(`m${at}`) : null,
    })),
  };
}

function largestChange(at: number): string {
  const [before, after] = [`CAST(r${at} AS DOUBLE)`, `CAST(c${at} AS DOUBLE)`];
  return `max(abs(${after} - ${before})) FILTER (WHERE d${at} AND isfinite(${before}) AND isfinite(${after})) AS m${at}`;
}
