import type { Fingerprint } from '../pipeline/index.ts';
import { fingerprintIngestion } from './ingestion/fingerprint.ts';
import { fingerprintValidation } from './validation/fingerprint.ts';

/**
 * What the steps of each stage read from outside the record; a stage that is not here reads nothing. Apart from `stages`:
 * to look a step up in the record no stage need be loaded.
 */
export const fingerprints: ReadonlyMap<string, Fingerprint> = new Map([
  ['ingestion', fingerprintIngestion],
  ['validation', fingerprintValidation],
]);
