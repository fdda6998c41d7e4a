import { z } from 'zod';

/** What was measured on the rows that a fold holds out. */
export const foldMetrics = z.strictObject({
  fold: z.number().int().positive(),
  rowCount: z.number().int().positive().describe('Rows that it holds out.'),
  trainRowCount: z.number().int().positive().describe('Rows that it trains on.'),
  metrics: z.record(z.string(), z.number().nullable()).describe('Null where a metric is undefined on these rows.'),
});

/** What was measured on the rows that a fold holds out. */
export type FoldMetrics = z.infer<typeof foldMetrics>;
