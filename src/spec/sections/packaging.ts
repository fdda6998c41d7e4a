import { z } from 'zod';
import { bytes } from './quantities.ts';

/** What a release makes of the model. */
export const packagingSection = z
  .strictObject({
    name: z.string().optional().describe('Name in the registry; default the name of the declaration.'),
    format: z
      .union([z.enum(['mlmodel', 'onnx']).transform((one) => [one]), z.array(z.enum(['mlmodel', 'onnx']))])
      .default(['mlmodel'])
      .describe('mlmodel: a directory that MLflow loads; onnx.'),
    tolerance: z
      .number()
      .min(0)
      .default(1e-5)
      .describe(
        'How far a converted model may differ from the original, as the largest absolute difference of scores.',
      ),
    resources: z
      .strictObject({
        cpu: z.number().positive().optional().describe('Cores.'),
        memory: bytes.optional().describe('Memory, for example 512Mi.'),
        gpu: z.string().optional().describe('A graphics processor by its name.'),
      })
      .default({})
      .describe('What the model needs to run.'),
    requirements: z.array(z.string()).default([]).describe('Python requirements beside those that are found out.'),
  })
  .prefault({})
  .describe('What a release makes of the model.');
