import type { ResolvedSpec } from '../document.ts';
import type { DeclaredStep } from '../sections/steps.ts';

/** A declared step and where it stands. */
export interface StepPlace {
  readonly path: readonly string[];
  readonly step: DeclaredStep;
}

/** Every declared step with its path, those of sub-pipelines included. */
export function* allSteps(
  steps: ResolvedSpec['steps'] | DeclaredStep['steps'],
  path: readonly string[] = ['steps'],
): Generator<StepPlace> {
  for (const [name, step] of Object.entries(steps ?? {})) {
    yield { path: [...path, name], step };
    if (step.steps !== null) yield* allSteps(step.steps, [...path, name, 'steps']);
  }
}
