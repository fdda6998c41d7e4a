import { resolve } from 'node:path';
import { diffRows, type RowDifference, type RowDiffOptions, writeDifference } from '../../data-quality/index.ts';
import { PlatformError } from '../../errors/index.ts';
import { openTable } from './open-table.ts';
import { type TableWork, withTables } from './with-tables.ts';

/** Two files or queries to be compared row by row, and how. */
export interface FileDiff extends RowDiffOptions, TableWork {
  readonly reference: string;
  readonly current: string;
  /** Where the rows that differ are written to, a Parquet file; null: nowhere. */
  readonly rowsPath: string | null;
}

/** How two files differ. */
export interface FileDifference extends RowDifference {
  /** Columns of types that are not compared, such as lists, of either file. */
  readonly unreadable: readonly string[];
}

/**
 * Compares two tables row by row, each a CSV, JSON or Parquet file or one SELECT.
 * @throws PlatformError CONFIG_BAD_VALUE, CANCELED, and as `openTable`
 */
export async function diffFiles({ reference, current, rowsPath, ...options }: FileDiff): Promise<FileDifference> {
  if (rowsPath !== null) requireOther(rowsPath, [reference, current]);
  return await withTables(options, async (engine) => {
    const one = await openTable(engine, reference, 'reference');
    const other = await openTable(engine, current, 'current');
    const tables = { reference: one.source, current: other.source };
    const difference = await diffRows(engine, tables, options);
    if (rowsPath !== null) await writeDifference(engine, tables, { ...options, path: resolve(rowsPath) });
    return { ...difference, unreadable: [...new Set([...one.unreadable, ...other.unreadable])] };
  });
}

function requireOther(path: string, read: readonly string[]): void {
  if (!/\.parquet$/i.test(path))
    throw new PlatformError('CONFIG_BAD_VALUE', {
      message: `expected a file that ends in .parquet for the rows that differ, found ${path}`,
    });
  if (read.some((one) => resolve(one) === resolve(path)))
    throw new PlatformError('CONFIG_BAD_VALUE', {
      message: `expected another file for the rows that differ than those that are compared, found ${path}`,
    });
}
