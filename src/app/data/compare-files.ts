import { compareTables, type DriftOptions, type TableDrift } from '../../data-quality/index.ts';
import { createDuckDb } from '../../tables/index.ts';
import { openTable } from './open-table.ts';

/** Two files or queries to be compared, and how. */
export interface FileComparison extends DriftOptions {
  readonly reference: string;
  readonly current: string;
}

/** What a comparison of two files found. */
export interface FileDrift extends TableDrift {
  /** Columns of types that are not compared, such as lists, of either file. */
  readonly unreadable: readonly string[];
}

/** Compares two tables column by column, each a CSV, JSON or Parquet file or one SELECT. @throws as `openTable` */
export async function compareFiles({ reference, current, ...options }: FileComparison): Promise<FileDrift> {
  const engine = await createDuckDb();
  try {
    const one = await openTable(engine, reference, 'reference');
    const other = await openTable(engine, current, 'current');
    const drift = await compareTables(engine, { reference: one.source, current: other.source }, options);
    return { ...drift, unreadable: [...new Set([...one.unreadable, ...other.unreadable])] };
  } finally {
    await engine.close();
  }
}
