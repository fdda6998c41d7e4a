/**
 * Fences behind which a value counts as an outlier. Tukey: 1.5 interquartile ranges beyond the quartiles. Robust z: more
 * than 3.5 robust standard deviations (MAD / 0.6745) from the median; where half of the values are equal the MAD is 0 and the
 * mean distance from the median, times 1.253314, stands for the deviation.
 *
 * @see Tukey, Exploratory Data Analysis (1977), 2C–2E; Iglewicz and Hoaglin, How to Detect and Handle Outliers (1993), 3.3
 */
import { FrequencySum } from '../stats/index.ts';
import type { QueryEngine, QueryOptions } from '../tables/index.ts';
import { doubleLiteral, finiteSql } from './column-sql.ts';
import type { Extent } from './rising-summary.ts';
import { type ColumnStatistics, quantilePercents } from './statistics.ts';
import type { ValueTable } from './value-table.ts';

const tukeyFactor = 1.5;
const robustLimit = 3.5;
const normalMad = 0.6745;
const normalMeanDeviation = 1.253314;

/** How outliers are told. */
export type OutlierMethod = 'none' | 'tukey' | 'robust_z';

/** The outliers of a column of numbers. */
export type Outliers = NonNullable<ColumnStatistics['numbers']>['outliers'];

/** What is known of the finite values of a group. */
export interface KnownOrder {
  readonly extent: Extent;
  readonly quantiles: readonly number[];
}

/** The fences of each group of a state of numbers that has finite values, and how many of them lie outside. */
export async function findOutliers(
  engine: QueryEngine,
  { table, groups }: { readonly table: ValueTable; readonly groups: ReadonlyMap<number, KnownOrder> },
  { method, ...options }: QueryOptions & { readonly method: OutlierMethod },
): Promise<Map<number, NonNullable<Outliers>>> {
  const found = new Map<number, NonNullable<Outliers>>();
  if (method === 'none' || groups.size === 0) return found;
  const fences = new Map<number, Fences>();
  for (const [group, known] of groups) {
    const robust = { table, group, ...known };
    fences.set(group, method === 'tukey' ? tukeyFences(known) : await robustFences(engine, robust, options));
  }
  const bounds = (end: keyof Fences): string => {
    const of = (group: number): string => doubleLiteral(fences.get(group)?.[end] ?? 0);
    return `([${Array.from({ length: table.groupCount }, (_, group) => of(group)).join(', ')}])[g + 1]`;
  };
  const rows = await engine.rows(
    `SELECT g, sum(CASE WHEN v < ${bounds('low')} THEN n ELSE 0 END) AS below, sum(CASE WHEN v > ${bounds('high')} THEN n ELSE 0 END) AS above FROM (SELECT g, ${finiteSql(table.field, 'x')} AS v, n FROM ${table.name}) WHERE v IS NOT NULL GROUP BY g`,
    options,
  );
  for (const row of rows) {
    const group = Number(row['g']);
    const counts = { belowCount: Number(row['below']), aboveCount: Number(row['above']) };
    found.set(group, { method, ...fences.get(group)!, ...counts });
  }
  return found;
}

interface Fences {
  readonly low: number;
  readonly high: number;
}

function tukeyFences({ quantiles }: KnownOrder): Fences {
  const [low, high] = [25, 75].map((percent) => quantiles[quantilePercents.indexOf(percent)]!) as [number, number];
  return around(low, high, tukeyFactor * (high - low));
}

/** Distances are halved, where they could overflow, and doubled afterwards. */
async function robustFences(
  engine: QueryEngine,
  { table, group, extent, quantiles }: KnownOrder & { readonly table: ValueTable; readonly group: number },
  options: QueryOptions,
): Promise<Fences> {
  const factor = Number.isFinite(extent.high - extent.low) ? 1 : 0.5;
  const median = quantiles[quantilePercents.indexOf(50)]!;
  const distance = `abs(v * ${doubleLiteral(factor)} - ${doubleLiteral(median * factor)})`;
  const sum = new FrequencySum(Math.max(median * factor - extent.low * factor, extent.high * factor - median * factor));
  const half = Math.ceil(extent.count / 2);
  let [below, mad] = [0, 0];
  const query = `SELECT ${distance} AS d, n FROM (SELECT ${finiteSql(table.field, 'x')} AS v, n FROM ${table.name} WHERE g = ${group}) WHERE v IS NOT NULL ORDER BY d, n`;
  for await (const { columns, rowCount } of engine.batches(query, options)) {
    const [distances, counts] = columns.map((column) => column.values as Float64Array);
    for (let at = 0; at < rowCount; at++) {
      sum.add(distances![at]!, counts![at]!);
      if (below < half) mad = distances![at]!;
      below += counts![at]!;
    }
    if (below >= half && mad > 0) break;
  }
  const deviation = mad > 0 ? mad / normalMad : sum.mean(extent.count).high * normalMeanDeviation;
  return around(median, median, (robustLimit * deviation) / factor);
}

function around(low: number, high: number, distance: number): Fences {
  const largest = Number.MAX_VALUE;
  return { low: Math.max(-largest, low - distance), high: Math.min(largest, high + distance) };
}
