import type { StageDefinition } from '../../pipeline/index.ts';
import { planAnalysis } from './plan.ts';
import { planInspection } from './plan-inspection.ts';

/** Inspection: what each step takes away of the groups of some columns. Planned behind all other steps. */
export const inspection: StageDefinition = {
  stage: 'inspection',
  plan: planInspection,
  run: async (context) => (await import('./run-inspection.ts')).runInspection(context),
};

/** Analysis: what the open parts hold. */
export const analysis: StageDefinition = {
  stage: 'analysis',
  plan: planAnalysis,
  run: async (context) => (await import('./run.ts')).runAnalysis(context),
};
