import { newId, now } from '../encoding/index.ts';
import type { PlatformError } from '../errors/index.ts';
import type {
  ArtifactRecord,
  CacheEntry,
  EventRecord,
  ExecutionRecord,
  NewRunStatement,
  Publication,
  SignedStatement,
} from '../metadata/index.ts';
import { attest, attestInterrupted, metricPoints } from './attest.ts';
import { attestAssertions } from './attest-assertions.ts';
import { toCodeSet } from './code-set.ts';
import { performerOf } from './compile-layout.ts';
import type { PublishedOutput, StepOutcome } from './events.ts';
import { type Attempt, elapsedMs, type OpenedExecution, type RanStep } from './execution.ts';
import { type ExecutionKeyed, keyIngredients } from './execution-key.ts';
import type { PlanStep } from './plan.ts';
import { type ResolvedInputs, resolveInputs } from './resolve-inputs.ts';
import { inPhase, type RunContext } from './run-context.ts';
import { scratchOf } from './scratch.ts';
import type { StoredOutputs } from './store-outputs.ts';
import { storeTraces } from './traces.ts';

/** Records that an execution is RUNNING and what it reads. */
export async function openExecution(
  step: PlanStep,
  key: ExecutionKeyed,
  options: { readonly context: RunContext; readonly attempt: Attempt },
): Promise<OpenedExecution> {
  const { context, attempt } = options;
  const id = newId('exe');
  const execution: OpenedExecution = {
    id,
    runId: context.runId,
    step,
    key,
    attempt,
    inputs: resolveInputs(step, context),
    startedAtMs: now(),
    scratch: scratchOf(context.services.scratchRoot, id),
    ran: null,
    endedAtMs: () => now(),
  };
  await context.services.metadata.openExecution(
    toRecord(execution, context, 'RUNNING'),
    inputEvents(execution, execution.inputs),
  );
  return execution;
}

/** Makes an execution COMPLETE: artifacts, events, metrics, statement and cache entry in one transaction. */
export async function publish(
  execution: OpenedExecution,
  made: {
    readonly ran: RanStep;
    readonly outputs: Readonly<Record<string, PublishedOutput>>;
    readonly kept: Readonly<Record<string, PublishedOutput>>;
    readonly logs: Readonly<Record<string, PublishedOutput>>;
    readonly statement: SignedStatement;
    readonly assertions: readonly NewRunStatement[];
  },
  context: RunContext,
): Promise<StepOutcome> {
  const { step } = execution;
  const { ran, outputs, kept, logs, statement, assertions } = made;
  const endedAtMs = now();
  const record = { ...toRecord(execution, context, 'COMPLETE'), ...ended(ran, execution), endedAtMs };
  const entry: CacheEntry = {
    staticKey: execution.key.key,
    executionId: execution.id,
    codeSet: toCodeSet(ran.result.code),
    outputs: { ...outputs, ...kept },
    values: ran.result.values,
    createdAtMs: endedAtMs,
  };
  const left = { ...outputs, ...kept, ...logs };
  await context.services.metadata.publish({
    execution: record,
    artifacts: Object.values(left).map((output) => toArtifact(output, endedAtMs)),
    events: [...inputEvents(execution, execution.inputs), ...outputEvents(execution.id, left)],
    metrics: metricPoints(execution, ran),
    statement,
    assertions,
    cacheEntry: step.cache && ran.result.code.unknown === undefined ? entry : null,
  });
  return outcomeOf(step, {
    state: 'complete',
    executionId: execution.id,
    outputs,
    values: ran.result.values,
    reason: 'ran',
    durationMs: elapsedMs(execution.attempt),
  });
}

