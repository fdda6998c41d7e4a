import type { StageDefinition } from '../../pipeline/index.ts';
import type { ValidationParams } from './plan.ts';
import { planValidation } from './plan.ts';

/** Validation: whether the data are what the schema and the checks say. */
export const validation: StageDefinition = {
  stage: 'validation',
  plan: planValidation,
  fingerprint: async (params, files) => {
    const { schema } = params as unknown as ValidationParams;
    return schema === null ? {} : { [`file:${schema}`]: (await files.digest(schema)) ?? 'absent' };
  },
  run: async (context) => (await import('./run.ts')).runValidation(context),
};
