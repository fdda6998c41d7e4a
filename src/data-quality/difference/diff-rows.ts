/**
 * The difference of two versions of a dataset, row by row. Rows are matched by a key in one join of both; a key that is missing
 * or occurs more than once matches nothing, and is counted instead. Without a key rows are compared whole, as bags: a row that is
 * there three times and was there twice is added once.
 *
 * Missing equals missing, NaN equals NaN, -0 equals 0. All is counted, nothing estimated, and the same in any order of the rows.
 */
import type { QueryEngine } from '../../tables/index.ts';
import type { ComparedTables } from '../drift/compare-tables.ts';
import { diffByKey, rowsByKey } from './diff-by-key.ts';
import { diffWhole, wholeRows } from './diff-whole.ts';
import { openDifference, type RowDiffOptions } from './open-difference.ts';
import type { RowDifference } from './row-difference.ts';

/**
 * Compares two versions of a dataset row by row.
 * @throws PlatformError CONFIG_BAD_VALUE for a key or column that is not there, or where they have no column in common
 */
export async function diffRows(
  engine: QueryEngine,
  tables: ComparedTables,
  options: RowDiffOptions,
): Promise<RowDifference> {
  const open = await openDifference(engine, tables, options);
  return options.key.length === 0 ? await diffWhole(open) : await diffByKey(open);
}

/**
 * Writes the rows that differ to a Parquet file: `change` (added, removed or changed), the key, and every other column as it
 * was and is, `before.x` and `after.x`. Without a key: `change` and the columns.
 */
export async function writeDifference(
  engine: QueryEngine,
  tables: ComparedTables,
  { path, ...options }: RowDiffOptions & { readonly path: string },
): Promise<{ readonly rowCount: number }> {
  const open = await openDifference(engine, tables, options);
  return await engine.writeParquet(options.key.length === 0 ? wholeRows(open) : rowsByKey(open), path, open.query);
}