/** Records that an earlier execution's result stands for this one: its metrics are copied, its statement is named. */
export async function publishCached(
  hit: CacheEntry,
  options: {
    readonly step: PlanStep;
    readonly key: ExecutionKeyed;
    readonly attempt: Attempt;
    readonly context: RunContext;
  },
): Promise<StepOutcome> {
  const { step, key, attempt, context } = options;
  const atMs = now();
  const inputs = resolveInputs(step, context);
  const execution = {
    id: newId('exe'),
    runId: context.runId,
    step,
    key,
    attempt,
    inputs,
    startedAtMs: atMs,
    ran: null,
    endedAtMs: () => atMs,
  };
  const { outputs, kept } = partOutputs(step, hit);
  const original = await context.services.metadata.statementOf(hit.executionId);
  const reusedFrom = { executionId: hit.executionId, statementDigest: original?.digest ?? null };
  const statement = await attest(
    execution,
    { state: 'CACHED', ran: null, outputs, kept, logs: {}, reusedFrom },
    context,
  );
  await inPhase(context, { phase: 'publish', step: step.name }, () =>
    context.services.metadata.publishCached({
      execution: {
        ...toRecord(execution, context, 'CACHED'),
        cachedFrom: hit.executionId,
        values: hit.values,
        endedAtMs: atMs,
      },
      events: [...inputEvents(execution, inputs), ...outputEvents(execution.id, { ...outputs, ...kept })],
      statement,
    }),
  );
  return outcomeOf(step, {
    state: 'cached',
    executionId: execution.id,
    outputs,
    values: hit.values,
    reason: 'nothing changed',
    durationMs: elapsedMs(attempt),
  });
}

/** Records that an execution FAILED, or was CANCELED where that is what the error says. */
export async function publishFailure(
  execution: OpenedExecution,
  error: PlatformError,
  context: RunContext,
): Promise<StepOutcome> {
  const state = error.kind === 'canceled' ? 'CANCELED' : 'FAILED';
  const endedAtMs = now();
  const { kept, logs } = await storeTraces(execution, context);
  const { code, message } = describeFailure(error);
  const described = { code, message, hint: error.hint };
  const { metadata } = context.services;
  const { ran } = execution;
  const record = { ...toRecord(execution, context, state), error: described, endedAtMs };
  const stated = { state, outputs: {}, error: { code, message } } as const;
  const end = (whole: Publication): Promise<void> =>
    state === 'FAILED' ? metadata.publishFailure(whole) : metadata.publishCanceled(whole);
  try {
    await end({
      execution: { ...record, ...(ran === null ? {} : ended(ran, execution)) },
      statement: await attest(execution, { ...stated, ran, kept, logs }, context),
      artifacts: [...Object.values(kept), ...Object.values(logs)].map((output) => toArtifact(output, endedAtMs)),
      events: [...inputEvents(execution, execution.inputs), ...outputEvents(execution.id, { ...kept, ...logs })],
      metrics: ran === null ? [] : metricPoints(execution, ran),
      assertions: ran === null ? [] : await attestAssertions(execution, { ran, outputs: {} }, context),
    });
  } catch {
    // What the step left may be what cannot be recorded; that it ended must be, and the statement names what is.
    await end({
      execution: record,
      statement: await attest(execution, { ...stated, ran: null, kept: {}, logs: {} }, context),
    });
  }
  const traceback = error.details['traceback'];
  return {
    ...outcomeOf(execution.step, {
      state: state === 'FAILED' ? 'failed' : 'canceled',
      executionId: execution.id,
      outputs: {},
      values: {},
      reason: message,
      durationMs: elapsedMs(execution.attempt),
    }),
    retryable: error.details['retryable'] === true,
    error: { ...described, ...(typeof traceback === 'string' ? { traceback } : {}) },
  };
}

/**
 * Records that a step FAILED, or was CANCELED, before its execution began: its environment cannot be made, or what it
 * reads cannot be identified.
 */
