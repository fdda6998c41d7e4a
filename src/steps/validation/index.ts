import type { StageDefinition } from '../../pipeline/index.ts';
import { planValidation } from './plan.ts';

/** Validation: whether the data are what the schema and the checks say. */
export const validation: StageDefinition = {
  stage: 'validation',
  plan: planValidation,
  run: async (context) => (await import('./run.ts')).runValidation(context),
};
