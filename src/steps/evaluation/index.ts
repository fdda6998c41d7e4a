import type { StageDefinition } from '../../pipeline/index.ts';
import { planEvaluation } from './plan.ts';

/** Evaluation: how good the model is on an open part. */
export const evaluation: StageDefinition = {
  stage: 'evaluation',
  plan: planEvaluation,
  run: async (context) => (await import('./run.ts')).runEvaluation(context),
};
