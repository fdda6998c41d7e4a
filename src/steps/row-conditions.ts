import { compileCondition } from '../data-quality/index.ts';
import { type Column, columnOf, parquetSource, type QueryEngine } from '../tables/index.ts';

/** Where rows are described: the raw part, and the predictions that say which of its rows were answered. */
export interface RowSource {
  readonly raw: string;
  readonly predictions: string;
}

/** SQL for the raw rows that were answered. */
export function answeredRows({ raw, predictions }: RowSource): string {
  return `(SELECT r.* FROM ${parquetSource(raw)} r JOIN (SELECT __row FROM ${parquetSource(predictions)}) a USING (__row))`;
}

/** Which answered rows fulfil a condition over the raw columns: uint8[rows]; missing counts as no. */
export async function readCondition(engine: QueryEngine, source: RowSource, text: string): Promise<Uint8Array> {
  const schema = await engine.describe(`SELECT * FROM ${answeredRows(source)}`);
  const condition = compileCondition(text, { schema });
  const column = await readValues(
    engine,
    `SELECT coalesce(${condition}, false) AS value FROM ${answeredRows(source)} ORDER BY __row`,
  );
  return column === null ? new Uint8Array() : Uint8Array.from(column.values as Uint8Array);
}

/** The column `value` of a query, all rows of it; null without rows. */
export async function readValues(engine: QueryEngine, sql: string): Promise<Column | null> {
  for await (const batch of engine.batches(sql, { batchRows: Number.MAX_SAFE_INTEGER }))
    return columnOf(batch, 'value');
  return null;
}
