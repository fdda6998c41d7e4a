import type { StageDefinition } from '../../pipeline/index.ts';
import { fingerprintIngestion } from './fingerprint.ts';
import { planIngestion } from './plan.ts';

/** Ingestion: from the declared sources to one dataset. */
export const ingestion: StageDefinition = {
  stage: 'ingestion',
  plan: planIngestion,
  fingerprint: fingerprintIngestion,
  run: async (context) => (await import('./run.ts')).runIngestion(context),
};
