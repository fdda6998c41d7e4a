import type { StageDefinition } from '../../pipeline/index.ts';
import { planTesting } from './plan.ts';

/** Testing: gates on sealed parts, one bit each. */
export const testing: StageDefinition = {
  stage: 'testing',
  plan: planTesting,
  run: async (context) => (await import('./run.ts')).runGate(context),
};
