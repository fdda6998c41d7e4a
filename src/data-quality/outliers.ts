/**
 * Fences behind which a value counts as an outlier. Tukey: 1.5 interquartile ranges beyond the quartiles. Robust z: more
 * than 3.5 robust standard deviations (MAD / 0.6745) from the median; where half of the values are equal the MAD is 0 and the
 * mean distance from the median, times 1.253314, stands for the deviation.
 *
 * @see Tukey, Exploratory Data Analysis (1977), 2C–2E; Iglewicz and Hoaglin, How to Detect and Handle Outliers (1993), 3.3
 */
import type { Cell, QueryEngine, QueryOptions } from '../tables/index.ts';
import { doubleLiteral, type ProfiledColumn } from './column-sql.ts';
import type { Fences, Ranges } from './ranges.ts';
import { quantileShares } from './statistics.ts';

const tukeyFactor = 1.5;
const robustLimit = 3.5;
const normalMad = 0.6745;
const normalMeanDeviation = 1.253314;

/** How outliers are told. */
export type OutlierMethod = 'none' | 'tukey' | 'robust_z';

/** The shares of `quantiles` as the engine handed them over. */
export function parseQuantiles(cell: Cell | undefined): number[] | null {
  if (cell === null || cell === undefined) return null;
  return String(cell)
    .replace(/^\[|\]$/g, '')
    .split(',')
    .map(Number);
}

interface FencedTable {
  readonly rows: string;
  readonly columns: readonly ProfiledColumn[];
  readonly counted: Readonly<Record<string, Cell>>;
  readonly ranges: Ranges;
  readonly method: OutlierMethod;
}

/** The fences of every column of numbers that has finite values. */
export async function fencesOf(engine: QueryEngine, table: FencedTable, options: QueryOptions): Promise<Fences> {
  const numbers = table.columns.filter(
    (column) => (column.type === 'int64' || column.type === 'float64') && table.ranges.has(column.at),
  );
  if (table.method === 'none' || numbers.length === 0) return new Map();
  const quantile = ({ at }: ProfiledColumn, share: number): number =>
    parseQuantiles(table.counted[`quantiles${at}`])![quantileShares.indexOf(share)]!;
  if (table.method === 'tukey') {
    return new Map(
      numbers.map((column) => {
        const [low, high] = [quantile(column, 0.25), quantile(column, 0.75)];
        return [column.at, around(low, high, tukeyFactor * (high - low))];
      }),
    );
  }
  return await robustFences(
    engine,
    { rows: table.rows, numbers, ranges: table.ranges, median: (column) => quantile(column, 0.5) },
    options,
  );
}

async function robustFences(
  engine: QueryEngine,
  of: {
    readonly rows: string;
    readonly numbers: readonly ProfiledColumn[];
    readonly ranges: Ranges;
    readonly median: (column: ProfiledColumn) => number;
  },
  options: QueryOptions,
): Promise<Fences> {
  // Distances are halved, where they could overflow, and doubled afterwards.
  const factor = ({ at }: ProfiledColumn): number => {
    const { low, high } = of.ranges.get(at)!;
    return Number.isFinite(high - low) ? 1 : 0.5;
  };
  const distance = (column: ProfiledColumn): string =>
    `abs(f${column.at} * ${doubleLiteral(factor(column))} - ${doubleLiteral(of.median(column) * factor(column))})`;
  const scale = ({ at }: ProfiledColumn): number => of.ranges.get(at)!.fixedPoint.scale / 2;
  const parts = of.numbers.flatMap((column) => [
    `quantile_disc(${distance(column)}, 0.5) AS mad${column.at}`,
    `sum(CAST(round(${distance(column)} * ${doubleLiteral(scale(column))}) AS HUGEINT)) AS mean${column.at}`,
  ]);
  const [row] = await engine.rows(`SELECT ${parts.join(', ')} FROM ${of.rows}`, options);
  return new Map(
    of.numbers.map((column) => {
      const mad = Number(row![`mad${column.at}`]);
      const mean = Number(row![`mean${column.at}`]) / scale(column) / of.ranges.get(column.at)!.finiteCount;
      const deviation = mad > 0 ? mad / normalMad : mean * normalMeanDeviation;
      const median = of.median(column);
      return [column.at, around(median, median, (robustLimit * deviation) / factor(column))];
    }),
  );
}

function around(low: number, high: number, distance: number): { low: number; high: number } {
  const largest = Number.MAX_VALUE;
  return { low: Math.max(-largest, low - distance), high: Math.min(largest, high + distance) };
}
