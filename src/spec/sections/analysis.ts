import { z } from 'zod';
import { share } from './quantities.ts';

/** A slice: groups of rows by the values of a column, or by the intervals between edges. */
export const slice = z
  .union([
    z.string().transform((column) => ({ name: column, column, edges: null as number[] | null })),
    z
      .record(z.string(), z.array(z.number()).min(1))
      .refine((value) => Object.keys(value).length === 1, 'expected one column with its edges')
      .transform((value) => {
        const [column, edges] = Object.entries(value)[0]!;
        return { name: column, column, edges: edges as number[] | null };
      }),
  ])
  .describe('A column, or {column: [edges]}.');

/** How much of its share a group may lose at a step before it is told, where nothing is said. */
const usualLoss = 0.3;

const inspection = z
  .union([
    z.array(slice).min(1),
    z.strictObject({
      columns: z.array(slice).min(1).describe('The columns, or {column: [edges]}.'),
      most_loss: share
        .default(usualLoss)
        .describe('A group that loses this much of its share at a step, or more, is told; default 30 %.'),
      severity: z.enum(['warn', 'fail']).default('warn').describe('Whether such a group warns or fails.'),
    }),
  ])
  .transform((written) =>
    Array.isArray(written) ? { columns: written, most_loss: usualLoss, severity: 'warn' as const } : written,
  )
  .describe('Columns whose groups are counted after every step: which step takes one away? A list, or keys below.');

/** What is counted and shown of the data. */
export const analysisSection = z
  .strictObject({
    slices: z.array(slice).default([]).describe('Statistics are also made for each of these groups.'),
    pairs: z
      .enum(['none', 'label', 'all'])
      .default('none')
      .describe('Which columns are held against each other: each with the label, or all.'),
    weight: z
      .string()
      .nullable()
      .default(null)
      .describe('A column by which rows count: statistics are also made with it.'),
    drift: z
      .enum(['train', 'none'])
      .default('train')
      .describe('Whether the other open parts are compared with the training part, column by column.'),
    outliers: z
      .enum(['none', 'tukey', 'robust_z', 'isolation_forest'])
      .default('tukey')
      .describe('How outliers are counted.'),
    sealed: z
      .enum(['profile', 'none'])
      .optional()
      .describe(
        'profile: each gate makes statistics of its sealed part too, which the owner alone can read once the part is retired; default none.',
      ),
    inspect: inspection.nullish().describe('Columns whose groups are counted after every step, a list or keys below.'),
  })
  .prefault({})
  .describe('What is counted and shown of the data.');
