import {
  compareTables,
  type DriftOptions,
  separateTables,
  type TableDrift,
  type TableSeparation,
} from '../../data-quality/index.ts';
import { openTable } from './open-table.ts';
import { type TableWork, withTables } from './with-tables.ts';

/** Two files or queries to be compared, and how. */
export interface FileComparison extends DriftOptions, TableWork {
  readonly reference: string;
  readonly current: string;
  /** Whether a classifier is asked too, which looks at all columns together. */
  readonly classifier: boolean;
}

/** What a comparison of two files found. */
export interface FileDrift extends TableDrift {
  /** Columns of types that are not compared, such as lists, of either file. */
  readonly unreadable: readonly string[];
  /** Null where no classifier was asked. */
  readonly separation: TableSeparation | null;
}

/** Compares two tables column by column, each a CSV, JSON or Parquet file or one SELECT. @throws as `openTable` */
export async function compareFiles({ reference, current, classifier, ...options }: FileComparison): Promise<FileDrift> {
  return await withTables(options, async (engine) => {
    const one = await openTable(engine, reference, 'reference');
    const other = await openTable(engine, current, 'current');
    const tables = { reference: one.source, current: other.source };
    const drift = await compareTables(engine, tables, options);
    const separation = classifier ? await separateTables(engine, tables, options) : null;
    return { ...drift, separation, unreadable: [...new Set([...one.unreadable, ...other.unreadable])] };
  });
}
