import type { StageDefinition } from '../../pipeline/index.ts';
import { planAnalysis } from './plan.ts';

/** Analysis: what the open parts hold. */
export const analysis: StageDefinition = {
  stage: 'analysis',
  plan: planAnalysis,
  run: async (context) => (await import('./run.ts')).runAnalysis(context),
};
