/**
 * What a comparison needs of a column, counted by the engine: a table of the values with how often each dataset has them,
 * reduced to cells where there are many. Only counts, extremes and sums of whole numbers are asked for, so that the answer does
 * not depend on the order of the rows or the number of threads.
 *
 * Values with an order (numbers, dates, times) fall into at most twenty intervals that hold about equally many of the pooled
 * finite values, fewer where a dataset is small: in each the smaller one expects ten, else the test would count all intervals
 * together and see nothing. A value that is more frequent than that is an interval of its own. Other values are cells themselves, the
 * thousand most frequent of both datasets together; what remains is counted as one cell. Missing values, NaN and the infinities
 * are cells of their own: equal shares of them are no difference.
 */
import type { Cell, Field, QueryEngine, QueryOptions } from '../../tables/index.ts';

import { finiteSql, isOrdered, isoText, plainSql, plainValue } from '../column-sql.ts';
import type { ValueTable } from '../value-table.ts';
import type { DriftCell } from './drift.ts';

const mostIntervals = 20;
/** Finite values of the smaller dataset that an interval expects. */
const expectedInInterval = 10;
const mostValues = 1000;
/** Steps of the whole numbers in which places on the axis are counted; squares of them times the rows must fit into 126 bits. */
const axisSteps = 2 ** 40;
/** Steps of the whole numbers in which the area between the distribution functions is summed; all of it is at most one. */
const areaSteps = 2 ** 60;

/** The states of a column that both datasets have with one type. */
export interface ComparedColumn {
  readonly reference: ValueTable;
  readonly current: ValueTable;
  readonly field: Field;
}

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

/** What is known of the order of the finite values. */
export interface OrderedCounts {
  readonly referenceCount: number;
  readonly currentCount: number;
  /** The largest distance of the two distribution functions, 0 to 1. */
  readonly largestStep: number;
  /** The area between the two distribution functions, in standard deviations of the reference; null where that is 0. */
  readonly area: number | null;
}

/** Counts a column of two datasets. */
export async function countColumn(
  engine: QueryEngine,
  compared: ComparedColumn,
  options: QueryOptions,
): Promise<ColumnCounts> {
  return isOrdered(compared.field)
    ? await countOrdered(engine, compared, options)
    : await countValues(engine, compared, options);
}

/** A query of the values with how often each dataset has them; `classes` are expressions over the column's value `x`. */
function frequencies({ reference, current }: ComparedColumn, classes: readonly string[]): string {
  const of = ({ name }: ValueTable, a: string, b: string): string =>
    `SELECT ${classes.join(', ')}, ${a} AS a, ${b} AS b FROM ${name}`;
  const names = classes.map((one) => one.slice(one.lastIndexOf(' AS ') + 4)).join(', ');
  return `SELECT ${names}, sum(a) AS a, sum(b) AS b FROM (${of(reference, 'n', '0')} UNION ALL ${of(current, '0', 'n')}) GROUP BY ${names}`;
}

async function countOrdered(
  engine: QueryEngine,
  compared: ComparedColumn,
  options: QueryOptions,
): Promise<ColumnCounts> {
  const { field } = compared;
  const finite = finiteSql(field, 'x');
  const along = (width: string): string =>
    `CASE WHEN high / 2 - low / 2 > 0 THEN ${width} / (high / 2 - low / 2) ELSE 0 END`;
  const rows = await engine.rows(
    `WITH f AS MATERIALIZED (${frequencies(compared, [`${kindSql(field)} AS kind`, `${finite} AS v`])}),
      t AS (SELECT min(v) AS low, max(v) AS high, coalesce(sum(a), 0) AS n, coalesce(sum(b), 0) AS m, greatest(2, least(${mostIntervals}, least(n, m) // ${expectedInInterval})) AS k FROM f WHERE kind = 'interval'),
      c AS (SELECT v, a, b, sum(a) OVER up AS ca, sum(b) OVER up AS cb, lead(v) OVER (ORDER BY v) AS upper FROM f WHERE kind = 'interval' WINDOW up AS (ORDER BY v ROWS UNBOUNDED PRECEDING)),
      g AS (SELECT v, a, b, low, high, n, m,
          least(k - 1, (ca + cb - a - b) * k // (n + m)) AS place,
          abs(CAST(ca AS HUGEINT) * m - CAST(cb AS HUGEINT) * n) AS step,
          CASE WHEN upper IS NOT NULL AND n > 0 AND m > 0 THEN CAST(round(abs(ca / n - cb / m) * ${along('(upper / 2 - v / 2)')} * ${areaSteps}::DOUBLE) AS HUGEINT) ELSE 0 END AS area,
          CAST(round(${along('(v / 2 - low / 2)')} * ${axisSteps}::DOUBLE) AS HUGEINT) AS x
        FROM c, t)
    SELECT 'interval' AS kind, place, min(v) AS low, max(v) AS high, sum(a) AS a, sum(b) AS b, max(step) AS step, sum(area) AS area, sum(a * x) AS first, sum(a * x * x) AS second FROM g GROUP BY place
    UNION ALL SELECT kind, NULL, NULL, NULL, a, b, 0, 0, 0, 0 FROM f WHERE kind <> 'interval'
    ORDER BY ALL`,
    options,
  );
  const write = (value: Cell | undefined): number | string => writeValue(field, Number(value));
  const cells = rows.map(
    (row): DriftCell => ({
      kind: row['kind'] as DriftCell['kind'],
      value: null,
      low: row['low'] === null ? null : write(row['low']),
      high: row['high'] === null ? null : write(row['high']),
      reference: Number(row['a']),
      current: Number(row['b']),
    }),
  );
  return {
    cells,
    ordered: orderedCounts(rows.filter((row) => row['kind'] === 'interval')),
    onlyReference: null,
    onlyCurrent: null,
  };
}