export async function publishUnstarted(
  step: PlanStep,
  error: PlatformError,
  options: { readonly context: RunContext; readonly attempt: Attempt },
): Promise<StepOutcome> {
  const { context, attempt } = options;
  const { services, plan } = context;
  const atMs = now();
  const ingredients = keyIngredients(step, { inputs: {}, environment: null, external: {} });
  const described = { code: error.code, message: error.message, hint: error.hint };
  const state = error.kind === 'canceled' ? 'CANCELED' : 'FAILED';
  const execution: ExecutionRecord = {
    id: newId('exe'),
    runId: context.runId,
    step: step.name,
    kind: step.stage,
    state,
    key: null,
    cachedFrom: null,
    attempt: attempt.number,
    params: step.params,
    code: { ingredients: { ...ingredients }, files: {}, absent: [] },
    environment: null,
    machine: services.machine,
    error: described,
    usage: {},
    values: {},
    startedAtMs: atMs,
    endedAtMs: atMs,
  };
  const run = {
    id: context.runId,
    spec: plan.name,
    specDigest: plan.specDigest,
    planDigest: plan.digest,
    git: context.git,
  };
  const statement = await services.signStatement(
    attestInterrupted(execution, run, { inputs: [], version: services.version }),
    performerOf(step),
  );
  const end = state === 'FAILED' ? services.metadata.publishFailure : services.metadata.publishCanceled;
  await end.call(services.metadata, { execution, statement });
  return {
    ...outcomeOf(step, {
      state: state === 'FAILED' ? 'failed' : 'canceled',
      executionId: execution.id,
      outputs: {},
      values: {},
      reason: error.message,
      durationMs: elapsedMs(attempt),
    }),
    error: described,
  };
}

function describeFailure(error: PlatformError): { code: string; message: string } {
  const reported = error.details['reported'];
  return { code: typeof reported === 'string' ? reported : error.code, message: error.message };
}

function outcomeOf(step: PlanStep, rest: Omit<StepOutcome, 'step' | 'stage' | 'error'>): StepOutcome {
  return { step: step.name, stage: step.stage, error: null, ...rest };
}

function toRecord(
  execution: Omit<OpenedExecution, 'scratch'>,
  context: RunContext,
  state: ExecutionRecord['state'],
): ExecutionRecord {
  const { step, key } = execution;
  return {
    id: execution.id,
    runId: context.runId,
    step: step.name,
    kind: step.stage,
    state,
    key: key.key,
    cachedFrom: null,
    attempt: execution.attempt.number,
    params: step.params,
    code: { ingredients: { ...key.ingredients }, files: {}, absent: [] },
    environment: key.environment === null ? null : { digest: key.environment.digest, lock: key.environment.lock },
    machine: context.services.machine,
    error: null,
    usage: {},
    values: {},
    startedAtMs: execution.startedAtMs,
    endedAtMs: null,
  };
}

function ended(ran: RanStep, execution: OpenedExecution): Pick<ExecutionRecord, 'code' | 'usage' | 'values'> {
  const { ingredients } = execution.key;
  return {
    code: { ingredients: { ...ingredients }, ...toCodeSet(ran.result.code) },
    usage: { ...ran.result.usage, durationMs: Math.round(ran.durationMs) },
    values: { ...ran.result.values },
  };
}

function toArtifact(output: PublishedOutput, createdAtMs: number): ArtifactRecord {
  return {
    id: output.artifactId,
    type: output.type,
    digest: output.digest,
    kind: output.kind,
    sizeBytes: output.sizeBytes,
    state: 'LIVE',
    properties: output.properties,
    createdAtMs,
  };
}

function inputEvents(execution: Pick<OpenedExecution, 'id'>, inputs: ResolvedInputs): EventRecord[] {
  return Object.entries(inputs).flatMap(([port, artifacts]) =>
    artifacts.map(
      (artifact, index): EventRecord => ({
        executionId: execution.id,
        artifactId: artifact.artifactId,
        direction: 'INPUT',
        port,
        index,
      }),
    ),
  );
}

function outputEvents(executionId: string, outputs: Readonly<Record<string, PublishedOutput>>): EventRecord[] {
  return Object.entries(outputs).map(
    ([port, output]): EventRecord => ({
      executionId,
      artifactId: output.artifactId,
      direction: 'OUTPUT',
      port,
      index: 0,
    }),
  );
}

/** Parts what a recorded result left into what its ports hold and what was kept beside them. */
function partOutputs(step: PlanStep, hit: CacheEntry): StoredOutputs {
  const all = Object.entries(hit.outputs) as [string, PublishedOutput][];
  return {
    outputs: Object.fromEntries(all.filter(([port]) => step.outputs[port] !== undefined)),
    kept: Object.fromEntries(all.filter(([port]) => step.outputs[port] === undefined)),
  };
}
