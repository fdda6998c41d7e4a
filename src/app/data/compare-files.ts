import { compareTables, type DriftOptions, type TableDrift } from '../../data-quality/index.ts';
import { createDuckDb, type QueryEngine, quoteIdentifier } from '../../tables/index.ts';
import { openDataFile, requireDataFile } from './data-file.ts';

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
    const one = await openSource(engine, reference, 'reference');
    const other = await openSource(engine, current, 'current');
    const drift = await compareTables(engine, { reference: one.source, current: other.source }, options);
    return { ...drift, unreadable: [...new Set([...one.unreadable, ...other.unreadable])] };
  } finally {
    await engine.close();
  }
}

async function openSource(
  engine: QueryEngine,
  path: string,
  table: string,
): Promise<{ readonly source: string; readonly unreadable: readonly string[] }> {
  const { fields, unreadable } = await openDataFile(engine, await requireDataFile(path), table);
  const names = fields.map(({ name }) => quoteIdentifier(name));
  return { source: unreadable.length === 0 ? table : `(SELECT ${names.join(', ')} FROM ${table})`, unreadable };
}
