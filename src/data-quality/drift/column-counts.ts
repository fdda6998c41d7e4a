/**
 * What a comparison needs of a column, counted by the engine from the different values of both datasets and how often each has them,
 * reduced to cells where there are many. Only counts, extremes and sums of whole numbers are asked for, so that the answer does
 * not depend on the order of the rows or the number of threads.
 *
 * Values with an order (numbers, dates, times) are counted by intervals. Other values are cells themselves, the
 * thousand most frequent of both datasets together; what remains is counted as one cell. Missing values, NaN and the infinities
 * are cells of their own: equal shares of them are no difference.
 */
import type { Cell, Field, QueryEngine, QueryOptions } from '../../tables/index.ts';
import { isOrdered, plainSql, plainValue } from '../column-sql.ts';
import type { DriftCell } from './drift.ts';
import { countOrdered, type OrderedCounts } from './ordered-counts.ts';
import { type ComparedColumn, tableOfBoth } from './sorted-values.ts';

const mostValues = 1000;

/** What was counted of a column. */
export interface ColumnCounts {
  readonly cells: readonly DriftCell[];
  /** Of the finite values of a column with an order; null where it has none or a side has none of them. */
  readonly ordered: OrderedCounts | null;
  /** Values that one side alone has; null for columns with an order. */
  readonly onlyReference: ValuesOfOne | null;
  readonly onlyCurrent: ValuesOfOne | null;
}

/** How many values one side alone has, and its rows with them. */
export interface ValuesOfOne {
  readonly valueCount: number;
  readonly rowCount: number;
}

/** Counts a column of two datasets. */
export async function countColumn(
  engine: QueryEngine,
  compared: ComparedColumn,
  options: QueryOptions,
): Promise<ColumnCounts> {
  return isOrdered(compared.field)
    ? { ...(await countOrdered(engine, compared, options)), onlyReference: null, onlyCurrent: null }
    : await countValues(engine, compared, options);
}

async function countValues(
  engine: QueryEngine,
  compared: ComparedColumn,
  options: QueryOptions,
): Promise<ColumnCounts> {
  const take = (values: string): string =>
    `SELECT x, CAST(sum(a) AS BIGINT) AS a, CAST(sum(b) AS BIGINT) AS b FROM ${values} GROUP BY x`;
  const table = await tableOfBoth(engine, compared, { ...options, take });
  try {
    return countsOf(await engine.rows(rankedSql(table, compared.field), options));
  } finally {
    await engine.execute(`DROP TABLE IF EXISTS ${table}`);
  }
}

/** The most frequent values, and sums over all of them: a row each. */
function rankedSql(table: string, field: Field): string {
  return `WITH p AS (SELECT x, a, b FROM ${table} WHERE x IS NOT NULL ORDER BY a + b DESC, x LIMIT ${mostValues})
    SELECT 'value' AS kind, row_number() OVER (ORDER BY a + b DESC, x) AS place, ${plainSql(field, 'x')} AS value, a, b,
      1 AS different, 0 AS gone, 0 AS gone_rows, 0 AS fresh, 0 AS fresh_rows FROM p
    UNION ALL SELECT CASE WHEN missing THEN 'missing' ELSE 'all' END, 0, NULL, sum(a), sum(b), count(*),
      count_if(b = 0), sum(CASE WHEN b = 0 THEN a ELSE 0 END), count_if(a = 0), sum(CASE WHEN a = 0 THEN b ELSE 0 END)
      FROM (SELECT x IS NULL AS missing, a, b FROM ${table}) GROUP BY missing
    ORDER BY place`;
}

type Row = Readonly<Record<string, Cell>>;

function countsOf(rows: readonly Row[]): ColumnCounts {
  const ofKind = (kind: string): Row[] => rows.filter((row) => row['kind'] === kind);
  const listed = ofKind('value').map((row) => cellOf('value', plainValue(row['value'] ?? null), row));
  const [all] = ofKind('all');
  return {
    cells: [
      ...listed,
      ...(all === undefined ? [] : othersOf(all, listed)),
      ...ofKind('missing').map((row) => cellOf('missing', null, row)),
    ],
    ordered: null,
    onlyReference: { valueCount: Number(all?.['gone'] ?? 0), rowCount: Number(all?.['gone_rows'] ?? 0) },
    onlyCurrent: { valueCount: Number(all?.['fresh'] ?? 0), rowCount: Number(all?.['fresh_rows'] ?? 0) },
  };
}

function cellOf(kind: DriftCell['kind'], value: DriftCell['value'], counts: Row): DriftCell {
  return { kind, value, low: null, high: null, reference: Number(counts['a']), current: Number(counts['b']) };
}

/** What is left of all values behind those that are cells themselves. */
function othersOf(all: Row, listed: readonly DriftCell[]): DriftCell[] {
  if (Number(all['different']) === listed.length) return [];
  const sum = (side: 'reference' | 'current'): number => listed.reduce((total, cell) => total + cell[side], 0);
  const [a, b] = [Number(all['a']) - sum('reference'), Number(all['b']) - sum('current')];
  return [cellOf('others', null, { a, b })];
}
