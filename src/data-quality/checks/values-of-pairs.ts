import { correlationOf } from '../../stats/index.ts';
import type { Cell, Field } from '../../tables/index.ts';
import { isOrdered } from '../column-sql.ts';
import { axisSql, placeSql } from '../pairs/encode-columns.ts';
import type { ColumnPair } from '../pairs/pairs.ts';
import { column, type TableFunction } from './table-function.ts';
import type { ScanPlan } from './table-value.ts';

const finite = 'rows in which both are finite';
const cells =
  'missing, NaN and each infinity are a value of their own; of more than twenty values, intervals or the most frequent ones';

function ofPair(
  entry: Pick<TableFunction, 'name' | 'says' | 'missing'>,
  give: (pair: ColumnPair) => number | null,
): TableFunction {
  return {
    group: 'pairs',
    form: `${entry.name}(a, b)`,
    example: `${entry.name}(x, y) < 1`,
    takes: [column, column],
    value: ({ args }) => ({ type: 'number', how: { by: 'pair', a: args[0]!.field!, b: args[1]!.field!, give } }),
    ...entry,
  };
}

/** Pearson's correlation, as `measureColumns` finds it: between which values both lie, then sums of whole numbers. */
function* pearsonPlan(a: Field, b: Field): ScanPlan<number | null> {
  if (!isOrdered(a) || !isOrdered(b)) return null;
  const [x, y] = [axisSql(a), axisSql(b)];
  const [rows, ...ends] = yield ['count(*)', ...[x, y].flatMap((value) => [`min(${value})`, `max(${value})`])];
  const [lowX, highX, lowY, highY] = ends.map(Number) as [number, number, number, number];
  const p = placeSql(a, x, { low: lowX, high: highX, rows: Number(rows) });
  const q = placeSql(b, y, { low: lowY, high: highY, rows: Number(rows) });
  const ofBoth = (sql: string): string => `CASE WHEN ${x} IS NOT NULL AND ${y} IS NOT NULL THEN ${sql} END`;
  const product = (one: string, other: string): string => `sum(${ofBoth(`CAST(${one} AS HUGEINT) * ${other}`)})`;
  const cells = yield [
    `count(${ofBoth('1')})`,
    `sum(${ofBoth(p)})`,
    `sum(${ofBoth(q)})`,
    product(p, p),
    product(q, q),
    product(p, q),
  ];
  const [n, sumX, sumY, xx, yy, xy] = cells.map((cell) => BigInt((cell ?? 0) as Exclude<Cell, null>)) as [
    bigint,
    bigint,
    bigint,
    bigint,
    bigint,
    bigint,
  ];
  const found = correlationOf({ n, x: sumX, y: sumY, xx, yy, xy });
  return Number.isNaN(found) ? null : found;
}

/** What two columns have to do with each other, as statistics of pairs tell it. */
export const pairValues: readonly TableFunction[] = [
  {
    ...ofPair(
      { name: 'correlation', says: "Pearson's; missing where one has no order or one value alone.", missing: finite },
      ({ pearson }) => pearson,
    ),
    value: ({ args }) => ({
      type: 'number',
      how: { by: 'scan', plan: () => pearsonPlan(args[0]!.field!, args[1]!.field!) },
    }),
  },
  ofPair(
    { name: 'rank_correlation', says: "Spearman's: that of the ranks, equal values at their mean.", missing: finite },
    ({ spearman }) => spearman,
  ),
  ofPair(
    { name: 'cramers_v', says: "Cramér's V, 0 to 1, without correction for bias.", missing: cells },
    ({ cramersV }) => cramersV,
  ),
  ofPair(
    { name: 'mutual_information', says: 'In bits.', missing: cells },
    ({ mutualInformationBits }) => mutualInformationBits,
  ),
];
