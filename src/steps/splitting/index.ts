import type { StageDefinition } from '../../pipeline/index.ts';
import { planSplitting } from './plan.ts';

/** Splitting: every row to one part, sealed parts encrypted. */
export const splitting: StageDefinition = {
  stage: 'splitting',
  plan: planSplitting,
  run: async (context) => (await import('./run.ts')).runSplitting(context),
};
