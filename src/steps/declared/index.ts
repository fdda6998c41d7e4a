import { assert } from '../../errors/index.ts';
import type { StageDefinition } from '../../pipeline/index.ts';
import { planDeclared } from './plan.ts';

/** The project's own steps. They are carried out by their implementations, never by this stage. */
export const declared: StageDefinition = {
  stage: 'steps',
  plan: planDeclared,
  run: async (context) => assert(false, `${context.step} is the project's own step and has its own implementation`),
};
