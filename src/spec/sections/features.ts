import { z } from 'zod';
import { names } from './quantities.ts';

/** Which columns the model may see. */
export const featuresSection = z
  .strictObject({
    include: z.array(z.string()).nullish().describe('Only these columns.'),
    exclude: z.array(z.string()).default([]).describe('All but these: what the label was made from must not be seen.'),
    forbidden: names
      .default([])
      .describe(
        'Columns that no feature may be made of, however often renamed: a declaration or query that does so is refused.',
      ),
  })
  .prefault({})
  .transform((written) => ({
    include: written.include ?? null,
    exclude: written.exclude,
    forbidden: written.forbidden,
  }))
  .describe('Which columns the model may see; default all but label, key and time.');
