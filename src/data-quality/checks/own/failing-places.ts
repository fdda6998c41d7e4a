import { readFile } from 'node:fs/promises';
import { PlatformError } from '../../../errors/index.ts';
import {
  type Batch,
  type Column,
  maskBytes,
  parquetSource,
  type QueryEngine,
  type QueryOptions,
  type TableSchema,
} from '../../../tables/index.ts';
import type { CheckTerms, RowCounts } from '../declared-check.ts';
import { placeColumn, placeSql } from './given-rows.ts';

const schema: TableSchema = { fields: [{ name: placeColumn, type: 'int64' }] };

/**
 * Keeps the places of the rows that fail by a mask, in a Parquet file.
 * @param given `rows`, the file with the rows that the mask is of; `mask`, one byte for each of them; `path`, the file that is written
 * @throws PlatformError CHECK_INVALID where the mask is no mask of these rows
 */
export async function keepFailingOfMask(
  engine: QueryEngine,
  given: {
    readonly check: Pick<CheckTerms, 'of'>;
    readonly rows: string;
    readonly mask: string;
    readonly path: string;
  },
  options: QueryOptions,
): Promise<RowCounts> {
  const mask = await readFile(given.mask);
  const counts = { rowCount: 0, failingCount: 0, missingCount: 0 };
  const fails: readonly number[] = given.check.of === 'all' ? [maskBytes.no, maskBytes.nothing] : [maskBytes.no];
  const failing: Batch[] = [];
  for await (const batch of engine.batches(`SELECT ${placeSql} FROM ${parquetSource(given.rows)}`, options)) {
    const bytes = mask.subarray(counts.rowCount, counts.rowCount + batch.rowCount);
    if (bytes.length < batch.rowCount || bytes.some((byte) => byte > maskBytes.nothing)) throw noMask();
    const column = batch.columns[0] as Extract<Column, { values: Float64Array }>;
    const values = column.values.filter((_, row) => fails.includes(bytes[row]!));
    counts.rowCount += batch.rowCount;
    counts.failingCount += values.length;
    counts.missingCount += bytes.reduce((sum, byte) => sum + (byte === maskBytes.nothing ? 1 : 0), 0);
    if (values.length > 0)
      failing.push({ schema, rowCount: values.length, columns: [{ type: 'int64', values, valid: null }] });
  }
  if (mask.length !== counts.rowCount) throw noMask();
  await engine.appendBatches(given.path, schema, failing);
  return counts;
}

/** Keeps places that an engine tells, in a Parquet file of another one. */
export async function keepFailing(
  engine: QueryEngine,
  places: AsyncIterable<Batch>,
  path: string,
): Promise<{ readonly failingCount: number }> {
  const { rowCount } = await engine.appendBatches(path, schema, places);
  return { failingCount: rowCount };
}

/** What its own process has looked at and written: only a change from outside leads here. */
function noMask(): PlatformError {
  return new PlatformError('CHECK_INVALID', { message: 'its mask is not one of these rows' });
}
