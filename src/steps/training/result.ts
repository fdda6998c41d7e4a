import { z } from 'zod';
import { foldMetrics } from '../fold-metrics.ts';

/** What a search tried, what came of it, and what was chosen. */
export const searchReport = z
  .strictObject({
    objective: z.string(),
    direction: z.enum(['maximize', 'minimize']),
    trials: z.array(
      z.strictObject({ step: z.string(), params: z.record(z.string(), z.json()), value: z.number().nullable() }),
    ),
    best: z.string(),
    note: z.string(),
  })
  .describe('A search over parameters and its result.');

const measured = z.strictObject({
  value: z.number().nullable(),
  interval: z
    .strictObject({ low: z.number(), high: z.number(), confidence: z.number(), method: z.string() })
    .nullable(),
});

/** What came of fitting the model again. */
export const refitReport = z
  .strictObject({
    on: z.string(),
    curve: z
      .strictObject({
        metric: z.string(),
        points: z
          .array(z.strictObject({ share: z.number(), rowCount: z.number().int(), measured }))
          .describe('By rising share; the last is the model itself.'),
        verdict: z.enum(['rising', 'flat', 'falling', 'unclear']).describe('Of the last step: whether more rows help.'),
      })
      .nullable(),
    shuffled: z
      .strictObject({
        metric: z.string(),
        constant: z.number().describe('What the best constant answer comes to on these rows.'),
        own: measured.describe('The model itself.'),
        refits: z.array(measured).describe('Fitted on shuffled labels.'),
        pValue: z
          .number()
          .min(0)
          .max(1)
          .describe('The share of all fits, the model among them, that are as good as it.'),
        verdict: z
          .enum(['learnt', 'nothing_learnt', 'leaks', 'unclear'])
          .describe('leaks: what was fitted on shuffled labels knows the labels of rows that it has not seen.'),
      })
      .nullable(),
  })
  .describe('What came of fitting the model again, on fewer rows and on shuffled labels.');

/** What came of fitting the model again. */
export type RefitReport = z.infer<typeof refitReport>;

/** What a search tried. */
export type SearchReport = z.infer<typeof searchReport>;

const interval = z.strictObject({ low: z.number(), high: z.number(), confidence: z.number(), method: z.string() });

/** What a model is measured at over folds. */
export const crossValidation = z
  .strictObject({
    metric: z.string().nullable().describe('The metric by whose mean a search chooses; null where there is none.'),
    objective: z.number().nullable().describe('That mean.'),
    folds: z.array(foldMetrics.extend({ step: z.string() })),
    metrics: z.record(
      z.string(),
      z.strictObject({
        mean: z.number().nullable().describe('Over all folds, each counting the same; null where one has no value.'),
        deviation: z.number().nullable().describe('Of the folds, as of a sample (n - 1).'),
        interval: interval.nullable().describe('Of the mean, for rows like these: about right, and mostly wide.'),
        undefinedFolds: z.array(z.number().int()),
      }),
    ),
  })
  .describe('Metrics of a model that was trained without each fold in turn, on what that fold holds out.');

/** What a model is measured at over folds. */
export type CrossValidation = z.infer<typeof crossValidation>;

const rowCount = z.number().int().nonnegative();

/** How the rows of a training part were sampled and weighed. */
export const rowsReport = z
  .strictObject({
    sampling: z
      .strictObject({
        direction: z.enum(['up', 'down']),
        column: z.string(),
        ratio: z.number(),
        seed: z.number().int(),
        values: z
          .array(z.strictObject({ value: z.string(), before: rowCount, after: rowCount }))
          .describe('Rows by value of the column, as text; rows without one are left as they are.'),
      })
      .nullable(),
    classWeights: z
      .array(z.strictObject({ value: z.string(), rowCount, weight: z.number().positive() }))
      .nullable()
      .describe('What a row of each class counts, over the rows that are trained on.'),
  })
  .describe('How the rows of a training part were sampled and weighed before a model was trained on them.');

/** How the rows of a training part were sampled and weighed. */
export type RowsReport = z.infer<typeof rowsReport>;
