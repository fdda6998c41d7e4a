import { PlatformError } from '../../errors/index.ts';
import type { QueryEngine } from '../../tables/index.ts';
import type { ComparedTables } from '../drift/compare-tables.ts';
import { findRepeatedKeys } from './joined-rows.ts';
import { type MatchedColumns, matchColumns } from './matched-columns.ts';

const defaultExampleCount = 5;

/** How two versions are compared. */
export interface RowDiffOptions {
  /** The columns by which rows are matched; empty: rows are compared whole. */
  readonly key: readonly string[];
  /** The columns that are compared, beside the key; default all. */
  readonly columns?: ReadonlySet<string>;
  /** Numbers that are at most so far apart are equal; default 0. */
  readonly tolerance?: number;
  /** Rows of each kind that are shown, at most; default 5. */
  readonly exampleCount?: number;
  readonly signal?: AbortSignal;
}

/** Two versions whose columns are matched. */
export interface OpenDifference {
  readonly engine: QueryEngine;
  readonly tables: ComparedTables;
  readonly columns: MatchedColumns;
  readonly tolerance: number;
  readonly exampleCount: number;
  readonly query: { readonly signal?: AbortSignal };
}

/** Matches the columns of two versions and finds the keys that match nothing. @throws PlatformError CONFIG_BAD_VALUE */
export async function openDifference(
  engine: QueryEngine,
  tables: ComparedTables,
  options: RowDiffOptions,
): Promise<OpenDifference> {
  const { key, columns = null, tolerance = 0, exampleCount = defaultExampleCount, signal } = options;
  const query = signal === undefined ? {} : { signal };
  const matched = await matchColumns(engine, tables, { key, columns });
  if (matched.key.length + matched.others.length === 0)
    throw new PlatformError('CONFIG_BAD_VALUE', {
      message: 'expected two datasets to have a column in common, found none',
    });
  if (key.length > 0) await engine.execute(findRepeatedKeys(tables, matched), query);
  return { engine, tables, columns: matched, tolerance, exampleCount, query };
}
