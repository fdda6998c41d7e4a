import { z } from 'zod';
import { groupCounts } from '../../data-quality/index.ts';

/** The groups of columns before and after the query. */
const inspectedSources = z
  .strictObject({
    told: z.array(z.strictObject({ source: z.string(), column: z.string(), before: groupCounts, after: groupCounts })),
    notTold: z.array(
      z.strictObject({
        source: z.string().nullable(),
        column: z.string().nullable().describe('Null: none of them.'),
        reason: z.string(),
      }),
    ),
  })
  .describe('The groups of columns in the sources and in the dataset, over rows of open parts alone.');

/** The groups of columns before and after the query. */
export type InspectedSources = z.infer<typeof inspectedSources>;

const file = z.strictObject({ path: z.string(), sizeBytes: z.number().int().nonnegative() });

/** The report of ingestion. */
export const ingestionReport = z
  .strictObject({
    rowCount: z.number().int().nonnegative(),
    /** Rows that were left out because no source has their label. */
    unlabelledRows: z.number().int().nonnegative(),
    columns: z.array(z.strictObject({ name: z.string(), type: z.string() })),
    /** Independent of the order of rows: their number and two sums over a hash of each. */
    rowDigest: z.string(),
    sources: z.record(
      z.string(),
      z.strictObject({
        format: z.string(),
        files: z.array(file),
        sample: z.number().nullable(),
        quarantinedRows: z.number().int().nonnegative(),
        quarantined: z.array(
          z.strictObject({ file: z.string(), line: z.number(), column: z.string().nullable(), message: z.string() }),
        ),
      }),
    ),
    datasets: z.record(z.string(), z.strictObject({ rowCount: z.number().int().nonnegative() })),
    inspected: inspectedSources.optional(),
    forbidden: z
      .strictObject({
        columns: z
          .array(z.string())
          .describe('Columns of the dataset that are, or are made of, what features.forbidden names.'),
        untold: z.string().nullable().describe('Why there may be more; null: there are none.'),
      })
      .optional(),
  })
  .describe('What ingestion brought in.');

/** The report of ingestion. */
export type IngestionReport = z.infer<typeof ingestionReport>;
