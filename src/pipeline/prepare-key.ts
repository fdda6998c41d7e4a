import { isAbsolute, normalize } from 'node:path';
import type { Digest, JsonValue } from '../encoding/index.ts';
import { type ExecutionKeyed, executionKey, keyIngredients } from './execution-key.ts';
import type { PlanStep } from './plan.ts';
import type { ResolvedInputs } from './resolve-inputs.ts';
import type { EngineServices, ReadyEnvironment, RunContext } from './run-context.ts';

/** Makes the step's environment, identifies what it reads from outside, and computes its static key. */
export async function prepareKey(step: PlanStep, inputs: ResolvedInputs, context: RunContext): Promise<ExecutionKeyed> {
  const environment = await prepareEnvironment(step, context);
  const external = await identifyExternal(step, context.services);
  const ingredients = keyIngredients(step, { inputs, environment: environment?.digest ?? null, external });
  return { key: executionKey(ingredients), ingredients, environment, external };
}

async function prepareEnvironment(step: PlanStep, context: RunContext): Promise<ReadyEnvironment | null> {
  if (step.environment === null) return null;
  return await context.services.environment(step.environment, context.options.signal);
}

/** Identities of all that a step reads from outside the record: what its stage names, and the files that it declares. */
export async function identifyExternal(
  step: PlanStep,
  services: Pick<EngineServices, 'stages' | 'files'>,
): Promise<Record<string, JsonValue>> {
  const { stages, files } = services;
  const ofStage =
    step.component.kind === 'builtin' ? await stages.get(step.component.stage)?.fingerprint?.(step.params, files) : {};
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
