import { assert } from '../errors/index.ts';
import type { PublishedOutput } from './events.ts';
import type { PlanStep, PortSource } from './plan.ts';
import type { RunContext } from './run-context.ts';

/** An artifact that a step will read, and where it came from. */
export interface ResolvedInput extends PublishedOutput {
  readonly from: PortSource;
}

/** The artifacts at each input port of a step. Ports whose sources were all skipped, if optional, are empty. */
export type ResolvedInputs = Readonly<Record<string, readonly ResolvedInput[]>>;

/** Looks the inputs of a step up among the outcomes of this run. Reads nothing else. */
export function resolveInputs(step: PlanStep, context: RunContext): ResolvedInputs {
  return Object.fromEntries(
    Object.entries(step.inputs).map(([port, input]) => [
      port,
      input.sources.flatMap((source) => resolveSource(step, source, context)),
    ]),
  );
}

function resolveSource(step: PlanStep, source: PortSource, context: RunContext): ResolvedInput[] {
  const outcome = context.outcomes.get(source.step);
  assert(outcome !== undefined, `${step.name} was started before ${source.step} ended`);
  const output = outcome.outputs[source.port];
  return output === undefined ? [] : [{ ...output, from: source }];
}
