/**
 * The record's runs in the tracker. An experiment is all runs of the declarations of one name; one tracked run stands for
 * each `mlspec run`, and a child for each trial of a search; a step that was reused shows the metrics of the execution it
 * stands for, and what clients of MLflow logged in it where that can be told.
 */
import type { JsonObject } from '../encoding/index.ts';
import type { ExecutionRecord, MetadataStore, RunRecord } from '../metadata/index.ts';
import type { MirroredRun, TrackingStore } from '../tracking/index.ts';
import { copyReusedLogs, lastAttempts, reusedTags } from './reused-logs.ts';
import { trackedRunId } from './tracked-run-id.ts';

const statusOf = {
  RUNNING: 'RUNNING',
  NEW: 'RUNNING',
  COMPLETE: 'FINISHED',
  CACHED: 'FINISHED',
  FAILED: 'FAILED',
  CANCELED: 'KILLED',
} as const;
/** Trials are steps below the step that searches: `training/trial-3`. */
const trialForm = /\/trial-\d+$/;
const pageLength = 200;

/** Brings the tracker up to date with the record: what is new, and what had not ended the last time. */
export async function mirrorRecord(metadata: MetadataStore, tracking: TrackingStore): Promise<void> {
  for (const id of await tracking.openMirrors()) await mirrorRun(metadata, tracking, id);
  let before: string | undefined;
  for (;;) {
    const page = await metadata.listRuns({ limit: pageLength, ...(before === undefined ? {} : { before }) });
    const missing = await tracking.notMirrored(page.map(({ id }) => id));
    for (const id of missing) await mirrorRun(metadata, tracking, id);
    before = page.at(-1)?.id;
    // Runs are mirrored from the newest on: behind a page of which nothing is missing nothing is.
    if (missing.length === 0 || page.length < pageLength) return;
  }
}

/** Brings one run with its trials up to date. @throws PlatformError METADATA_RUN_UNKNOWN */
export async function mirrorRun(metadata: MetadataStore, tracking: TrackingStore, id: string): Promise<void> {
  const run = await metadata.getRun(id);
  await tracking.mirrorRuns(await mirrorsOf(metadata, run));
  if (run.state !== 'RUNNING') {
    const mirrorOf = async (one: RunRecord): Promise<MirroredRun> => (await mirrorsOf(metadata, one))[0];
    await copyReusedLogs({ metadata, tracking, mirrorOf }, run);
  }
  await tracking.noteMirrored(new Map([[id, run.state === 'RUNNING' ? 'open' : 'ended']]));
}

/** A run as the tracker shows it, and after it its trials. */
export async function mirrorsOf(metadata: MetadataStore, run: RunRecord): Promise<[MirroredRun, ...MirroredRun[]]> {
  const executions = await lastAttempts(metadata, run.id);
  const [trials, steps] = [executions.filter(isTrial), executions.filter((one) => !isTrial(one))];
  const metrics = await Promise.all(steps.map((step) => metricsOf(metadata, step, `${step.step}/`)));
  const whole: MirroredRun = {
    runId: trackedRunId(run.id),
    experiment: run.spec,
    name: run.name,
    userId: '',
    status: statusOf[run.state],
    startedAtMs: run.startedAtMs,
    endedAtMs: run.endedAtMs,
    params: textsOf(run.params),
    tags: [...tagsOf(run), ...(await reusedTags(metadata, steps))],
    metrics: metrics.flat(),
  };
  return [whole, ...(await Promise.all(trials.map((trial) => mirrorOfTrial(metadata, whole, trial))))];
}

async function mirrorOfTrial(
  metadata: MetadataStore,
  parent: MirroredRun,
  trial: ExecutionRecord,
): Promise<MirroredRun> {
  return {
    runId: trackedRunId(trial.id),
    experiment: parent.experiment,
    name: trial.step,
    userId: '',
    status: statusOf[trial.state],
    startedAtMs: trial.startedAtMs,
    endedAtMs: trial.endedAtMs,
    params: textsOf(trial.params),
    tags: [
      { key: 'mlflow.parentRunId', value: parent.runId },
      { key: 'mlspec.execution', value: trial.id },
      ...(await reusedTags(metadata, [trial])),
    ],
    metrics: await metricsOf(metadata, trial, ''),
  };
}

async function metricsOf(
  metadata: MetadataStore,
  execution: ExecutionRecord,
  prefix: string,
): Promise<MirroredRun['metrics'][number][]> {
  const points = await metadata.metrics(execution.id);
  return points.map(({ name, value, step, timestampMs }) => ({
    key: `${prefix}${name}`,
    value,
    timestampMs: Math.max(0, timestampMs),
    step: BigInt(step),
  }));
}

function tagsOf(run: RunRecord): MirroredRun['tags'] {
  const git =
    run.git === null
      ? []
      : [
          ['mlflow.source.git.commit', run.git.commit],
          ['mlspec.git_clean', String(run.git.clean)],
        ];
  const own = [
    ['mlspec.run', run.id],
    ['mlspec.spec_digest', run.specDigest],
    ['mlflow.source.type', 'PROJECT'],
  ];
  return [...own, ...git].map(([key, value]) => ({ key: key!, value: value! }));
}

/** Params as texts; what is no text, as JSON. */
function textsOf(params: JsonObject): MirroredRun['params'] {
  return Object.entries(params).flatMap(([key, value]) =>
    value === undefined ? [] : [{ key, value: typeof value === 'string' ? value : JSON.stringify(value) }],
  );
}

function isTrial(execution: ExecutionRecord): boolean {
  return trialForm.test(execution.step);
}