/** The sort of cell that a value `x` with an order belongs to. */
function kindSql({ type }: Field): string {
  const finite = `WHEN ${finiteSql({ type }, 'x')} IS NOT NULL THEN 'interval'`;
  const infinite = (isNegative: string): string =>
    `WHEN ${isNegative} THEN 'negative_infinity' ELSE 'positive_infinity' END`;
  const head = `CASE WHEN x IS NULL THEN 'missing' ${finite}`;
  if (type === 'date' || type === 'timestamp') return `${head} ${infinite("x < DATE '1970-01-01'")}`;
  return `${head} WHEN isnan(CAST(x AS DOUBLE)) THEN 'nan' ${infinite('CAST(x AS DOUBLE) < 0')}`;
}

/** A value on the axis as it is written down. */
function writeValue(field: Field, value: number): number | string {
  return field.type === 'date' || field.type === 'timestamp' ? isoText(value, field.type === 'date') : value;
}

function orderedCounts(intervals: readonly Readonly<Record<string, Cell>>[]): OrderedCounts | null {
  const total = (name: string): bigint => intervals.reduce((sum, row) => sum + BigInt(row[name] as number), 0n);
  const [n, m] = [total('a'), total('b')];
  if (n === 0n || m === 0n) return null;
  const step = intervals.reduce(
    (most, row) => (BigInt(row['step'] as number) > most ? BigInt(row['step'] as number) : most),
    0n,
  );
  const [first, second] = [total('first'), total('second')];
  const variance = Number(n * second - first * first) / Number(n) ** 2;
  return {
    referenceCount: Number(n),
    currentCount: Number(m),
    largestStep: Number(step) / (Number(n) * Number(m)),
    area: variance > 0 ? ((Number(total('area')) / areaSteps) * axisSteps) / Math.sqrt(variance) : null,
  };
}

async function countValues(
  engine: QueryEngine,
  compared: ComparedColumn,
  options: QueryOptions,
): Promise<ColumnCounts> {
  const { field } = compared;
  const rows = await engine.rows(
    `WITH f AS MATERIALIZED (${frequencies(compared, ['x AS x'])}),
      p AS (SELECT x, a, b, row_number() OVER (ORDER BY x IS NULL, a + b DESC, x) AS place FROM f),
      r AS (SELECT x, a, b, place, x IS NOT NULL AND place <= ${mostValues} AS listed FROM p)
    SELECT CASE WHEN x IS NULL THEN 'missing' WHEN listed THEN 'value' ELSE 'others' END AS kind,
      CASE WHEN listed THEN ${plainSql(field, 'x')} END AS value, sum(a) AS a, sum(b) AS b,
      count_if(a = 0 AND x IS NOT NULL) AS fresh, sum(CASE WHEN a = 0 AND x IS NOT NULL THEN b ELSE 0 END) AS fresh_rows,
      count_if(b = 0 AND x IS NOT NULL) AS gone, sum(CASE WHEN b = 0 AND x IS NOT NULL THEN a ELSE 0 END) AS gone_rows
    FROM r GROUP BY kind, CASE WHEN listed THEN x END, value ORDER BY kind DESC, min(place)`,
    options,
  );
  const sum = (name: string): number => rows.reduce((total, row) => total + Number(row[name]), 0);
  return {
    cells: rows.map(
      (row): DriftCell => ({
        kind: row['kind'] as DriftCell['kind'],
        value: row['kind'] === 'value' ? plainValue(row['value'] ?? null) : null,
        low: null,
        high: null,
        reference: Number(row['a']),
        current: Number(row['b']),
      }),
    ),
    ordered: null,
    onlyReference: { valueCount: sum('gone'), rowCount: sum('gone_rows') },
    onlyCurrent: { valueCount: sum('fresh'), rowCount: sum('fresh_rows') },
  };
}
