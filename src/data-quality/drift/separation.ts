import { z } from 'zod';

const share = z.number().min(0).max(1);

/** What a classifier makes of two datasets, as it is written down. */
export const tableSeparation = z
  .strictObject({
    columns: z.array(z.string()).describe('Those that it was given: of both datasets and of one type.'),
    leftOut: z.array(z.string()).describe('Those beyond the most that it is given.'),
    referenceRows: z.number().int().nonnegative().describe('Rows of the reference that it was given.'),
    currentRows: z.number().int().nonnegative(),
    auc: share
      .nullable()
      .describe(
        'How likely it takes a row of the current for newer than one of the reference; null where rows are too few.',
      ),
    low: share.nullable().describe('Of the 95 % interval.'),
    high: share.nullable(),
    threshold: share.describe('An area below it is no drift, however certain it is.'),
    pValue: share,
    drifted: z.boolean(),
    shares: z
      .array(z.strictObject({ column: z.string(), share }))
      .describe('What columns it went by, and how much by each, falling; together 1.'),
  })
  .describe('Whether rows of two datasets can be told apart by all columns together.');

/** What a classifier makes of two datasets. */
export type TableSeparation = z.infer<typeof tableSeparation>;
