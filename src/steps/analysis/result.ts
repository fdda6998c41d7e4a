import { z } from 'zod';
import {
  driftDistances,
  outlyingRows,
  sliceStatistics,
  tablePairs,
  tableStatistics,
  weightedStatistics,
} from '../../data-quality/index.ts';

const columnDrift = z.strictObject({
  name: z.string(),
  judgedBy: z.enum(driftDistances),
  distance: z.number().nullable().describe('Null where a side has nothing to compare.'),
  threshold: z.number().describe('A distance below it is no drift, however certain it is.'),
  pValue: z.number().min(0).max(1).describe("By Holm's method over the columns of the part."),
  drifted: z.boolean(),
});

/** How far a part is from the training part. */
const partDrift = z
  .strictObject({
    falseAlarmRate: z.number().describe('The chance that any column of two parts of equal data is called drifted.'),
    leftOut: z.array(z.string()).describe('Columns that name rows, or by which the parts were divided.'),
    columns: z.array(columnDrift),
  })
  .describe('The training part is the reference.');

/** What analysis found, by part. */
export const analysisResult = z
  .strictObject({
    label: z.string().nullable().describe('The column to be learnt, where there is a single one.'),
    parts: z.record(z.string(), tableStatistics),
    slices: z.record(z.string(), z.array(sliceStatistics)).describe('By part; one entry a slice.'),
    weighted: z.record(z.string(), weightedStatistics).describe('By part; empty where no weight was named.'),
    outlyingRows: z
      .record(z.string(), outlyingRows)
      .describe('By part; empty where no isolation forest was asked for.'),
    drift: z
      .record(z.string(), partDrift)
      .describe('By open part but the training part; empty where none was asked for.'),
    pairs: z.record(z.string(), tablePairs).describe('By part; empty where no pairs were asked for.'),
  })
  .describe('Statistics of the open parts.');

/** What analysis found, by part. */
export type AnalysisResult = z.infer<typeof analysisResult>;
/** How far a part is from the training part. */
export type PartDrift = z.infer<typeof partDrift>;
