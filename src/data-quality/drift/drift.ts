import { z } from 'zod';

const count = z.number().int().nonnegative();
const share = z.number().min(0).max(1);
const plain = z.union([z.string(), z.number(), z.boolean()]);

/** The distances by which a column may be judged. */
export const driftDistances = [
  'psi',
  'jensen_shannon',
  'hellinger',
  'l_infinity',
  'chi_squared',
  'kolmogorov_smirnov',
  'wasserstein',
] as const;

/** The name of a distance. */
export type DriftDistance = (typeof driftDistances)[number];

const side = z
  .strictObject({
    rowCount: count,
    missingCount: count,
    nanCount: count,
    positiveInfinityCount: count,
    negativeInfinityCount: count,
  })
  .describe('The rows of one dataset.');

const cell = z
  .strictObject({
    value: plain.nullable().describe('A value; null where the cell holds an interval or rows of no value.'),
    low: z.union([z.number(), z.string()]).nullable().describe('Smallest value of an interval.'),
    high: z.union([z.number(), z.string()]).nullable().describe('Largest value of an interval.'),
    kind: z.enum(['value', 'interval', 'others', 'missing', 'nan', 'positive_infinity', 'negative_infinity']),
    reference: count,
    current: count,
  })
  .describe('Rows of both datasets in one cell.');

const distances = z
  .strictObject({
    psi: z.number().nullable(),
    jensen_shannon: z.number().nullable().describe('Divergence in bits.'),
    hellinger: z.number().nullable(),
    l_infinity: z.number().nullable(),
    chi_squared: z.number().nullable().describe("Cramér's V of the cells by dataset."),
    kolmogorov_smirnov: z.number().nullable().describe('Over finite values; null where values have no order.'),
    wasserstein: z
      .number()
      .nullable()
      .describe('Over finite values, in standard deviations of the reference; null where values have no order.'),
  })
  .describe('Null where a side has nothing to compare, or the distance does not apply.');

const column = z.strictObject({
  name: z.string(),
  type: z.enum(['boolean', 'int64', 'float64', 'string', 'date', 'timestamp']),
  reference: side,
  current: side,
  distances,
  judgedBy: z.enum(driftDistances),
  threshold: z.number().describe('A distance below it is no drift, however certain it is.'),
  test: z.enum(['chi_squared', 'kolmogorov_smirnov']),
  pValue: share,
  adjustedPValue: share.describe("By Holm's method over all columns of the comparison."),
  drifted: z.boolean(),
  cells: z.array(cell).describe('What the distances over cells were taken from.'),
  newValues: z
    .strictObject({ valueCount: count, rowCount: count })
    .nullable()
    .describe('Values that only the current has.'),
  vanishedValues: z
    .strictObject({ valueCount: count, rowCount: count })
    .nullable()
    .describe('Values that only the reference has.'),
});

/** A comparison of two datasets as it is written down. */
export const tableDrift = z
  .strictObject({
    falseAlarmRate: share.describe('The chance that any column of equal data is called drifted.'),
    referenceRowCount: count,
    currentRowCount: count,
    columns: z.array(column),
    onlyReference: z.array(z.string()).describe('Columns that the current does not have.'),
    onlyCurrent: z.array(z.string()).describe('Columns that the reference does not have.'),
    differentTypes: z.array(
      z.strictObject({ name: z.string(), reference: z.string(), current: z.string() }).describe('Not compared.'),
    ),
  })
  .describe('How far two datasets are apart, column by column.');

/** A comparison of two datasets. */
export type TableDrift = z.infer<typeof tableDrift>;
/** What is known of a column that both datasets have. */
export type ColumnDrift = z.infer<typeof column>;
/** Rows of both datasets in one cell. */
export type DriftCell = z.infer<typeof cell>;
/** Distances of a column by name. */
export type Distances = z.infer<typeof distances>;
