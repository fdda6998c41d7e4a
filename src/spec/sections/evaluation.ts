import { z } from 'zod';
import { slice } from './analysis.ts';

/** How the model is measured on an open part. */
export const evaluationSection = z
  .strictObject({
    on: z.string().default('validation').describe('The part.'),
    slices: z
      .array(slice)
      .default([])
      .describe('Groups of rows with figures of their own: a column, or {column: [edges]}.'),
    metrics: z.array(z.string()).default([]).describe('Further metrics; those of the task are always there.'),
    explain: z
      .array(z.enum(['permutation_importance']))
      .default([])
      .describe('Explanations to make.'),
  })
  .prefault({})
  .describe('How the model is measured on an open part.');
