import { z } from 'zod';
import { slice } from './analysis.ts';
import { share } from './quantities.ts';

/** How much better a model may be on its training rows, where nothing is said. */
const usualGap = 0.1;
const severity = z.enum(['warn', 'fail', 'none']);

const overfitting = z
  .union([
    severity,
    z.strictObject({
      severity: severity
        .default('warn')
        .describe('Whether an overfitted model warns or fails; none: the training rows are not predicted.'),
      metric: z
        .string()
        .nullish()
        .describe('By which it is judged; default auc, or accuracy without scores, r2 of numbers, ndcg of rankings.'),
      most_gap: z
        .number()
        .positive()
        .default(usualGap)
        .describe("How much better the model may be on the training part, in the metric's unit; default 0.1."),
      learning_curve: z
        .array(share.refine((value) => value > 0 && value < 1, 'expected a share between 0 and 1'))
        .max(20)
        .default([])
        .describe('Shares of the training part on which the model is fitted again, to see whether more rows help.'),
      shuffled_labels: z
        .number()
        .int()
        .min(0)
        .max(20)
        .default(0)
        .describe(
          'How often the model is fitted again on labels that were shuffled, from which nothing can be learnt.',
        ),
    }),
  ])
  .default('none')
  .transform((written) =>
    typeof written === 'string'
      ? { severity: written, metric: null, most_gap: usualGap, learning_curve: [] as number[], shuffled_labels: 0 }
      : { ...written, metric: written.metric ?? null },
  )
  .describe('What is done where the model knows its training rows by heart: warn, fail, none, or keys below.');

/** How the model is measured on an open part. */
export const evaluationSection = z
  .strictObject({
    on: z.string().default('validation').describe('The part.'),
    slices: z
      .array(slice)
      .default([])
      .describe('Groups of rows with figures of their own: a column, or {column: [edges]}.'),
    metrics: z.array(z.string()).default([]).describe('Further metrics; those of the task are always there.'),
    explain: z
      .array(z.enum(['permutation_importance']))
      .default([])
      .describe('Explanations to make.'),
    overfitting,
  })
  .prefault({})
  .describe('How the model is measured on an open part.');
