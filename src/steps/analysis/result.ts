import { z } from 'zod';
import { sliceStatistics, tableStatistics } from '../../data-quality/index.ts';

/** What analysis found, by part. */
export const analysisResult = z
  .strictObject({
    parts: z.record(z.string(), tableStatistics),
    slices: z.record(z.string(), z.array(sliceStatistics)).describe('By part; one entry a slice.'),
  })
  .describe('Statistics of the open parts.');

/** What analysis found, by part. */
export type AnalysisResult = z.infer<typeof analysisResult>;
