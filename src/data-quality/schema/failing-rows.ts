import { type QueryEngine, type QueryOptions, quoteIdentifier } from '../../tables/index.ts';

const mostValues = 101;

/** SQL that is true for a failing row of a table, which is a name or a query in parentheses. */
export type FailingCondition = (table: string) => string;

/** Rows of a table that are not as expected of one column. */
export interface FailingQuestion {
  /** A table, or a query in parentheses. */
  readonly source: string;
  readonly column: string;
  readonly failing: FailingCondition;
}

/** What failing rows have in the column. */
export interface FailingValues {
  readonly rowCount: number;
  readonly distinctCount: number;
  /** The most frequent ones, ties in their order, at most 101; null is a missing one. */
  readonly values: readonly { readonly value: string | null; readonly count: number }[];
}

/** Counts the failing rows by the value of the column. */
export async function failingValues(
  engine: QueryEngine,
  { source, column, failing }: FailingQuestion,
  options: QueryOptions,
): Promise<FailingValues> {
  const value = `CAST(${quoteIdentifier(column)} AS VARCHAR)`;
  const rows = await engine.rows(
    `SELECT value, n, CAST(sum(n) OVER () AS BIGINT) AS all_rows, count(*) OVER () AS different
      FROM (SELECT ${value} AS value, count(*) AS n FROM ${source} WHERE ${failing(source)} GROUP BY 1) ORDER BY n DESC, value LIMIT ${mostValues}`,
    options,
  );
  return {
    rowCount: Number(rows[0]?.['all_rows'] ?? 0),
    distinctCount: Number(rows[0]?.['different'] ?? 0),
    values: rows.map((row) => ({
      value: row['value'] === null ? null : String(row['value']),
      count: Number(row['n']),
    })),
  };
}

/** The query that shows the failing rows, of a table called `named`. */
export function failingRowsSql(named: string, failing: FailingCondition): string {
  return `SELECT * FROM ${named} WHERE ${failing(named)}`;
}
