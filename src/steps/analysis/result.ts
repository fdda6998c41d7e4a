import { z } from 'zod';
import {
  outlyingRows,
  sliceStatistics,
  tablePairs,
  tableStatistics,
  weightedStatistics,
} from '../../data-quality/index.ts';

/** What analysis found, by part. */
export const analysisResult = z
  .strictObject({
    parts: z.record(z.string(), tableStatistics),
    slices: z.record(z.string(), z.array(sliceStatistics)).describe('By part; one entry a slice.'),
    weighted: z.record(z.string(), weightedStatistics).describe('By part; empty where no weight was named.'),
    outlyingRows: z
      .record(z.string(), outlyingRows)
      .describe('By part; empty where no isolation forest was asked for.'),
    pairs: z.record(z.string(), tablePairs).describe('By part; empty where no pairs were asked for.'),
  })
  .describe('Statistics of the open parts.');

/** What analysis found, by part. */
export type AnalysisResult = z.infer<typeof analysisResult>;
