import { z } from 'zod';

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
  })
  .prefault({})
  .describe('What is counted and shown of the data.');
