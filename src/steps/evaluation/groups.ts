import { sliceExpression } from '../../data-quality/index.ts';
import type { SliceSpec } from '../../spec/index.ts';
import type { QueryEngine } from '../../tables/index.ts';
import { answeredRows, type RowSource, readValues } from '../row-conditions.ts';

/** How rows fall into the groups of a slice. */
export interface Groups {
  /** The groups, the largest first. */
  readonly names: readonly string[];
  /** Index of each row's group, in the order of observations. */
  readonly of: Int32Array;
}

/** The group of every answered row. */
export async function readGroups(engine: QueryEngine, source: RowSource, slice: SliceSpec): Promise<Groups> {
  const rows = `(SELECT __row, ${sliceExpression(slice)} AS value FROM ${answeredRows(source)})`;
  await engine.execute(
    `CREATE OR REPLACE TABLE slice_values AS SELECT value, row_number() OVER (ORDER BY count(*) DESC, value) - 1 AS place FROM ${rows} GROUP BY value`,
  );
  const named = await engine.rows('SELECT value FROM slice_values ORDER BY place');
  const column = await readValues(
    engine,
    `SELECT CAST(v.place AS INTEGER) AS value FROM ${rows} r JOIN slice_values v USING (value) ORDER BY r.__row`,
  );
  return {
    names: named.map((row) => String(row['value'])),
    of: column === null ? new Int32Array() : Int32Array.from(column.values as Float64Array),
  };
}

/** The rows of each group, in the order of rows. */
export function rowsByGroup(groups: Groups): Uint32Array[] {
  const counts = new Uint32Array(groups.names.length);
  for (const group of groups.of) counts[group]!++;
  const rows = Array.from(counts, (count) => new Uint32Array(count));
  const at = new Uint32Array(counts.length);
  for (let row = 0; row < groups.of.length; row++) {
    const group = groups.of[row]!;
    rows[group]![at[group]!++] = row;
  }
  return rows;
}
