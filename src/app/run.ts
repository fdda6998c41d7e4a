import { now, processMark } from '../encoding/index.ts';
import { namedSteps, type RunEvent, type RunResult, runPlan, type Selection, selectSteps } from '../pipeline/index.ts';
import type { ResolvedSpec } from '../spec/index.ts';
import type { Config } from './config.ts';
import { requireUsableDatasets } from './dataset-states.ts';
import { openEngine } from './engine.ts';
import { type LineageTarget, lineageTarget } from './open-lineage/lineage-target.ts';
import type { LineageWork, LiveLineage } from './open-lineage/live-lineage.ts';
import { planRun, type RunnablePlan } from './plan-cache.ts';
import { gitState } from './project.ts';
import { openRecordToStore, type ProjectRecord } from './project-record.ts';
import { recover } from './recover.ts';
import type { RegisteredVersion } from './register.ts';
import { openSigning, type Signing } from './signing.ts';
import type { SpecChoice } from './spec-source.ts';
import { openStepTracking, type TrackerEdge } from './step-tracking.ts';
import { type RunSummary, summarizeRun } from './summary.ts';
import { publishLogOrSay } from './transparency-log.ts';

/** How a run is asked for. */
export interface RunRequest extends SpecChoice {
  readonly selection: Selection;
  readonly force: ReadonlySet<string> | 'all';
  readonly failFast: boolean;
  readonly parallelism?: number;
  readonly verb: 'run' | 'release';
  /** Where OpenLineage events are posted to; `OPENLINEAGE_URL` where left out. */
  readonly openLineage?: string;
  /** Serves the tracker that steps may log to, and sends what waits in a spool. Left out: there is none. */
  readonly trackerEdge?: TrackerEdge;
  readonly signal: AbortSignal;
  readonly onEvent: (event: RunEvent) => void;
}

/**
 * Carries the project's declaration out, or the selected part of it, and sums up what it came to.
 * @throws PlatformError SPEC_NOT_FOUND, CLI_USAGE, SPEC_INVALID with all findings
 */
export async function runProject(config: Config, request: RunRequest): Promise<RunSummary> {
  const onProgress = (message: string): void => request.onEvent({ type: 'notice', message, atMs: now() });
  const signing = openSigning(config, onProgress);
  lineageTarget(config, request.openLineage);
  const planned = await planRun(config, request, signing);
  const work = { planned, request, signing, onProgress };
  return await carryOutPlan(config, work, async (record, result) => {
    const registered = request.verb === 'release' ? await register(config, { ...work, record }, result) : null;
    return await summarizeRun(record.artifacts, { plan: planned.plan, result, verb: request.verb, registered });
  });
}

/** A plan, how it is asked for, and who signs. */
export interface PlannedWork {
  readonly planned: RunnablePlan;
  readonly request: RunRequest;
  readonly signing: Signing;
  readonly onProgress: (message: string) => void;
}

interface Work extends PlannedWork {
  readonly record: ProjectRecord;
}

/** Carries a plan out, has something made of its result while the record is open, and publishes the log. */
export async function carryOutPlan<Made>(
  config: Config,
  planned: PlannedWork,
  conclude: (record: ProjectRecord, result: RunResult) => Promise<Made>,
): Promise<Made> {
  const record = await openRecordToStore(config);
  try {
    return await conclude(record, await runPlanned(config, { ...planned, record }));
  } finally {
    await publishLogOrSay(config, { metadata: record.metadata, ...planned });
    await record.close();
  }
}

async function register(
  config: Config,
  { record, planned, signing }: Work,
  result: RunResult,
): Promise<RegisteredVersion | null> {
  const [{ registerPackage }, { readTrust }] = await Promise.all([
    import('./register.ts'),
    import('../provenance/keys/index.ts'),
  ]);
  return await registerPackage(record, planned, { result, signing, trust: await readTrust(config.keysDir) });
}

async function runPlanned(config: Config, work: Work): Promise<RunResult> {
  const { planned, record, request, signing, onProgress } = work;
  const target = lineageTarget(config, request.openLineage);
  const git = gitState(config.projectRoot);
  await recover(config, record, signing);
  const { plan, recordedOnly } = selectSteps(planned.plan, request.selection);
  const { ingestion } = JSON.parse(planned.spec) as Pick<ResolvedSpec, 'ingestion'>;
  await requireUsableDatasets(record.metadata, { plan, recordedOnly, ingestion, say: onProgress });
  const services = await openEngine(config, record, { onProgress, signing });
  const lineage = await postLineage(config, target, { planned, record, say: onProgress });
  const tracking = await openStepTracking(record, {
    plan,
    remote: config.tracking,
    keysDir: config.keysDir,
    spoolsDir: config.spoolsDir,
    edge: request.trackerEdge,
    signal: request.signal,
    say: onProgress,
  });
  try {
    return await runPlan(
      plan,
      {
        spec: planned.spec,
        params: planned.params,
        git: await git,
        verb: request.verb,
        pid: process.pid,
        host: config.host,
        startMark: processMark(process.pid),
      },
      {
        services: {
          ...services,
          ...(lineage === null ? {} : { metadata: lineage.watch(services.metadata) }),
          ...(tracking === null ? {} : { trackingOf: tracking.accessOf }),
        },
        options: {
          signal: request.signal,
          onEvent: (event) => {
            tracking?.observe(event);
            request.onEvent(event);
            lineage?.observe(event);
          },
          parallelism: request.parallelism ?? config.parallelism,
          force: namedSteps(plan, request.force),
          failFast: request.failFast,
          recordedOnly,
          pinned: planned.baselines.artifacts,
        },
      },
    );
  } finally {
    await services.executor.close();
    await tracking?.close();
    await lineage?.close();
  }
}

/** Whoever posts the events of the run; null where nobody asked for them, and nothing is loaded then. */
async function postLineage(
  config: Config,
  target: LineageTarget | null,
  work: LineageWork,
): Promise<LiveLineage | null> {
  if (target === null) return null;
  const { openLiveLineage } = await import('./open-lineage/live-lineage.ts');
  return openLiveLineage(config, target, work);
}
