import { canonicalJson, type JsonValue } from '../encoding/index.ts';
import { assert } from '../errors/index.ts';
import type { PublishedOutput } from './events.ts';
import type { PinnedArtifact, PlanInput, PlanStep, PortSource } from './plan.ts';
import type { RunContext } from './run-context.ts';

/** What a pinned artifact is said to come from, in place of a step. */
const registry = 'registry';

/** An artifact that a step will read, and where it came from. */
export interface ResolvedInput extends PublishedOutput {
  readonly from: PortSource;
}

/** The artifacts at each input port of a step. Ports whose sources were all skipped, if optional, are empty. */
export type ResolvedInputs = Readonly<Record<string, readonly ResolvedInput[]>>;

/** Looks the inputs of a step up among the outcomes of this run and what its plan pins. Reads nothing else. */
export function resolveInputs(step: PlanStep, context: RunContext): ResolvedInputs {
  const outputOf = (source: PortSource): PublishedOutput | undefined => {
    const outcome = context.outcomes.get(source.step);
    assert(outcome !== undefined, `${step.name} was started before ${source.step} ended`);
    return outcome.outputs[source.port];
  };
  return Object.fromEntries(
    Object.entries(step.inputs).map(([port, input]) => [port, resolveInput(input, outputOf, context.options.pinned)]),
  );
}

/**
 * The artifacts of one input port: what `outputOf` knows of its sources, and what is pinned to it.
 * @param pinned every artifact that the plan names by digest
 */
export function resolveInput(
  input: PlanInput,
  outputOf: (source: PortSource) => PublishedOutput | undefined,
  pinned: RunContext['options']['pinned'],
): ResolvedInput[] {
  const made = input.sources.flatMap((source) => {
    const output = outputOf(source);
    return output === undefined ? [] : [{ ...output, from: source }];
  });
  const named = (input.pinned ?? []).map((artifact) => resolvePinned(artifact, pinned));
  return [...made, ...(input.unlike === undefined ? named : madeFromOthers(named, input.unlike.map(outputOf)))];
}

/** The artifacts that were not made from these very ones. */
function madeFromOthers(
  named: readonly ResolvedInput[],
  now: readonly (PublishedOutput | undefined)[],
): ResolvedInput[] {
  const same = canonicalJson(now.map((output) => output?.digest ?? null));
  const isSame = (madeFrom: JsonValue | undefined): boolean =>
    madeFrom !== undefined && canonicalJson(madeFrom) === same;
  return named.filter(({ properties }) => !isSame(properties['madeFrom']));
}

function resolvePinned({ name, digest }: PinnedArtifact, pinned: RunContext['options']['pinned']): ResolvedInput {
  const artifact = pinned.find((candidate) => candidate.digest === digest);
  assert(artifact !== undefined, `the plan names ${name} and nobody knows it`);
  return { ...artifact, from: { step: registry, port: name } };
}
