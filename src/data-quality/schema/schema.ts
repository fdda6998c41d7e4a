import { z } from 'zod';
import { PlatformError } from '../../errors/index.ts';
import { driftDistances } from '../drift/drift.ts';
import { textFormats } from '../text-formats.ts';
import { type AnomalyReason, anomalyReasons } from './anomaly-reasons.ts';

const columnTypes = ['boolean', 'int64', 'float64', 'string', 'date', 'timestamp'] as const;

/** How far a column is in its life. Those that are not yet, or no longer, part of a product may be there or not, and are not looked at. */
const stages = ['planned', 'alpha', 'beta', 'production', 'deprecated', 'debug'] as const;
const stagesInUse: readonly (typeof stages)[number][] = ['beta', 'production'];

/** Whether columns of a stage are looked at. */
export function isStageInUse(stage: (typeof stages)[number]): boolean {
  return stagesInUse.includes(stage);
}

/** What the severity of can be set: all that `additional` does not say already. */
const reasonsWithSeverity = anomalyReasons.filter((reason) => reason !== 'SCHEMA_NEW_COLUMN');

const bound = z.union([z.number(), z.string()]);
const count = z.number().int().nonnegative();
const severity = z.enum(['fail', 'warn']);

const drift = z
  .strictObject({
    distance: z.enum(driftDistances).default('psi').describe('What the column is judged by.'),
    threshold: z
      .number()
      .positive()
      .optional()
      .describe('A smaller distance is no drift; default that of the distance.'),
  })
  .describe('How far the column may be from that of an older table.');

const column = z.strictObject({
  type: z.enum(columnTypes).describe('The type of the column; whole numbers fit into float64.'),
  description: z.string().optional().describe('What the column says.'),
  stage: z.enum(stages).optional().describe('How far the column is in its life; default production.'),
  environments: z.array(z.string()).optional().describe('The environments that have the column; default all.'),
  severity: severity.optional().describe('How much what is wrong with the column matters; default fail.'),
  required: z.boolean().default(true).describe('Whether the column must be there.'),
  nullable: z.boolean().default(false).describe('Whether values may be missing.'),
  presence: z.number().min(0).max(1).optional().describe('With nullable: share of the rows that must have a value.'),
  min_present: count.optional().describe('How many rows must have a value.'),
  domain: z
    .array(z.union([z.string(), z.number(), z.boolean()]))
    .optional()
    .describe('The values that there may be.'),
  domain_share: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe('Share of the values that must be in the domain; default 1.'),
  min: bound.optional().describe('Smallest value; an ISO text for dates and timestamps.'),
  max: bound.optional().describe('Largest value; an ISO text for dates and timestamps.'),
  nan: z.boolean().default(false).describe('Whether a float64 may be NaN or infinite.'),
  format: z.enum(textFormats).optional().describe('What every text must be.'),
  unique: z.boolean().optional().describe('Whether no two rows may have one value.'),
  distinct: z
    .strictObject({ min: count.optional(), max: count.optional() })
    .optional()
    .describe('How many different values there may be.'),
  drift: drift.optional(),
  skew: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe('Share of the rows whose value may differ from that of the row with the same key in an older table.'),
});

/** The expected columns of a table, as people keep them in a file. */
export const tableSchemaFile = z
  .strictObject({
    schema: z.literal(1).describe('The version of the form.'),
    rows: z
      .strictObject({
        min: z.number().int().optional(),
        max: z.number().int().optional(),
        min_ratio: z.number().nonnegative().optional().describe('By the rows of an older table.'),
        max_ratio: z.number().nonnegative().optional().describe('By the rows of an older table.'),
      })
      .optional()
      .describe('How many rows there may be.'),
    environments: z.array(z.string()).optional().describe('Where such data are met, for example training and serving.'),
    severity: z
      .partialRecord(z.enum(reasonsWithSeverity), severity)
      .optional()
      .describe('How much a reason matters in any column; default fail.'),
    columns: z.record(z.string(), column),
    additional: z.enum(['allow', 'warn', 'refuse']).default('warn').describe('Columns that are not listed.'),
  })
  .superRefine(({ environments = [], columns }, context) => {
    for (const [name, { environments: its = [] }] of Object.entries(columns))
      for (const [at, environment] of its.entries()) {
        if (environments.includes(environment)) continue;
        const message = `expected one of the environments of the schema (${environments.join(', ') || 'it names none'}), found ${environment}`;
        context.addIssue({ code: 'custom', message, path: ['columns', name, 'environments', at], input: environment });
      }
  })
  .describe('The expected columns of a dataset.');

/** The expected columns of a table. */
export type DataSchema = z.infer<typeof tableSchemaFile>;

/** What is expected of a column. */
export type ColumnSchema = DataSchema['columns'][string];

/**
 * The columns of a schema that are looked at: those in use, of the environment. Of another column nothing is asked.
 * @param environment one of the schema's, or null: all of them
 * @throws PlatformError CONFIG_BAD_VALUE where the schema has no such environment
 */
export function columnsInForce(schema: DataSchema, environment: string | null): Map<string, ColumnSchema> {
  const known = schema.environments ?? [];
  if (environment !== null && !known.includes(environment))
    throw new PlatformError('CONFIG_BAD_VALUE', {
      message: `expected an environment of the schema (${known.join(', ') || 'it names none'}), found ${environment}`,
    });
  return new Map(
    Object.entries(schema.columns).filter(
      ([, { stage = 'production', environments }]) =>
        isStageInUse(stage) &&
        (environment === null || environments === undefined || environments.includes(environment)),
    ),
  );
}

/** How much a reason matters: what the column says, else what the schema says of the reason, else `fail`. */
export function severityOf(schema: DataSchema, column: string | null, reason: AnomalyReason): 'fail' | 'warn' {
  const ofColumn = column === null ? undefined : schema.columns[column]?.severity;
  return ofColumn ?? (reason === 'SCHEMA_NEW_COLUMN' ? undefined : schema.severity?.[reason]) ?? 'fail';
}
