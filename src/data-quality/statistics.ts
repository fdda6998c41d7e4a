import { z } from 'zod';

/** The shares of the finite values, in hundredths, at or below which `quantiles` lie. */
export const quantilePercents: readonly number[] = [1, 5, 25, 50, 75, 95, 99];

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

const quantileHistogram = z
  .strictObject({
    edges: z
      .array(z.union([z.number(), z.string()]))
      .describe('The smallest value and the deciles, each once, ascending: each bin holds (low, high].'),
    counts: z.array(count).describe('Values in each bin; the first holds its lower bound too.'),
  })
  .describe('Bins with about a tenth of the finite values each.');

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
  skewness: z.number().nullable().describe('m3 / m2^1.5 of the population; null where all values are equal.'),
  kurtosis: z.number().nullable().describe('Excess: m4 / m2^2 - 3 of the population; null where all values are equal.'),
  quantiles: z.array(z.number()).nullable().describe('Smallest values with 1, 5, 25, 50, 75, 95, 99 % at or below.'),
  histogram: histogram.nullable(),
  quantileHistogram: quantileHistogram.nullable(),
  outliers: outliers.nullable(),
});

const times = z.strictObject({
  infiniteCount: count,
  min: z.string().nullable(),
  max: z.string().nullable(),
  quantiles: z.array(z.string()).nullable(),
  histogram: histogram.nullable(),
  quantileHistogram: quantileHistogram.nullable(),
  absentDayCount: count.nullable().describe('Days in UTC between the first and the last that have no row.'),
  largestGap: z
    .strictObject({ from: z.string(), to: z.string() })
    .nullable()
    .describe('The two neighbouring values that are farthest apart, the earliest such two; null below two values.'),
});

/** What characters a text is looked through for: counted are the rows of which it is true. */
export const characterClasses = [
  'letters',
  'digits',
  'spaces',
  'punctuation',
  'nonAscii',
  'control',
  'onlyDigits',
  'blank',
  'padded',
] as const;

/** The name of something that is asked of the characters of a text. */
export type CharacterClass = (typeof characterClasses)[number];

const texts = z.strictObject({
  emptyCount: count,
  minLength: z.number().int().nullable(),
  maxLength: z.number().int().nullable(),
  meanLength: z.number().nullable(),
  lengths: z.array(z.number().int()).nullable().describe('Quantiles of the lengths, at the shares of `quantiles`.'),
  characters: z
    .strictObject({
      letters: count.describe('Rows with a letter.'),
      digits: count.describe('Rows with a decimal digit.'),
      spaces: count.describe('Rows with white space.'),
      punctuation: count.describe('Rows with an ASCII character that is none of these.'),
      nonAscii: count.describe('Rows with a character beyond ASCII.'),
      control: count.describe('Rows with a control character.'),
      onlyDigits: count.describe('Rows of ASCII digits alone, at least one.'),
      blank: count.describe('Rows of white space alone, at least one.'),
      padded: count.describe('Rows that begin or end with white space.'),
    })
    .describe('Rows by what their characters are.'),
});

const column = z.strictObject({
  name: z.string(),
  type: z.enum(['boolean', 'int64', 'float64', 'string', 'date', 'timestamp']),
  rowCount: count,
  missingCount: count,
  distinctCount: count.describe('Exact; missing is no value, NaN is one.'),
  onceCount: count.describe('Values that exactly one row has.'),
  entropyBits: z.number().nullable().describe('Of the values that are there; null where there is none.'),
  constant: z.boolean().describe('All values that are there are one.'),
  identifier: z
    .boolean()
    .describe(
      'Whole numbers or texts of which no two rows have the same, at least twenty, in at least 99 % of the rows.',
    ),
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
