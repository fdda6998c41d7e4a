import type { StageDefinition } from '../../pipeline/index.ts';
import { planPackaging } from './plan.ts';

/** Packaging: the model with its transformation as one directory that MLflow loads, checked against the original. */
export const packaging: StageDefinition = {
  stage: 'packaging',
  plan: planPackaging,
  run: async (context) => (await import('./run.ts')).runPackaging(context),
};
