import type { ComparedOutput, Likeness } from './compare-outputs.ts';
import type { RecordedStep } from './recorded-steps.ts';

/** One step, then and now. */
export interface ReproducedStep {
  readonly step: string;
  /** `failed`: it did not end well this time; `left-out`: it was not carried out again. */
  readonly likeness: Likeness | 'failed' | 'left-out';
  readonly why: string;
  readonly outputs: readonly ComparedOutput[];
  /** What it left before. */
  readonly before: RecordedStep['outputs'];
}
