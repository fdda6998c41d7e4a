import type { StageDefinition } from '../../pipeline/index.ts';
import { planTraining } from './plan.ts';

/** Training: the project's own code makes the model; a search tries several and chooses. */
export const training: StageDefinition = {
  stage: 'training',
  plan: planTraining,
  run: async (context) => (await import('./run.ts')).runSelection(context),
};
