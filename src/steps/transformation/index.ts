import type { StageDefinition } from '../../pipeline/index.ts';
import { planTransformation } from './plan.ts';

/** Transformation: columns to features, fitted on the training part alone. */
export const transformation: StageDefinition = {
  stage: 'transformation',
  plan: planTransformation,
  run: async (context) => (await import('./run.ts')).runTransformation(context),
};
