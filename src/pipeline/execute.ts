import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { canonicalJson, now } from '../encoding/index.ts';
import { PlatformError } from '../errors/index.ts';
import { declaredFilesOf } from './declared-files.ts';
import type { OpenedExecution, RanStep } from './execution.ts';
import type {
  ExecuteOptions,
  ExecutionOutcome,
  Invocation,
  InvocationInput,
  LoadedCode,
  LoadedFile,
  StepEvent,
} from './invocation.ts';
import type { Component } from './plan.ts';
import type { ResolvedInputs } from './resolve-inputs.ts';
import type { RunContext } from './run-context.ts';
import { fileEnding } from './scratch.ts';

/**
 * Copies the inputs into the attempt's folder, writes the invocation document and lets the executor carry it out.
 * @throws PlatformError PIPELINE_STEP_FAILED where the step ended badly, with the step's own code and message in details
 */
export async function executeStep(
  execution: OpenedExecution,
  inputs: ResolvedInputs,
  context: RunContext,
): Promise<RanStep> {
  const invocation = await prepareInvocation(execution, inputs, context);
  const metrics: Extract<StepEvent, { type: 'metric' }>[] = [];
  const params: Extract<StepEvent, { type: 'param' }>[] = [];
  const outcome = await context.services.executor.execute(invocation, {
    signal: context.options.signal,
    secrets: pickSecrets(execution, context),
    ...(await trackingOf(execution, context)),
    sealingKey: execution.step.unseal ? await context.services.sealingKey() : null,
    gateFiles: execution.step.unseal ? context.services.gateFiles : null,
    onEvent: (event) => {
      if (event.type === 'metric') metrics.push(...readMetric(event));
      if (event.type === 'param') params.push(event);
      context.options.onEvent({ type: 'step-event', step: execution.step.name, event });
    },
  });
  const result = { ...outcome.result, code: await withInterpreters(outcome.result.code, execution, context) };
  execution.ran = { ...outcome, result, inputs, metrics, params };
  warnOfUnknownCode(execution, context);
  if (outcome.result.status === 'failed') throw stepFailed(execution, outcome);
  return execution.ran;
}

/** Where a step may log to: nowhere for one that sees sealed rows. */
async function trackingOf(
  { step }: OpenedExecution,
  { services, runId }: RunContext,
): Promise<Pick<ExecuteOptions, 'tracking'>> {
  const access = step.unseal ? null : ((await services.trackingOf?.(runId)) ?? null);
  return access === null ? {} : { tracking: access };
}

/** Code with the Python interpreters that ran beside the one of the step's own environment. */
async function withInterpreters(
  code: LoadedCode,
  { key }: OpenedExecution,
  { services, options }: RunContext,
): Promise<LoadedCode> {
  const paths = code.interpreters ?? [];
  const found = await Promise.all(paths.map((path) => services.identifyPython(path, options.signal)));
  const others = found.filter((one) => one !== null && one.digest !== key.environment?.digest) as LoadedFile[];
  const gone = paths.filter((_, index) => found[index] === null);
  if (gone.length > 0) return { ...code, unknown: `the Python ${gone[0]} that ran in it is no more` };
  return { ...code, files: [...code.files, ...others] };
}

/** Says so where the result of a step will not be reused for not being known well enough. */
function warnOfUnknownCode({ step, ran }: OpenedExecution, { options }: RunContext): void {
  const why = ran?.result.code.unknown;
  if (why === undefined || !step.cache || ran?.result.status === 'failed') return;
  const message = `this result will not be reused, because not all of its code is known: ${why}`;
  options.onEvent({ type: 'step-event', step: step.name, event: { type: 'log', level: 'warn', message, atMs: now() } });
}

/** A metric as the record takes it; one without name or number is left out, odd places and times are mended. */
function readMetric(event: RanStep['metrics'][number]): RanStep['metrics'] {
  if (typeof event.name !== 'string' || event.name === '' || typeof event.value !== 'number') return [];
  return [
    {
      type: 'metric',
      // As the record keeps texts, so that what is signed of it is what it keeps.
      name: event.name.toWellFormed().replaceAll('\0', '\ufffd'),
      value: event.value,
      step: Number.isSafeInteger(event.step) ? event.step : 0,
      atMs: Number.isSafeInteger(event.atMs) ? event.atMs : now(),
    },
  ];
}

