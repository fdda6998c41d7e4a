import { z } from 'zod';

/** Which columns the model may see. */
export const featuresSection = z
  .strictObject({
    include: z.array(z.string()).nullish().describe('Only these columns.'),
    exclude: z.array(z.string()).default([]).describe('All but these: what the label was made from must not be seen.'),
  })
  .prefault({})
  .transform((written) => ({ include: written.include ?? null, exclude: written.exclude }))
  .describe('Which columns the model may see; default all but label, key and time.');
