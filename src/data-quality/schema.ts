import { z } from 'zod';
import type { ColumnStatistics, TableStatistics } from './statistics.ts';

const columnTypes = ['boolean', 'int64', 'float64', 'string', 'date', 'timestamp'] as const;
const maximumDomain = 100;
const maximumDomainText = 100;
const rowsForDomain = 100;

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

/**
 * A first schema for what was seen: types, whether values are missing or NaN, and the values of texts with at most a
 * hundred of them where enough rows speak for that. Ranges and presence are left open: a part shows what was, not
 * what may be. It accepts what it was made from.
 */
export function inferSchema(statistics: TableStatistics): DataSchema {
  const columns = statistics.columns.map((one): [string, ColumnSchema] => [one.name, inferColumn(one)]);
  return { schema: 1, columns: Object.fromEntries(columns), additional: 'warn' };
}

function inferColumn(statistics: ColumnStatistics): ColumnSchema {
  const { numbers, top, distinctCount } = statistics;
  const isCategory =
    statistics.type === 'string' &&
    distinctCount > 0 &&
    distinctCount <= maximumDomain &&
    distinctCount === top.length &&
    top.every(({ value }) => String(value).length <= maximumDomainText) &&
    statistics.rowCount >= rowsForDomain;
  const strange =
    numbers === null ? 0 : numbers.nanCount + numbers.positiveInfinityCount + numbers.negativeInfinityCount;
  return {
    type: statistics.type,
    required: true,
    nullable: statistics.missingCount > 0,
    nan: strange > 0,
    ...(isCategory ? { domain: top.map((one) => String(one.value)).sort() } : {}),
  };
}