async function prepareInvocation(
  execution: OpenedExecution,
  inputs: ResolvedInputs,
  context: RunContext,
): Promise<Invocation> {
  const { step, scratch } = execution;
  const invocation: Invocation = {
    version: 1,
    runId: context.runId,
    executionId: execution.id,
    step: step.name,
    attempt: execution.attempt.number,
    component: pinned(execution),
    // Equal keys, equal bytes: the order in which members were declared must not show in what a step writes.
    params: JSON.parse(canonicalJson(step.params)),
    inputs: await placeInputs(execution, inputs, context),
    outputs: Object.fromEntries(
      Object.entries(step.outputs).map(([port, output]) => [
        port,
        {
          path: join(scratch.outputs, `${port}${fileEnding(output.type)}`),
          type: output.type,
          optional: output.optional ?? false,
        },
      ]),
    ),
    environment: {
      python: execution.key.environment?.python ?? null,
      digest: execution.key.environment?.digest ?? null,
      ...interpretersOf(execution.key.environments),
    },
    projectRoot: context.services.projectRoot,
    workDir: scratch.work,
    seed: step.seed,
    limits: step.limits,
    timeoutMs: step.timeoutMs,
    secretNames: step.secrets,
    files: Object.fromEntries(declaredFilesOf(execution.key.external)),
    eventsPath: scratch.eventsPath,
    resultPath: scratch.resultPath,
  };
  writeFileSync(scratch.invocationPath, JSON.stringify(invocation), { mode: 0o600, flag: 'wx' });
  return invocation;
}

/** The component with its image by digest: a tag may move between the moment the key was made and the start. */
function pinned({ step, key }: OpenedExecution): Component {
  const { component } = step;
  if (component.kind !== 'container' || key.environment === null) return component;
  return { ...component, image: key.environment.digest };
}

/** The interpreters of a step's further environments, as its invocation names them. */
export function interpretersOf(
  environments: OpenedExecution['key']['environments'],
): Pick<Invocation['environment'], 'others'> {
  const others = Object.entries(environments).map(([name, { python }]) => [name, python] as const);
  return others.length === 0 ? {} : { others: Object.fromEntries(others) };
}

async function placeInputs(
  execution: OpenedExecution,
  inputs: ResolvedInputs,
  context: RunContext,
): Promise<Record<string, InvocationInput[]>> {
  const placed: Record<string, InvocationInput[]> = {};
  for (const [port, artifacts] of Object.entries(inputs)) {
    const folder = join(execution.scratch.inputs, port);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    placed[port] = await Promise.all(
      artifacts.map(async (artifact, index): Promise<InvocationInput> => {
        const path = join(folder, `${index}${fileEnding(artifact.type)}`);
        const { type, digest, kind, properties, from } = artifact;
        await context.services.artifacts.materialize(digest, path, { signal: context.options.signal, kind });
        return { path, type: type as InvocationInput['type'], digest, properties, from };
      }),
    );
  }
  return placed;
}

function pickSecrets(execution: OpenedExecution, context: RunContext): Record<string, string> {
  return Object.fromEntries(
    execution.step.secrets.map((name) => {
      const value = context.services.secrets[name];
      if (value === undefined) {
        throw new PlatformError('PIPELINE_SECRET_MISSING', {
          message: `step ${execution.step.name} needs the secret ${name}; the environment does not set it`,
        });
      }
      return [name, value];
    }),
  );
}

function stepFailed(execution: OpenedExecution, outcome: ExecutionOutcome): PlatformError {
  const error = outcome.result.error ?? {
    code: 'PIPELINE_STEP_FAILED',
    message: `the step ended with exit code ${outcome.exitCode ?? outcome.signal}`,
  };
  return new PlatformError('PIPELINE_STEP_FAILED', {
    message: error.message,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    details: {
      step: execution.step.name,
      reported: error.code,
      traceback: error.traceback ?? null,
      retryable: error.retryable ?? false,
    },
  });
}
