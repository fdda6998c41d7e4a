import { z } from 'zod';
import {
  driftDistances,
  groupCounts,
  groupLoss,
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

const tableName = z.string().describe('STEP.PORT.');

/** What inspection counted and found. */
export const inspectionReport = z
  .strictObject({
    mostLoss: z.number().describe('A smaller loss of a share, relative to what it was, is none.'),
    falseAlarmRate: z
      .number()
      .describe('The chance that any group is told where rows leave whatever group they are of.'),
    columns: z.array(
      z.strictObject({
        column: z.string(),
        tables: z
          .array(
            z.strictObject({
              table: tableName,
              knownBy: z
                .enum(['column', 'row', 'key'])
                .describe('The column itself; or what it was in the part, by the place of the row or by the key.'),
              counts: groupCounts,
            }),
          )
          .describe('Every table in which the groups could be counted, in the order in which steps make them.'),
        sources: z
          .array(z.strictObject({ source: z.string(), before: groupCounts, after: groupCounts }))
          .describe('Around the query of ingestion, over rows of open parts alone.'),
      }),
    ),
    losses: z.array(
      z.strictObject({
        step: z.string(),
        table: tableName.describe('The table that has lost rows of the group.'),
        from: z.array(tableName).describe('What it was made from.'),
        column: z.string(),
        ...groupLoss.shape,
        message: z.string(),
      }),
    ),
    notTold: z
      .array(
        z.strictObject({
          table: z.string(),
          column: z.string().nullable().describe('Null: none of them.'),
          reason: z.string(),
        }),
      )
      .describe('Where the groups could not be counted, and why.'),
  })
  .describe('The groups of columns after every step, and those that a step took away.');

/** What inspection counted and found. */
export type InspectionReport = z.infer<typeof inspectionReport>;

/** What analysis found, by part. */
export type AnalysisResult = z.infer<typeof analysisResult>;
/** How far a part is from the training part. */
export type PartDrift = z.infer<typeof partDrift>;
