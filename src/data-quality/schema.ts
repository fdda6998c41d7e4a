import { z } from 'zod';
import { textFormats } from './text-formats.ts';

const columnTypes = ['boolean', 'int64', 'float64', 'string', 'date', 'timestamp'] as const;

const bound = z.union([z.number(), z.string()]);

const column = z.strictObject({
  type: z.enum(columnTypes).describe('The type of the column; whole numbers fit into float64.'),
  description: z.string().optional().describe('What the column says.'),
  required: z.boolean().default(true).describe('Whether the column must be there.'),
  nullable: z.boolean().default(false).describe('Whether values may be missing.'),
  presence: z.number().min(0).max(1).optional().describe('With nullable: share of the rows that must have a value.'),
  domain: z
    .array(z.union([z.string(), z.number(), z.boolean()]))
    .optional()
    .describe('The values that there may be.'),
  min: bound.optional().describe('Smallest value; an ISO text for dates and timestamps.'),
  max: bound.optional().describe('Largest value; an ISO text for dates and timestamps.'),
  nan: z.boolean().default(false).describe('Whether a float64 may be NaN or infinite.'),
  format: z.enum(textFormats).optional().describe('What every text must be.'),
  unique: z.boolean().optional().describe('Whether no two rows may have one value.'),
});

/** The expected columns of a table, as people keep them in a file. */
export const tableSchemaFile = z
  .strictObject({
    schema: z.literal(1).describe('The version of the form.'),
    rows: z
      .strictObject({ min: z.number().int().optional(), max: z.number().int().optional() })
      .optional()
      .describe('How many rows there may be.'),
    columns: z.record(z.string(), column),
    additional: z.enum(['allow', 'warn', 'refuse']).default('warn').describe('Columns that are not listed.'),
  })
  .describe('The expected columns of a dataset.');

/** The expected columns of a table. */
export type DataSchema = z.infer<typeof tableSchemaFile>;

/** What is expected of a column. */
export type ColumnSchema = DataSchema['columns'][string];
