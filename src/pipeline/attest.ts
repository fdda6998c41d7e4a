import { type Digest, digestJson, isDigest, type JsonValue } from '../encoding/index.ts';
import type { ArtifactRecord, ExecutionRecord, MetricPoint, RunRecord, SignedStatement } from '../metadata/index.ts';
import {
  type AttestedArtifact,
  type ExecutionFacts,
  executionStatement,
  localBuilderId,
  recordedByproducts,
  type StatementBody,
} from '../provenance/index.ts';
import { toCodeSet } from './code-set.ts';
import { kindOf, performerOf } from './compile-layout.ts';
import type { PublishedOutput } from './events.ts';
import type { OpenedExecution, RanStep } from './execution.ts';
import type { KeyIngredients } from './execution-key.ts';
import type { PlanStep } from './plan.ts';
import type { RunContext } from './run-context.ts';

/** What is known of an execution when it ends. */
export interface ExecutionEnd {
  readonly state: 'COMPLETE' | 'CACHED' | 'FAILED' | 'CANCELED';
  readonly ran: RanStep | null;
  readonly outputs: Readonly<Record<string, PublishedOutput>>;
  /** Files that the step kept beside its outputs, and what it printed. */
  readonly kept: Readonly<Record<string, PublishedOutput>>;
  readonly logs: Readonly<Record<string, PublishedOutput>>;
  readonly error?: { readonly code: string; readonly message: string };
  /** The execution whose outputs stand for this one, and the digest of its statement. */
  readonly reusedFrom?: ExecutionFacts['reusedFrom'];
}

/** The signed statement of an execution that ended, in any state: what was made, by what, from what. */
export async function attest(
  execution: Omit<OpenedExecution, 'scratch'>,
  end: ExecutionEnd,
  context: RunContext,
): Promise<SignedStatement> {
  return await context.services.signStatement(stateEnd(execution, end, context), performerOf(execution.step));
}

function stateEnd(execution: Omit<OpenedExecution, 'scratch'>, end: ExecutionEnd, context: RunContext): StatementBody {
  const { step, key } = execution;
  return executionStatement({
    runId: context.runId,
    executionId: execution.id,
    step: step.name,
    kind: kindOf(step),
    state: end.state,
    attempt: execution.attempt.number,
    spec: { name: context.plan.name, digest: context.plan.specDigest },
    planDigest: context.plan.digest,
    key: key.key,
    params: step.params,
    seed: step.seed,
    inputs: Object.entries(execution.inputs).flatMap(([port, artifacts]) =>
      artifacts.map((artifact, index) => toAttested(port, artifact, index)),
    ),
    outputs: Object.entries(end.outputs).map(([port, output]) => toAttested(port, output, 0)),
    code: end.ran === null ? { files: {} } : toCodeSet(end.ran.result.code),
    environment: key.environment === null ? null : { name: environmentName(step), digest: key.environment.digest },
    git: context.git,
    external: Object.fromEntries(Object.entries(key.external).map(([name, identity]) => [name, toDigest(identity)])),
    machine: context.services.machine,
    startedAtMs: execution.startedAtMs,
    endedAtMs: execution.endedAtMs(),
    error: end.error ?? null,
    reusedFrom: end.reusedFrom ?? null,
    byproducts: [
      ...Object.entries({ ...end.kept, ...end.logs }).map(([name, { digest, kind }]) => ({ name, digest, kind })),
      ...(end.ran === null
        ? []
        : recordedByproducts({ metrics: metricPoints(execution, end.ran), values: end.ran.result.values })),
    ],
    builder: { id: localBuilderId, version: context.services.version },
  });
}

/** The numbers that an execution logged, as they are recorded. */
export function metricPoints({ id }: Pick<OpenedExecution, 'id'>, { metrics }: RanStep): MetricPoint[] {
  return metrics.map(({ name, step, value, atMs }) => ({ executionId: id, name, step, value, timestampMs: atMs }));
}

function environmentName({ component, environment }: PlanStep): string {
  return component.kind === 'container' ? component.image : (environment?.file ?? 'environment');
}

/** An artifact at a port of a recorded execution. */
export interface ReadArtifact {
  readonly port: string;
  readonly index: number;
  readonly artifact: ArtifactRecord;
}

/** The run of a recorded execution, as far as its statement names it. */
type RunOfExecution = Pick<RunRecord, 'id' | 'spec' | 'specDigest' | 'planDigest' | 'git'>;

/** What a record has beside the row of an execution. */
export interface RecordedFacts {
  readonly inputs: readonly ReadArtifact[];
  /** At its output ports. */
  readonly outputs: readonly ReadArtifact[];
  readonly byproducts: NonNullable<ExecutionFacts['byproducts']>;
  readonly reusedFrom: NonNullable<ExecutionFacts['reusedFrom']> | null;
  readonly version: string;
}

/** The statement of an execution that never came to its own end, from what the record knows of it. */
export function attestInterrupted(
  execution: ExecutionRecord,
  run: RunOfExecution,
  { inputs, version }: Pick<RecordedFacts, 'inputs' | 'version'>,
): StatementBody {
  const state = execution.state === 'CANCELED' ? 'CANCELED' : 'FAILED';
  return restate({ ...execution, state }, run, { inputs, outputs: [], byproducts: [], reusedFrom: null, version });
}

/**
 * What the statement of an execution would say if it were made of the record alone, which does not have the name of the
 * environment, and of the end knows when it was recorded.
 */
export function restate(execution: ExecutionRecord, run: RunOfExecution, facts: RecordedFacts): StatementBody {
  const { code } = execution;
  const ingredients = code['ingredients'] as unknown as KeyIngredients;
  const component = ingredients.component['kind'];
  const environment = execution.environment?.['digest'];
  return executionStatement({
    runId: run.id,
    executionId: execution.id,
    step: execution.step,
    kind: component === 'builtin' ? execution.kind : String(component),
    state: execution.state as ExecutionFacts['state'],
    attempt: execution.attempt,
    spec: { name: run.spec, digest: run.specDigest },
    planDigest: run.planDigest,
    key: execution.key,
    params: execution.params,
    seed: ingredients.seed,
    inputs: facts.inputs.map(({ port, index, artifact }) => toAttested(port, artifact, index)),
    outputs: facts.outputs.map(({ port, index, artifact }) => toAttested(port, artifact, index)),
    code: {
      files: (code['files'] ?? {}) as Record<string, Digest>,
      absent: (code['absent'] ?? []) as readonly string[],
    },
    environment: isDigest(environment) ? { name: 'environment', digest: environment } : null,
    git: run.git,
    external: Object.fromEntries(
      Object.entries(ingredients.external).map(([name, identity]) => [name, toDigest(identity)]),
    ),
    machine: execution.machine,
    startedAtMs: execution.startedAtMs,
    endedAtMs: execution.endedAtMs ?? execution.startedAtMs,
    error: execution.error,
    reusedFrom: facts.reusedFrom,
    byproducts: facts.byproducts,
    builder: { id: localBuilderId, version: facts.version },
  });
}

/** An artifact at a port, as statements name it. */
export function toAttested(
  port: string,
  artifact: Omit<PublishedOutput, 'artifactId'>,
  index: number,
): AttestedArtifact {
  return {
    port,
    index,
    type: artifact.type,
    digest: artifact.digest,
    kind: artifact.kind,
    sizeBytes: artifact.sizeBytes,
  };
}

function toDigest(identity: JsonValue): Digest {
  return isDigest(identity) ? identity : digestJson(identity);
}
