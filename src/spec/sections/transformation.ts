import { z } from 'zod';
import { names } from './quantities.ts';

/** How columns become features. Every key is a feature, its value an expression; `outliers` and `passthrough` are settings. */
export const transformationSection = z
  .object({
    outliers: z
      .strictObject({
        columns: names.optional().describe('Default: every column of numbers.'),
        method: z
          .enum(['tukey', 'robust_z'])
          .default('tukey')
          .describe('tukey: quartiles and their distance; robust_z: median and its deviation.'),
        factor: z.number().positive().default(3).describe('How far out a value may lie, in units of the method.'),
      })
      .optional()
      .describe('Rows of the training part that are left out as outliers; counted in the record.'),
    passthrough: z
      .boolean()
      .optional()
      .describe('Columns without an expression stay as they are; default true where no feature is declared.'),
  })
  .catchall(z.string().describe('An expression over the columns, for example standardize(log1p(distance)).'))
  .prefault({})
  .transform((written) => {
    const { outliers, passthrough, ...features } = written;
    return {
      features: features as Record<string, string>,
      outliers:
        outliers === undefined
          ? null
          : { columns: outliers.columns ?? null, method: outliers.method, factor: outliers.factor },
      passthrough: passthrough ?? Object.keys(features).length === 0,
    };
  })
  .describe('How columns become features: each key is a feature, its value an expression.');
