import { compareTables, type DriftOptions, type TableDrift } from '../../data-quality/index.ts';
import { createDuckDb } from '../../tables/index.ts';
import { openDataSource } from './data-file.ts';

/** Two files to be compared, and how. */
export interface FileComparison extends DriftOptions {
  readonly reference: string;
  readonly current: string;
}

/** What a comparison of two files found. */
export interface FileDrift extends TableDrift {
  /** Columns of types that are not compared, such as lists, of either file. */
  readonly unreadable: readonly string[];
}

/**
 * Compares two CSV, JSON or Parquet files column by column.
 * @throws PlatformError DATA_NO_FILE, DATA_UNKNOWN_FORMAT, INGESTION_WRONG_HEADER, TABLE_FILE_UNREADABLE, CANCELED
 */
export async function compareFiles({ reference, current, ...options }: FileComparison): Promise<FileDrift> {
  const engine = await createDuckDb();
  try {
    const one = await openDataSource(engine, reference, 'reference');
    const other = await openDataSource(engine, current, 'current');
    const drift = await compareTables(engine, { reference: one.source, current: other.source }, options);
    return { ...drift, unreadable: [...new Set([...one.unreadable, ...other.unreadable])] };
  } finally {
    await engine.close();
  }
}
