/**
 * The execution key: what decides whether a recorded result may stand for a new execution.
 *
 * It has two parts. The *static key* is known before anything runs: the component, its typed parameters, the digests of
 * its inputs, the environment with its interpreter (of a container, its image), what is read from outside, the seed, and which outputs are asked
 * for. Under one static key the record may hold several *code sets*: the files that an earlier execution really loaded,
 * by digest, and the paths that it looked for and did not find. A recorded result is reused when one code set is wholly
 * equal to what stands in the project now.
 *
 * Not in the key, by design: the names of step, stage, pipeline and run, the place in the file, comments and
 * descriptions, retries, timeouts, limits, executor, machine, time, and the values of secrets.
 *
 * Deviations from others: TFX keys by artifact ids (no early cut-off), KFP by names of input artifacts (stale hits),
 * Prefect by run id (no reuse across runs). Here equal bytes are equal.
 */
import { type Digest, digestJson, type JsonObject, type JsonValue } from '../encoding/index.ts';
import type { PublishedOutput } from './events.ts';
import type { PlanStep } from './plan.ts';
import type { ReadyEnvironment } from './run-context.ts';

/** What the static key of a step is made of; kept with the execution, so that `mlspec why` can compare two of them. */
export interface KeyIngredients {
  readonly component: JsonObject;
  readonly params: JsonObject;
  /** For each port the digests of its artifacts, in order. */
  readonly inputs: Readonly<Record<string, readonly Digest[]>>;
  readonly outputs: Readonly<Record<string, string>>;
  readonly environment: Digest | null;
  readonly external: Readonly<Record<string, JsonValue>>;
  readonly secrets: readonly string[];
  readonly seed: number;
}

/** What a step's key needs beside the step itself. */
export interface KeyFacts {
  readonly inputs: Readonly<Record<string, readonly PublishedOutput[]>>;
  readonly environment: Digest | null;
  readonly external: Readonly<Record<string, JsonValue>>;
}

/** The ingredients of a step's static key. Pure. */
export function keyIngredients(step: PlanStep, facts: KeyFacts): KeyIngredients {
  return {
    component: componentOf(step, facts),
    params: step.params,
    inputs: Object.fromEntries(
      Object.entries(facts.inputs).map(([port, artifacts]) => [port, artifacts.map((artifact) => artifact.digest)]),
    ),
    outputs: Object.fromEntries(Object.entries(step.outputs).map(([port, output]) => [port, output.type])),
    environment: facts.environment,
    external: facts.external,
    secrets: [...step.secrets].sort(),
    seed: step.seed,
  };
}

/** An image counts by its digest, which is the step's environment: its name and tag are names. */
function componentOf({ component }: PlanStep, facts: KeyFacts): JsonObject {
  if (component.kind !== 'container' || facts.environment === null) return { ...component };
  return { kind: component.kind, argv: component.argv };
}

/** The static key: the digest of its ingredients. Equal on every machine for equal ingredients. */
export function executionKey(ingredients: KeyIngredients): Digest {
  return digestJson({ version: 1, ...ingredients });
}

/**
 * Whether a recorded result may be looked up at all: the step allows it, and everything that it reads from outside
 * could be identified (no value of `external` is null).
 */
export function mayReuse(step: PlanStep, external: KeyFacts['external']): boolean {
  return step.cache && Object.values(external).every((identity) => identity !== null);
}

/** A step's static key with all that it was made from. */
export interface ExecutionKeyed {
  readonly key: Digest;
  readonly ingredients: KeyIngredients;
  readonly environment: ReadyEnvironment | null;
  /** Further environments by name; their digests are in `external`. */
  readonly environments: Readonly<Record<string, ReadyEnvironment>>;
  readonly external: KeyFacts['external'];
}
