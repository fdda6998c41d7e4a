import { z } from 'zod';

const difference = z.strictObject({
  rowCount: z.number().int().nonnegative(),
  maximum: z.number().nonnegative().describe('The largest absolute difference of a score or predicted number.'),
  mean: z.number().nonnegative(),
});

const check = z.union([
  z.strictObject({ checked: z.literal(true), difference, tolerance: z.number().nonnegative() }),
  z.strictObject({ checked: z.literal(false), reason: z.string() }),
]);

/** What was packaged, and how it was checked against the original model. */
export const packagingReport = z
  .strictObject({
    name: z.string(),
    library: z.string(),
    formats: z.array(z.enum(['mlmodel', 'onnx'])),
    on: z.string().describe('The part that the package was checked on.'),
    mlmodel: check.describe('Raw rows through the transformation and the model in Python, against the original.'),
    onnx: z
      .strictObject({ converter: z.string(), check })
      .nullable()
      .describe('Null where the format was not asked for.'),
    requirements: z.array(z.string()),
  })
  .describe('What was packaged, and how it was checked against the original model.');

/** What was packaged, and how it was checked. */
export type PackagingReport = z.infer<typeof packagingReport>;

/** One check of a package. */
export type PackagingCheck = z.infer<typeof check>;

/** How far answers lie apart. */
export type Difference = z.infer<typeof difference>;
