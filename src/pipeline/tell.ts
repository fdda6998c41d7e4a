import { now } from '../encoding/index.ts';
import type { PlanStep } from './plan.ts';
import type { RunContext } from './run-context.ts';

/** Tells whoever watches the run that a step runs or waits, and why. */
export function tell(
  context: RunContext,
  step: PlanStep,
  said: { state: 'running' | 'waiting'; reason?: string },
): void {
  context.options.onEvent({ type: 'step', step: step.name, stage: step.stage, ...said, atMs: now() });
}
