import { type Batch, columnOf, parquetSource, type QueryEngine } from '../tables/index.ts';
import type { FittedTransform } from './graph.ts';
import { prepareTransform } from './interpreter.ts';
import { preparedQuery } from './sql-columns.ts';

/** How a file is transformed. */
export interface TransformFileOptions {
  readonly fitted: FittedTransform;
  /** Columns of the source that go along behind the features; it must have them. */
  readonly keep: readonly string[];
  readonly signal: AbortSignal;
}

/**
 * Applies a fitted transformation to a Parquet file of raw rows, row for row in the same order; no outlier is removed.
 * Memory does not grow with the file.
 */
export async function transformFile(
  engine: QueryEngine,
  files: { readonly source: string; readonly destination: string },
  { fitted, keep, signal }: TransformFileOptions,
): Promise<void> {
  const transform = prepareTransform(fitted);
  const source = parquetSource(files.source);
  const raw = await engine.describe(`SELECT * FROM ${source}`);
  const kept = raw.fields.filter((field) => keep.includes(field.name));
  const schema = { fields: [...transform.fields, ...kept] };
  async function* batches(): AsyncGenerator<Batch> {
    for await (const batch of engine.batches(preparedQuery(fitted.prepared, source), { signal })) {
      const along = kept.map((field) => columnOf(batch, field.name)!);
      yield { schema, rowCount: batch.rowCount, columns: [...transform.apply(batch).columns, ...along] };
    }
  }
  await engine.appendBatches(files.destination, schema, batches());
}
