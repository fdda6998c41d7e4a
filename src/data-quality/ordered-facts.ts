import type { Cell, QueryEngine, QueryOptions } from '../tables/index.ts';
import { finiteSql, isoText } from './column-sql.ts';
import { findOutliers, type OutlierMethod } from './outliers.ts';
import { type Bins, type Extent, OrderSummary, ShapeSummary } from './rising-summary.ts';
import type { ColumnStatistics } from './statistics.ts';
import { risingValues, type ValueTable } from './value-table.ts';

const microsADay = 86_400_000_000;

/** What is told of a group of a column with an order. */
export type OrderedFacts = Pick<ColumnStatistics, 'numbers' | 'times'>;

interface Walked {
  readonly extent: Extent;
  readonly order: OrderSummary;
  readonly shape: ShapeSummary;
}

/** What is told of each group of a column of numbers, dates or timestamps. */
export async function orderedFacts(
  engine: QueryEngine,
  table: ValueTable,
  { outliers, ...options }: QueryOptions & { readonly outliers: OutlierMethod },
): Promise<OrderedFacts[]> {
  const { type } = table.field;
  const isTime = type === 'date' || type === 'timestamp';
  const counted = await countClasses(engine, table, options);
  const walked = await walk(engine, { table, counted }, options);
  const groups = new Map(
    [...walked].map(([group, { extent, order }]) => [group, { extent, quantiles: order.quantiles() }]),
  );
  const fenced = await findOutliers(engine, { table, groups }, { ...options, method: isTime ? 'none' : outliers });
  return Array.from({ length: table.groupCount }, (_, group): OrderedFacts => {
    const [row, found] = [counted.get(group), walked.get(group)];
    return isTime
      ? { numbers: null, times: timesOf(row, found, type === 'date') }
      : { numbers: { ...numbersOf(row, found), outliers: fenced.get(group) ?? null }, times: null };
  });
}

type Counted = Readonly<Record<string, Cell>>;

async function countClasses(
  engine: QueryEngine,
  { name, field }: ValueTable,
  options: QueryOptions,
): Promise<Map<number, Counted>> {
  const rowsWhere = (condition: string): string => `sum(CASE WHEN ${condition} THEN n ELSE 0 END)`;
  const float =
    field.type === 'float64'
      ? [
          `${rowsWhere('isnan(CAST(x AS DOUBLE))')} AS nan`,
          `${rowsWhere("CAST(x AS DOUBLE) = 'Infinity'::DOUBLE")} AS positive`,
          `${rowsWhere("CAST(x AS DOUBLE) = '-Infinity'::DOUBLE")} AS negative`,
        ]
      : [];
  const rows = await engine.rows(
    `SELECT g, ${[...float, `${rowsWhere('v IS NOT NULL')} AS finite`, `${rowsWhere('v = 0')} AS zero`, `${rowsWhere('v < 0')} AS under`, 'sum(n) AS present', 'min(v) AS low', 'max(v) AS high'].join(', ')}
      FROM (SELECT g, x, n, ${finiteSql(field, 'x')} AS v FROM ${name} WHERE x IS NOT NULL) GROUP BY g`,
    options,
  );
  return new Map(rows.map((row) => [Number(row['g']), row]));
}

async function walk(
  engine: QueryEngine,
  of: { readonly table: ValueTable; readonly counted: ReadonlyMap<number, Counted> },
  options: QueryOptions,
): Promise<Map<number, Walked>> {
  const { type } = of.table.field;
  const dayLength = type === 'date' ? 1 : type === 'timestamp' ? microsADay : null;
  const orders = new Map<number, { readonly extent: Extent; readonly order: OrderSummary }>();
  for (const [group, row] of of.counted) {
    if (row['low'] === null) continue;
    const extent = { count: Number(row['finite']), low: Number(row['low']), high: Number(row['high']) };
    orders.set(group, { extent, order: new OrderSummary(extent, dayLength) });
  }
  if (orders.size === 0) return new Map();
  const values = risingValues(engine, of.table, options);
  await values.each((group, value, count) => orders.get(group)!.order.add(value, count));
  const walked = new Map(
    [...orders].map(([group, { extent, order }]) => {
      const shape = new ShapeSummary(extent, order.mean());
      return [group, { extent, order, shape }] as const;
    }),
  );
  await values.each((group, value, count) => walked.get(group)!.shape.add(value, count));
  return walked;
}

function numbersOf(
  row: Counted | undefined,
  found: Walked | undefined,
): Omit<NonNullable<ColumnStatistics['numbers']>, 'outliers'> {
  const counts = {
    nanCount: Number(row?.['nan'] ?? 0),
    positiveInfinityCount: Number(row?.['positive'] ?? 0),
    negativeInfinityCount: Number(row?.['negative'] ?? 0),
    zeroCount: Number(row?.['zero'] ?? 0),
    negativeCount: Number(row?.['under'] ?? 0),
  };
  if (found === undefined) {
    const [min, max, mean, standardDeviation, skewness, kurtosis] = [null, null, null, null, null, null];
    const none = { min, max, mean, standardDeviation, skewness, kurtosis };
    return { ...counts, ...none, quantiles: null, histogram: null, quantileHistogram: null };
  }
  return {
    ...counts,
    min: found.extent.low,
    max: found.extent.high,
    mean: found.order.mean().high + 0,
    ...found.shape.moments(),
    quantiles: found.order.quantiles(),
    histogram: found.shape.bins(),
    quantileHistogram: found.order.deciles(),
  };
}

function timesOf(
  row: Counted | undefined,
  found: Walked | undefined,
  isDays: boolean,
): NonNullable<ColumnStatistics['times']> {
  const infiniteCount = Number(row?.['present'] ?? 0) - Number(row?.['finite'] ?? 0);
  if (found === undefined) {
    const [min, max, quantiles, histogram, quantileHistogram] = [null, null, null, null, null];
    return {
      ...{ infiniteCount, min, max, quantiles, histogram, quantileHistogram },
      ...{ absentDayCount: null, largestGap: null },
    };
  }
  const write = (value: number): string => isoText(value, isDays);
  const bins = ({ edges, counts }: Bins, edge: (value: number) => string): { edges: string[]; counts: number[] } => ({
    edges: edges.map(edge),
    counts,
  });
  const gap = found.order.largestGap();
  return {
    infiniteCount,
    min: write(found.extent.low),
    max: write(found.extent.high),
    quantiles: found.order.quantiles().map(write),
    // Bounds of equal width lie between days too.
    histogram: bins(found.shape.bins(), (edge) => isoText(edge * (isDays ? microsADay : 1), false)),
    quantileHistogram: bins(found.order.deciles(), write),
    absentDayCount: found.order.absentDays(),
    largestGap: gap === null ? null : { from: write(gap.from), to: write(gap.to) },
  };
}
