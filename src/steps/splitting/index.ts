import type { StageDefinition } from '../../pipeline/index.ts';
import { planSplitting } from './plan.ts';

/** Splitting: every row to one part, sealed parts encrypted; rows of the training part to folds. */
export const splitting: StageDefinition = {
  stage: 'splitting',
  plan: planSplitting,
  run: async (context) =>
    'folds' in context.params
      ? (await import('./folds/run-folds.ts')).runFolds(context)
      : (await import('./run.ts')).runSplitting(context),
};
