/** How many rows of a table each group of a column has: what is kept of a column after every step. */
import { z } from 'zod';
import { type QueryEngine, type QueryOptions, quoteIdentifier, quoteLiteral } from '../../tables/index.ts';
import { type Slice, sliceExpression } from '../slice-sql.ts';

const count = z.number().int().nonnegative();

/** How many rows have each group of a column. */
export const groupCounts = z
  .strictObject({
    rowCount: count,
    missingCount: count.describe('Rows without a value; with edges, NaN too.'),
    otherCount: count.describe('Rows of groups that are not listed.'),
    groups: z.array(z.strictObject({ group: z.string(), count })),
  })
  .describe('The rows of a table by the groups of a column.');

/** How many rows have each group of a column. */
export type GroupCounts = z.infer<typeof groupCounts>;

/** Groups that are listed, at most: the largest ones of the table that a column is first seen in. */
export const mostGroups = 200;

/**
 * Counts the groups of a column.
 * @param source a table, or a query in parentheses
 * @param slice the column, which the source has
 * @param listed the groups to be listed, in this order; null: the largest, of equal ones the first by name
 */
export async function countGroups(
  engine: QueryEngine,
  {
    source,
    slice,
    listed,
  }: { readonly source: string; readonly slice: Slice; readonly listed: readonly string[] | null },
  options: QueryOptions = {},
): Promise<GroupCounts> {
  const column = quoteIdentifier(slice.column);
  const isMissing =
    slice.edges === null ? `${column} IS NULL` : `${column} IS NULL OR isnan(CAST(${column} AS DOUBLE))`;
  const wanted = listed === null ? '' : ` AND g IN (${listed.map(quoteLiteral).join(', ')})`;
  const most = listed?.length ?? mostGroups;
  // The rows are read once: the sums come first, the groups behind them.
  const [sums, ...found] = await engine.rows(
    `WITH counted AS MATERIALIZED (SELECT ${isMissing} AS m, ${sliceExpression(slice)} AS g, count(*) AS n FROM ${source} AS r GROUP BY 1, 2),
      listed AS (SELECT g, n FROM counted WHERE NOT m${most === 0 ? ' AND false' : wanted} ORDER BY n DESC, g LIMIT ${most})
      SELECT 0 AS place, NULL AS g, coalesce(sum(n), 0)::BIGINT AS n, coalesce(sum(n) FILTER (m), 0)::BIGINT AS missing FROM counted
      UNION ALL SELECT 1, g, n, 0 FROM listed ORDER BY place, n DESC, g`,
    options,
  );
  const counts = new Map(found.map((row): [string, number] => [String(row['g']), Number(row['n'])]));
  const groups = (listed ?? [...counts.keys()]).map((group) => ({ group, count: counts.get(group) ?? 0 }));
  const [rowCount, missingCount] = [Number(sums!['n']), Number(sums!['missing'])];
  const told = groups.reduce((sum, one) => sum + one.count, missingCount);
  return { rowCount, missingCount, otherCount: rowCount - told, groups };
}

/** The counts of several tables together; of one table, that. All list the same groups. */
export function addCounts(all: readonly GroupCounts[]): GroupCounts {
  const sum = (of: (one: GroupCounts) => number): number => all.reduce((total, one) => total + of(one), 0);
  return {
    rowCount: sum((one) => one.rowCount),
    missingCount: sum((one) => one.missingCount),
    otherCount: sum((one) => one.otherCount),
    groups: (all[0]?.groups ?? []).map(({ group }, at) => ({ group, count: sum((one) => one.groups[at]!.count) })),
  };
}
