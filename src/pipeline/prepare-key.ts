import { isAbsolute, normalize } from 'node:path';
import { type Digest, type JsonValue, now } from '../encoding/index.ts';
import { fileIdentity } from './declared-files.ts';
import { type ExecutionKeyed, executionKey, keyIngredients } from './execution-key.ts';
import type { ImageQuestion } from './invocation.ts';
import type { PlanStep } from './plan.ts';
import type { ResolvedInputs } from './resolve-inputs.ts';
import type { EngineServices, ReadyEnvironment, RunContext } from './run-context.ts';

/** Makes the step's environments, identifies what it reads from outside, and computes its static key. */
export async function prepareKey(step: PlanStep, inputs: ResolvedInputs, context: RunContext): Promise<ExecutionKeyed> {
  const { signal, onEvent } = context.options;
  const onNotice = (message: string): void => onEvent({ type: 'notice', message, atMs: now() });
  const question = { signal, missing: 'fetch' as const, onNotice };
  const { environment, environments, external } = await identifyStep(step, context.services, question);
  const ingredients = keyIngredients(step, { inputs, environment: environment?.digest ?? null, external });
  return { key: executionKey(ingredients), ingredients, environment, environments, external };
}

/** The environment that a step would run in, made or fetched where it is not there yet: of a container, its image. */
async function environmentOf(
  step: PlanStep,
  services: Pick<EngineServices, 'environment' | 'executor'>,
  question: ImageQuestion,
): Promise<ReadyEnvironment | null> {
  const { component } = step;
  if (component.kind === 'container') {
    const digest = await services.executor.identifyImage(component.image, question);
    return { python: null, digest, lock: { image: component.image, id: digest } };
  }
  return step.environment === null ? null : await services.environment(step.environment, question.signal);
}

/** What a step's key needs beside its inputs. */
export type IdentifiedStep = Pick<ExecutionKeyed, 'environment' | 'environments' | 'external'>;

/**
 * The step's environments, made where they are not there yet, and the identities of all that it reads from outside the
 * record: what its stage names, the files that it declares, and its further environments.
 */
export async function identifyStep(
  step: PlanStep,
  services: Pick<EngineServices, 'fingerprints' | 'files' | 'environment' | 'executor'>,
  question: ImageQuestion,
): Promise<IdentifiedStep> {
  const environment = await environmentOf(step, services, question);
  const environments: Record<string, ReadyEnvironment> = {};
  const external: Record<string, JsonValue> = await identifyExternal(step, services);
  for (const [name, reference] of Object.entries(step.environments)) {
    const isProvided = environment !== null && provides(environment.lock, reference.requirements ?? []);
    environments[name] = isProvided ? environment : await services.environment(reference, question.signal);
    external[`environment:${name}`] = environments[name].digest;
  }
  return { environment, environments, external };
}

async function identifyExternal(
  step: PlanStep,
  services: Pick<EngineServices, 'fingerprints' | 'files'>,
): Promise<Record<string, JsonValue>> {
  const { fingerprints, files } = services;
  const ofStage =
    step.component.kind === 'builtin' ? await fingerprints.get(step.component.stage)?.(step.params, files) : {};
  const declared: Record<string, Digest | null> = {};
  for (const pattern of step.files) {
    for (const path of await files.glob(pattern)) declared[fileIdentity(path)] = await files.digest(path);
  }
  for (const path of namedFiles(step)) {
    const digest = await files.digest(path);
    if (digest !== null) declared[fileIdentity(path)] = digest;
  }
  return { ...ofStage, ...declared };
}

/** Whether an environment holds exactly what requirements ask for; only lines `name==version` can be told. */
function provides(lock: ReadyEnvironment['lock'], requirements: readonly string[]): boolean {
  const packages = (lock['packages'] ?? {}) as Readonly<Record<string, JsonValue>>;
  return requirements.every((line) => {
    const [, name, version] = /^([A-Za-z0-9][\w.-]*)\s*==\s*([\w.!+-]+)$/.exec(line.trim()) ?? [];
    return name !== undefined && packages[name.toLowerCase().replaceAll(/[-_.]+/g, '-')] === version;
  });
}

/** Files of the project that a command names as its arguments: part of its key though nobody declared them. */
function namedFiles({ component }: PlanStep): string[] {
  if (component.kind !== 'command' && component.kind !== 'container') return [];
  const paths = component.argv.filter((word) => isInside(word) && !word.includes('{') && !/[\0\n]/.test(word));
  return [...new Set(paths.map((path) => normalize(path)))];
}

function isInside(path: string): boolean {
  const normal = normalize(path);
  return (
    path.length > 0 && path.length < 1024 && !isAbsolute(normal) && normal !== '.' && !/^\.\.(?:[\\/]|$)/.test(normal)
  );
}
