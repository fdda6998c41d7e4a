import { z } from 'zod';

/** The shares of the finite values at or below which `quantiles` lie. */
export const quantileShares: readonly number[] = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99];

const count = z.number().int().nonnegative();
const plain = z.union([z.string(), z.number(), z.boolean()]);

const histogram = z
  .strictObject({
    edges: z
      .array(z.union([z.number(), z.string()]))
      .describe('Bounds of the bins, ascending: each holds [low, high).'),
    counts: z.array(count).describe('Values in each bin; the last holds its upper bound too.'),
  })
  .describe('Bins of equal width over the finite values; edges are ISO texts for dates and timestamps.');

const outliers = z
  .strictObject({
    method: z.enum(['tukey', 'robust_z']),
    low: z.number(),
    high: z.number(),
    belowCount: count,
    aboveCount: count,
  })
  .describe('Finite values outside [low, high].');

const numbers = z.strictObject({
  nanCount: count,
  positiveInfinityCount: count,
  negativeInfinityCount: count,
  zeroCount: count,
  negativeCount: count,
  min: z.number().nullable(),
  max: z.number().nullable(),
  mean: z.number().nullable(),
  standardDeviation: z.number().nullable().describe('Of a sample (n - 1); null below two values.'),
  quantiles: z.array(z.number()).nullable().describe('Smallest values with 1, 5, 25, 50, 75, 95, 99 % at or below.'),
  histogram: histogram.nullable(),
  outliers: outliers.nullable(),
});

const times = z.strictObject({
  infiniteCount: count,
  min: z.string().nullable(),
  max: z.string().nullable(),
  quantiles: z.array(z.string()).nullable(),
  histogram: histogram.nullable(),
});

const texts = z.strictObject({
  emptyCount: count,
  minLength: z.number().int().nullable(),
  maxLength: z.number().int().nullable(),
  meanLength: z.number().nullable(),
});

const column = z.strictObject({
  name: z.string(),
  type: z.enum(['boolean', 'int64', 'float64', 'string', 'date', 'timestamp']),
  rowCount: count,
  missingCount: count,
  distinctCount: count.describe('Exact; missing is no value, NaN is one.'),
  numbers: numbers.nullable().describe('Of whole numbers and floats; over finite values where nothing else is said.'),
  times: times.nullable().describe('Of dates and timestamps, in UTC.'),
  texts: texts.nullable().describe('Of texts; lengths in characters.'),
  top: z
    .array(z.strictObject({ value: plain, count }))
    .describe('Most frequent values, ties in their order; all of them where there are at most 100.'),
});

/** Statistics of a table as they are written down. */
export const tableStatistics = z
  .strictObject({ rowCount: count, columns: z.array(column) })
  .describe('Statistics of a table, exact and repeatable.');

/** Statistics of the groups of a slice as they are written down. */
export const sliceStatistics = z
  .strictObject({
    slice: z.string(),
    groups: z.array(
      z.strictObject({ value: z.string(), rowCount: count, columns: z.array(column) }).describe('The largest groups.'),
    ),
    leftOutCount: count.describe('Groups that are not among the largest.'),
  })
  .describe('Statistics by the values of a slice.');

/** What is known of a column. */
export type ColumnStatistics = z.infer<typeof column>;
/** Statistics of a table. */
export type TableStatistics = z.infer<typeof tableStatistics>;
/** Statistics of the groups of a slice. */
export type SliceStatistics = z.infer<typeof sliceStatistics>;
/** A value with how many rows have it. NaN and the infinities are texts. */
export type ValueCount = ColumnStatistics['top'][number];
