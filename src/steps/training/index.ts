import type { StageDefinition } from '../../pipeline/index.ts';
import { planTraining } from './plan.ts';
import { planRefits } from './refits/plan.ts';

/** Refits: the model fitted again on fewer rows and on shuffled labels. Planned behind evaluation. */
export const refitting: StageDefinition = {
  stage: 'refitting',
  plan: planRefits,
  run: async (context) => (await import('./refits/run.ts')).runRefitting(context),
};

/** Training: the project's own code makes the model; a search tries several and chooses; folds tell how good it is on other rows. */
export const training: StageDefinition = {
  stage: 'training',
  plan: planTraining,
  run: async (context) => {
    if ('classWeights' in context.params) return (await import('./run-rows.ts')).runRows(context);
    if ('folds' in context.params) return (await import('./summarize-folds.ts')).summarizeFolds(context);
    return (await import('./run.ts')).runSelection(context);
  },
};
