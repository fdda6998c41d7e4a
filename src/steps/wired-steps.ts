import type { PlanStep } from '../pipeline/index.ts';
import type { WiredStep } from '../provenance/index.ts';

/** The steps of a plan as far as their wiring goes, by name. */
export function wiredSteps(steps: readonly PlanStep[]): ReadonlyMap<string, WiredStep> {
  return new Map(
    steps.map(({ name, stage, inputs, component }) => [
      name,
      { name, stage, inputs, isBuiltIn: component.kind === 'builtin' },
    ]),
  );
}
