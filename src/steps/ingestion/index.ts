import type { StageDefinition } from '../../pipeline/index.ts';
import { planIngestion } from './plan.ts';

/** Ingestion: from the declared sources to one dataset. */
export const ingestion: StageDefinition = {
  stage: 'ingestion',
  plan: planIngestion,
  run: async (context) => (await import('./run.ts')).runIngestion(context),
};
