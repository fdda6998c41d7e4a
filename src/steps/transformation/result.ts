import { fittedTransformSchema } from '../../transform/index.ts';

/** The fitted transformation: what the port `transform` holds. */
export const fittedTransform = fittedTransformSchema.describe(
  'A fitted transformation: typed nodes in order of computation, with the constants that the training part gave.',
);
