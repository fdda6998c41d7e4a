import { z } from 'zod';

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
  })
  .describe('What ingestion brought in.');

/** The report of ingestion. */
export type IngestionReport = z.infer<typeof ingestionReport>;
