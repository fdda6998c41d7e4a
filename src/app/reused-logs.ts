/**
 * What clients of MLflow logged in steps that a later run reuses. The tracker does not know which step logged a point: what
 * was logged to a run is copied to a later one where that reuses every step of it that may have logged, and nothing of it
 * otherwise. Copying again changes nothing, because points are named by all their values.
 */
import type { ExecutionRecord, MetadataStore, RunRecord } from '../metadata/index.ts';
import type { KeyIngredients } from '../pipeline/index.ts';
import { keyFor, type Metric, type MirroredRun, type Tag, type TrackingStore } from '../tracking/index.ts';
import { trackedRunId } from './tracked-run-id.ts';

const pointsAtOnce = 1000;
const paramsAtOnce = 100;

/** A reused execution, and the one whose outputs stand for it. */
interface Reused {
  readonly step: string;
  readonly original: ExecutionRecord;
}

/** Which run carried a reused step out, as a tag of the run that reuses it; none for steps that cannot log. */
export async function reusedTags(metadata: MetadataStore, executions: readonly ExecutionRecord[]): Promise<Tag[]> {
  const reused = await reusedOf(metadata, executions);
  return reused.map(({ step, original }) => ({ key: keyFor(`mlspec.reused.${step}`), value: original.runId }));
}

async function reusedOf(metadata: MetadataStore, executions: readonly ExecutionRecord[]): Promise<Reused[]> {
  const cached = executions.filter((one) => one.cachedFrom !== null && mayLog(one));
  return await Promise.all(
    cached.map(async ({ step, cachedFrom }) => ({ step, original: await metadata.getExecution(cachedFrom!) })),
  );
}

/** Stages of ours have no client of MLflow; of what has code of its own nobody knows. */
function mayLog({ code }: ExecutionRecord): boolean {
  const { component } = (code['ingredients'] ?? {}) as Partial<KeyIngredients>;
  return component?.['kind'] !== 'builtin';
}

/** The last attempt of each step of a run. */
export async function lastAttempts(metadata: MetadataStore, runId: string): Promise<ExecutionRecord[]> {
  return [...new Map((await metadata.executions(runId)).map((one) => [one.step, one])).values()];
}

/** The runs that ended, and whose steps that may have logged are all among the reused ones. */
async function whollyReused(metadata: MetadataStore, reused: readonly Reused[]): Promise<RunRecord[]> {
  const standing = new Set(reused.map(({ original }) => original.id));
  const found: RunRecord[] = [];
  for (const runId of new Set(reused.map(({ original }) => original.runId))) {
    const run = await metadata.getRun(runId);
    const logging = (await lastAttempts(metadata, runId)).filter(mayLog);
    if (run.state !== 'RUNNING' && logging.every(({ id, cachedFrom }) => standing.has(cachedFrom ?? id)))
      found.push(run);
  }
  return found;
}

/** Where reused logs are looked for and written to. */
export interface LogPlaces {
  readonly metadata: MetadataStore;
  readonly tracking: TrackingStore;
  /** A run of the record as the tracker shows it: what it has besides was logged by clients. */
  readonly mirrorOf: (run: RunRecord) => Promise<MirroredRun>;
}

/** Copies what clients logged in the steps that a run reuses. The run is in the tracker, and has ended. */
export async function copyReusedLogs(places: LogPlaces, run: RunRecord): Promise<void> {
  const { metadata, tracking } = places;
  const reused = await reusedOf(metadata, await lastAttempts(metadata, run.id));
  for (const original of await whollyReused(metadata, reused)) {
    const from = trackedRunId(original.id);
    // Not there where nobody who logs in it used this tracker.
    if ((await tracking.ownersOf('runs', [from])).has(from)) await copyLog(places, original, trackedRunId(run.id));
  }
}

async function copyLog({ tracking, mirrorOf }: LogPlaces, original: RunRecord, to: string): Promise<void> {
  const [source, target] = [await tracking.getRun(trackedRunId(original.id)), await tracking.getRun(to)];
  if (source.info.lifecycle !== 'active' || target.info.lifecycle !== 'active') return;
  const mirror = await mirrorOf(original);
  const known = new Set([...mirror.params.map(({ key }) => keyFor(key)), ...target.params.map(({ key }) => key)]);
  const params = source.params.filter(({ key }) => !known.has(key));
  for (let start = 0; start < params.length; start += paramsAtOnce)
    await tracking.logBatch(to, { params: params.slice(start, start + paramsAtOnce) });
  const mirrored = new Set(mirror.metrics.map((metric) => pointName({ ...metric, key: keyFor(metric.key) })));
  for (const { key } of source.metrics) {
    let pageToken: string | undefined;
    do {
      const page = await tracking.metricHistory({ runId: source.info.runId, key, limit: pointsAtOnce, pageToken });
      await tracking.logBatch(to, { metrics: page.items.filter((metric) => !mirrored.has(pointName(metric))) });
      pageToken = page.nextPageToken ?? undefined;
    } while (pageToken !== undefined);
  }
}

/** A point by all its values, as the tracker keeps them. */
function pointName({ key, value, timestampMs, step }: Metric): string {
  const kept = Math.min(Math.max(value, -Number.MAX_VALUE), Number.MAX_VALUE);
  return `${timestampMs} ${step} ${kept} ${key}`;
}
