import { didYouMean } from '../encoding/index.ts';
import { PlatformError } from '../errors/index.ts';
import type { ArtifactRecord, EventRecord, ExecutionRecord, RunRecord } from '../metadata/index.ts';
import type { Config } from './config.ts';
import { type ProjectRecord, readRecord } from './project-record.ts';
import { hasAttempts, recover } from './recover.ts';

/**
 * Opens the record for one question and closes it after the answer. What an attempt of a dead engine left is removed
 * first, whatever the question is: rows of a sealed part may lie in it.
 */
export async function withRecord<T>(config: Config, ask: (record: ProjectRecord) => Promise<T>): Promise<T> {
  const record = await readRecord(config);
  try {
    if (await hasAttempts(config)) await recover(config, record);
    return await ask(record);
  } finally {
    await record.close();
  }
}

/** One end of an event, with its artifact. */
export interface PortArtifact {
  readonly port: string;
  readonly index: number;
  readonly artifact: ArtifactRecord;
}

/** An execution with what it read and wrote. */
export interface RecordedStep {
  readonly execution: ExecutionRecord;
  readonly inputs: readonly PortArtifact[];
  readonly outputs: readonly PortArtifact[];
}

/** A run with all its executions, in the order in which they were started. */
export interface RecordedRun {
  readonly run: RunRecord;
  readonly steps: readonly RecordedStep[];
}

/** The newest runs first. */
export async function listRuns(config: Config, limit: number): Promise<readonly RunRecord[]> {
  return await withRecord(config, ({ metadata }) => metadata.listRuns({ limit }));
}

/**
 * A run by id, its beginning, `latest` or `latest~N`.
 * @throws PlatformError METADATA_RUN_UNKNOWN, METADATA_RUN_AMBIGUOUS
 */
export async function findRun(record: ProjectRecord, name: string): Promise<RunRecord> {
  return await record.metadata.getRun(name);
}

/** A run with its executions and their artifacts. */
export async function readRun(record: ProjectRecord, name: string): Promise<RecordedRun> {
  const run = await findRun(record, name);
  return { run, steps: await readSteps(record, await record.metadata.executions(run.id)) };
}

/** Executions with what they read and wrote. */
export async function readSteps(
  record: ProjectRecord,
  executions: readonly ExecutionRecord[],
): Promise<readonly RecordedStep[]> {
  const events = await record.metadata.events(executions.map((execution) => execution.id));
  const artifacts = new Map(
    (await record.metadata.artifacts([...new Set(events.map((event) => event.artifactId))])).map((artifact) => [
      artifact.id,
      artifact,
    ]),
  );
  return executions.map((execution) => ({ execution, ...portsOf(execution, events, artifacts) }));
}

function portsOf(
  execution: ExecutionRecord,
  events: readonly EventRecord[],
  artifacts: ReadonlyMap<string, ArtifactRecord>,
): Pick<RecordedStep, 'inputs' | 'outputs'> {
  const of = (direction: EventRecord['direction']): PortArtifact[] =>
    events
      .filter((event) => event.executionId === execution.id && event.direction === direction)
      .flatMap((event) => {
        const artifact = artifacts.get(event.artifactId);
        return artifact === undefined ? [] : [{ port: event.port, index: event.index, artifact }];
      });
  return { inputs: of('INPUT'), outputs: of('OUTPUT') };
}

/** The last attempt of each step of a run, by step name. */
export function lastAttempts(run: Pick<RecordedRun, 'steps'>): Map<string, RecordedStep> {
  return new Map(run.steps.map((step) => [step.execution.step, step]));
}

/**
 * The last attempt of a step of a run; a stage names its only step.
 * @throws PlatformError STEP_NOT_FOUND with the names that there are
 */
export function findStep(run: RecordedRun, name: string): RecordedStep {
  const found = lookUpStep(run, name);
  if (found !== undefined) return found;
  throw new PlatformError('STEP_NOT_FOUND', {
    message: `expected a step of run ${run.run.id}, found ${JSON.stringify(name)}; its steps are: ${[...lastAttempts(run).keys()].join(', ')}`,
    ...didYouMean(name, lastAttempts(run).keys()),
  });
}

/** The same, or undefined where there is none. */
export function lookUpStep(run: RecordedRun, name: string): RecordedStep | undefined {
  const attempts = lastAttempts(run);
  return attempts.get(name) ?? [...attempts.values()].find((step) => step.execution.kind === name);
}

/** Reads an output of a step as JSON, or null where there is none. At most 64 MiB are read. */
export async function readJsonOutput<T>(
  record: ProjectRecord,
  step: RecordedStep | undefined,
  port: string,
): Promise<T | null> {
  const output = step?.outputs.find((candidate) => candidate.port === port);
  if (output === undefined || output.artifact.kind !== 'file') return null;
  const bytes = await record.artifacts.read(output.artifact.digest, { maxBytes: 64 * 1024 * 1024 });
  return JSON.parse(bytes.toString('utf8')) as T;
}
