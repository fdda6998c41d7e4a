import { z } from 'zod';
import { historyJudgement, leakageFinding } from '../../data-quality/index.ts';

const count = z.number().int().nonnegative();

const limits = {
  timeoutMs: z.number().describe('How long it could take.'),
  memoryBytes: z.number().describe('How much memory it could use.'),
};
/** What a check of the project's own was carried out by. */
const own = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.enum(['sql', 'failing']), sql: z.string(), ...limits }),
  z.strictObject({ kind: z.literal('python'), module: z.string(), function: z.string(), ...limits }),
  z.strictObject({ kind: z.literal('typescript'), file: z.string(), export: z.string(), ...limits }),
]);

const check = z.strictObject({
  that: z.string().describe("The check; of one of the project's own with its SQL or function."),
  own: own.nullable().describe("By what a check of the project's own was carried out; null for all others."),
  kind: z
    .enum(['row', 'unique', 'order', 'table'])
    .nullable()
    .describe('What it is about; null where it cannot be carried out.'),
  where: z.string().nullable(),
  severity: z.enum(['fail', 'warn']),
  of: z.enum(['present', 'all']).describe('Whether a row of which it says nothing is left out, or fails.'),
  why: z.string(),
  tolerance: z
    .union([z.number(), z.strictObject({ rows: count })])
    .describe('How many rows may fail: a share of those that it is about, or so many.'),
  outcome: z.enum(['passed', 'failed', 'broken', 'unjudged']),
  rowCount: count.describe('Rows that the check is about.'),
  failingCount: count.describe('Rows that fail; 0 or 1 for a check over the whole table.'),
  missingCount: count.describe('Rows of which the check says nothing, because a value is missing.'),
  measured: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))
    .describe('The values of the whole table that it names; null where there is none.'),
  judged: historyJudgement.optional().describe('Of a check that is held against earlier runs: how it was judged.'),
  examples: z.array(z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))),
  message: z.string(),
  at: z
    .strictObject({ start: count, end: count })
    .nullable()
    .describe('Of a broken check the part of it that is wrong, in UTF-16 offsets; null where that is not known.'),
});

const anomaly = z.strictObject({
  id: z.string().describe('Of the column and the reason.'),
  column: z.string().nullable(),
  reason: z.string().describe('The reason code, as in TensorFlow Data Validation where it has one.'),
  severity: z.enum(['fail', 'warn']),
  message: z.string(),
  measured: z.json().describe('What was found: a count, a share, a bound, a type.'),
  threshold: z.json().describe('What the schema allows of it.'),
  rowCount: count.nullable(),
  examples: z
    .array(z.strictObject({ value: z.string(), count }))
    .describe('The most frequent values of the affected rows.'),
  failingRows: z
    .string()
    .nullable()
    .describe('SQL for the affected rows; the table is called by the name of the part.'),
  patch: z
    .strictObject({ path: z.array(z.string()), value: z.json() })
    .nullable()
    .describe('What to set in the schema, and where, so that it allows what was seen; the value null removes the key.'),
});

/** What validation found, by part. */
export const validationReport = z
  .strictObject({
    verdict: z.enum(['valid', 'invalid']),
    schema: z.string().nullable().describe('The schema file that the parts were held to.'),
    asOf: z.string().nullable().describe('The moment that now() stood for; null where no check asks for it.'),
    leakage: z.array(leakageFinding).describe('Of the open parts; empty too where nothing was looked for.'),
    parts: z.record(
      z.string(),
      z.strictObject({
        rowCount: count,
        anomalies: z.array(anomaly),
        checks: z.array(check),
        quarantinedRows: count.describe('Rows that were taken out, where that was declared.'),
      }),
    ),
  })
  .describe('Whether the open parts are what the schema and the checks say.');

/** What validation found, by part. */
export type ValidationReport = z.infer<typeof validationReport>;
