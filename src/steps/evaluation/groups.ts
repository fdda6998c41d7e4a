import { compileCondition, sliceExpression } from '../../data-quality/index.ts';
import type { SliceSpec } from '../../spec/index.ts';
import { type Column, columnOf, parquetSource, type QueryEngine } from '../../tables/index.ts';

/** How rows fall into the groups of a slice. */
export interface Groups {
  /** The groups, the largest first. */
  readonly names: readonly string[];
  /** Index of each row's group, in the order of observations. */
  readonly of: Int32Array;
}

/** Where rows are described: the raw part, and the predictions that say which of its rows were answered. */
export interface RowSource {
  readonly raw: string;
  readonly predictions: string;
}

function answeredRows({ raw, predictions }: RowSource): string {
  return `(SELECT r.* FROM ${parquetSource(raw)} r JOIN (SELECT __row FROM ${parquetSource(predictions)}) a USING (__row))`;
}

/** The group of every answered row. */
export async function readGroups(engine: QueryEngine, source: RowSource, slice: SliceSpec): Promise<Groups> {
  const rows = `(SELECT __row, ${sliceExpression(slice)} AS value FROM ${answeredRows(source)})`;
  await engine.execute(
    `CREATE OR REPLACE TABLE slice_values AS SELECT value, row_number() OVER (ORDER BY count(*) DESC, value) - 1 AS place FROM ${rows} GROUP BY value`,
  );
  const named = await engine.rows('SELECT value FROM slice_values ORDER BY place');
  const column = await readColumn(
    engine,
    `SELECT CAST(v.place AS INTEGER) AS value FROM ${rows} r JOIN slice_values v USING (value) ORDER BY r.__row`,
  );
  return {
    names: named.map((row) => String(row['value'])),
    of: column === null ? new Int32Array() : Int32Array.from(column.values as Float64Array),
  };
}

/** Which answered rows fulfil a condition over the raw columns: uint8[rows]; missing counts as no. */
export async function readCondition(engine: QueryEngine, source: RowSource, text: string): Promise<Uint8Array> {
  const schema = await engine.describe(`SELECT * FROM ${answeredRows(source)}`);
  const condition = compileCondition(text, schema);
  const column = await readColumn(
    engine,
    `SELECT coalesce(${condition}, false) AS value FROM ${answeredRows(source)} ORDER BY __row`,
  );
  return column === null ? new Uint8Array() : Uint8Array.from(column.values as Uint8Array);
}

async function readColumn(engine: QueryEngine, sql: string): Promise<Column | null> {
  for await (const batch of engine.batches(sql, { batchRows: Number.MAX_SAFE_INTEGER }))
    return columnOf(batch, 'value');
  return null;
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
