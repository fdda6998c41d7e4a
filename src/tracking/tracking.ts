/**
 * The record in MLflow's words. An experiment is all runs of the declarations of one name. One MLflow run stands for
 * each `mlspec run`, and a child run for each trial of a search; a step that was reused shows the metrics of the
 * execution it stands for. A view: nothing is stored here.
 */
import type { JsonValue } from '../encoding/index.ts';
import type { ExecutionRecord, MetadataStore, MetricPoint, RunRecord } from '../metadata/index.ts';

/** All runs of declarations with one name. */
export interface Experiment {
  readonly name: string;
  readonly runCount: number;
  readonly lastStartedAtMs: number;
}

/** MLflow's states of a run. */
export type TrackedStatus = 'RUNNING' | 'FINISHED' | 'FAILED' | 'KILLED';

/** A run or a trial. */
export interface TrackedRun {
  /** The id of the run, or of the trial's execution. */
  readonly runId: string;
  readonly parentRunId: string | null;
  readonly experiment: string;
  readonly name: string;
  readonly status: TrackedStatus;
  readonly startedAtMs: number;
  readonly endedAtMs: number | null;
  /** As text; what is no text, as JSON. */
  readonly params: Readonly<Record<string, string>>;
  /** The last point of each series. Of a run: `step/name`; of a trial: `name`. */
  readonly metrics: Readonly<Record<string, number>>;
  readonly tags: Readonly<Record<string, string>>;
}

/** Experiments and runs. Every method may throw the errors of `metadata/`. */
export interface Tracking {
  /** The one with the newest run first. */
  experiments(): Promise<Experiment[]>;
  /** Newest first, without trials. */
  runs(experiment: string, options?: { readonly limit?: number; readonly before?: string }): Promise<TrackedRun[]>;
  /** A run by any name that `MetadataStore.getRun` knows. */
  run(name: string): Promise<TrackedRun>;
  /** The trials of a run, in the order in which they began. */
  trials(runId: string): Promise<TrackedRun[]>;
  /** The points of a series named as in `TrackedRun.metrics`, by step and time. */
  history(runId: string, metric: string): Promise<MetricPoint[]>;
}

const runStatus = { RUNNING: 'RUNNING', COMPLETE: 'FINISHED', FAILED: 'FAILED', CANCELED: 'KILLED' } as const;
const executionStatus = { ...runStatus, NEW: 'RUNNING', CACHED: 'FINISHED' } as const;
/** Trials are steps below the step that searches: `training/trial-3`. */
const trialForm = /\/trial-\d+$/;

/** The view over a record. */
export function openTracking(metadata: MetadataStore): Tracking {
  return {
    experiments: async () => {
      const sql = `select spec as name, count(*) as runs, max(started_at_ms) as last from runs
        group by spec order by last desc, spec`;
      const rows = await metadata.database.all<{ name: string; runs: number; last: number }>(sql);
      return rows.map(({ name, runs, last }) => ({ name, runCount: runs, lastStartedAtMs: last }));
    },
    runs: async (experiment, options = {}) => {
      const records = await metadata.listRuns({ ...options, spec: experiment });
      return await Promise.all(records.map((record) => trackRun(metadata, record)));
    },
    run: async (name) => trackRun(metadata, await metadata.getRun(name)),
    trials: async (runId) => {
      const record = await metadata.getRun(runId);
      const executions = (await metadata.executions(record.id)).filter(isTrial);
      return await Promise.all(executions.map((execution) => trackTrial(metadata, record, execution)));
    },
    history: async (runId, metric) => history(metadata, runId, metric),
  };
}

async function trackRun(metadata: MetadataStore, record: RunRecord): Promise<TrackedRun> {
  const executions = (await metadata.executions(record.id)).filter((execution) => !isTrial(execution));
  const metrics: Record<string, number> = {};
  for (const execution of executions) {
    for (const point of await metadata.metrics(execution.id)) metrics[`${execution.step}/${point.name}`] = point.value;
  }
  return {
    runId: record.id,
    parentRunId: null,
    experiment: record.spec,
    name: record.name,
    status: runStatus[record.state],
    startedAtMs: record.startedAtMs,
    endedAtMs: record.endedAtMs,
    params: asTexts(record.params),
    metrics,
    tags: {
      'mlspec.spec_digest': record.specDigest,
      ...(record.git === null
        ? {}
        : { 'mlflow.source.git.commit': record.git.commit, 'mlspec.git_clean': String(record.git.clean) }),
    },
  };
}

async function trackTrial(metadata: MetadataStore, run: RunRecord, execution: ExecutionRecord): Promise<TrackedRun> {
  const points = await metadata.metrics(execution.id);
  return {
    runId: execution.id,
    parentRunId: run.id,
    experiment: run.spec,
    name: execution.step,
    status: executionStatus[execution.state],
    startedAtMs: execution.startedAtMs,
    endedAtMs: execution.endedAtMs,
    params: asTexts(execution.params),
    metrics: Object.fromEntries(points.map((point) => [point.name, point.value])),
    tags: { 'mlflow.parentRunId': run.id },
  };
}

async function history(metadata: MetadataStore, runId: string, metric: string): Promise<MetricPoint[]> {
  if (runId.startsWith('run_')) {
    const executions = await metadata.executions((await metadata.getRun(runId)).id);
    const owners = executions.filter((execution) => metric.startsWith(`${execution.step}/`) && !isTrial(execution));
    const found = await Promise.all(
      owners.map((owner) => pointsOf(metadata, owner, metric.slice(owner.step.length + 1))),
    );
    return found.flat();
  }
  return await pointsOf(metadata, await metadata.getExecution(runId), metric);
}

async function pointsOf(metadata: MetadataStore, execution: ExecutionRecord, name: string): Promise<MetricPoint[]> {
  return (await metadata.metrics(execution.id)).filter((point) => point.name === name);
}

function isTrial(execution: ExecutionRecord): boolean {
  return trialForm.test(execution.step);
}

function asTexts(params: Readonly<Record<string, JsonValue | undefined>>): Record<string, string> {
  const present = Object.entries(params).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    present.map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
  );
}
