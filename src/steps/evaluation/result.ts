import { z } from 'zod';

const interval = z.strictObject({ low: z.number(), high: z.number(), confidence: z.number(), method: z.string() });
const measured = z.strictObject({ value: z.number().nullable(), interval: interval.nullable() });
const measurements = z.record(z.string(), measured);

/** What evaluation measured. */
export const evaluationResult = z
  .strictObject({
    on: z.string(),
    rowCount: z.number().int().nonnegative(),
    classes: z.array(z.union([z.string(), z.number(), z.boolean()])).nullable(),
    threshold: z.number().nullable(),
    metrics: measurements.describe('Of the model, overall.'),
    baselines: z.record(z.string(), measurements).describe('Of the baselines, by name.'),
    slices: z.array(
      z.strictObject({ slice: z.string(), value: z.string(), rowCount: z.number().int(), metrics: measurements }),
    ),
    slicesLeftOut: z
      .record(z.string(), z.number().int())
      .describe('Values of a slice beyond the largest fifty, by slice.'),
    confusion: z.array(z.array(z.number())).nullable().describe('Rows: actual; columns: predicted.'),
    curves: z.json().nullable(),
    overfitting: z
      .strictObject({
        metric: z.string(),
        trainRowCount: z.number().int().describe('Rows of the training part that were predicted.'),
        train: measured,
        part: measured,
        gap: measured.describe('How much better on the training part; above 0: better.'),
        mostGap: z.number().describe('How much better the model may be there.'),
        verdict: z
          .enum(['fine', 'unclear', 'overfitted'])
          .describe('overfitted: the whole interval of the gap lies above that; fine: nothing of it does.'),
      })
      .optional()
      .describe('Absent where training rows were not predicted.'),
    importance: z.array(z.strictObject({ feature: z.string(), drop: z.number(), metric: z.string() })).nullable(),
    latency: z
      .record(
        z.string(),
        z.strictObject({
          requestCount: z.number().int(),
          meanMs: z.number(),
          p50Ms: z.number(),
          p90Ms: z.number(),
          p95Ms: z.number(),
          p99Ms: z.number(),
        }),
      )
      .nullable()
      .describe('Requests of one row, by model; null where no objective names a latency. Depends on the machine.'),
    objectives: z
      .record(
        z.string(),
        z.strictObject({
          that: z.string(),
          gate: z.string(),
          value: z.number().nullable(),
          interval: interval.nullable(),
          met: z.boolean().nullable().describe('Whether the value meets it.'),
          sure: z.boolean().describe('Whether the whole interval says the same as the value.'),
          reason: z.string().nullable().describe('Why it was not measured; null where it was.'),
        }),
      )
      .describe('Objectives measured on this part: estimates, no certificates. Null: not measured.'),
  })
  .describe('What evaluation measured.');

/** What evaluation measured. */
export type EvaluationResult = z.infer<typeof evaluationResult>;
