import { isAbsolute, normalize } from 'node:path';
import { type Digest, type JsonValue, now } from '../encoding/index.ts';
import { type ExecutionKeyed, executionKey, keyIngredients } from './execution-key.ts';
import type { ImageQuestion } from './invocation.ts';
import type { PlanStep } from './plan.ts';
import type { ResolvedInputs } from './resolve-inputs.ts';
import type { EngineServices, ReadyEnvironment, RunContext } from './run-context.ts';

/** Makes the step's environment, identifies what it reads from outside, and computes its static key. */
export async function prepareKey(step: PlanStep, inputs: ResolvedInputs, context: RunContext): Promise<ExecutionKeyed> {
  const { signal, onEvent } = context.options;
  const onNotice = (message: string): void => onEvent({ type: 'notice', message, atMs: now() });
  const environment = await environmentOf(step, context.services, { signal, missing: 'fetch', onNotice });
  const external = await identifyExternal(step, context.services);
  const ingredients = keyIngredients(step, { inputs, environment: environment?.digest ?? null, external });
  return { key: executionKey(ingredients), ingredients, environment, external };
}

/** The environment that a step would run in, made or fetched where it is not there yet: of a container, its image. */
export async function environmentOf(
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

/** Identities of all that a step reads from outside the record: what its stage names, and the files that it declares. */
export async function identifyExternal(
  step: PlanStep,
  services: Pick<EngineServices, 'fingerprints' | 'files'>,
): Promise<Record<string, JsonValue>> {
  const { fingerprints, files } = services;
  const ofStage =
    step.component.kind === 'builtin' ? await fingerprints.get(step.component.stage)?.(step.params, files) : {};
  const declared: Record<string, Digest | null> = {};
  for (const pattern of step.files) {
    for (const path of await files.glob(pattern)) declared[`file:${path}`] = await files.digest(path);
  }
  for (const path of namedFiles(step)) {
    const digest = await files.digest(path);
    if (digest !== null) declared[`file:${path}`] = digest;
  }
  return { ...ofStage, ...declared };
}

/** Files of the project that a command names as its arguments: part of its key though nobody declared them. */
function namedFiles({ component }: PlanStep): string[] {
  if (component.kind !== 'command' && component.kind !== 'container') return [];
  return component.argv.filter((argument) => isInside(argument) && !argument.includes('{') && !/[\0\n]/.test(argument));
}

function isInside(path: string): boolean {
  const normal = normalize(path);
  return (
    path.length > 0 && path.length < 1024 && !isAbsolute(normal) && normal !== '.' && !/^\.\.(?:[\\/]|$)/.test(normal)
  );
}
