import { now } from '../encoding/index.ts';
import { type RunEvent, type RunResult, runPlan, type Selection, selectSteps } from '../pipeline/index.ts';
import type { Config } from './config.ts';
import { openEngine, openRecord, type ProjectRecord, recover, startMark } from './engine.ts';
import { planAfresh, planRun, type RunnablePlan } from './plan-cache.ts';
import { gitState } from './project.ts';
import type { SpecChoice } from './spec-source.ts';
import { type RunSummary, summarizeRun } from './summary.ts';

/** How a run is asked for. */
export interface RunRequest extends SpecChoice {
  readonly selection: Selection;
  readonly force: ReadonlySet<string> | 'all';
  readonly failFast: boolean;
  readonly parallelism?: number;
  readonly verb: 'run' | 'release';
  readonly signal: AbortSignal;
  readonly onEvent: (event: RunEvent) => void;
}

/**
 * Carries the project's declaration out, or the selected part of it, and sums up what it came to.
 * @throws PlatformError SPEC_NOT_FOUND, CLI_USAGE, SPEC_INVALID with all findings
 */
export async function runProject(config: Config, request: RunRequest): Promise<RunSummary> {
  const planned = await (request.verb === 'release' ? planAfresh : planRun)(config, request);
  const record = await openRecord(config);
  try {
    const result = await runPlanned(config, { planned, record, request });
    const version = request.verb === 'release' ? await register(record, planned, result) : null;
    return await summarizeRun(record.artifacts, { plan: planned.plan, result, verb: request.verb, version });
  } finally {
    await record.close();
  }
}

async function register(record: ProjectRecord, planned: RunnablePlan, result: RunResult): Promise<string | null> {
  const { registerPackage } = await import('./register.ts');
  return await registerPackage(record, planned, result);
}

async function runPlanned(
  config: Config,
  work: { planned: RunnablePlan; record: ProjectRecord; request: RunRequest },
): Promise<RunResult> {
  const { planned, record, request } = work;
  await recover(config, record);
  const services = await openEngine(config, record, {
    onProgress: (message) => request.onEvent({ type: 'notice', message, atMs: now() }),
  });
  const { plan, recordedOnly } = selectSteps(planned.plan, request.selection);
  try {
    return await runPlan(
      plan,
      {
        spec: planned.spec,
        params: planned.params,
        git: await gitState(config.projectRoot),
        verb: request.verb,
        pid: process.pid,
        host: config.host,
        startMark: startMark(process.pid),
      },
      {
        services,
        options: {
          signal: request.signal,
          onEvent: request.onEvent,
          parallelism: request.parallelism ?? config.parallelism,
          force: request.force,
          failFast: request.failFast,
          recordedOnly,
          pinned: planned.baselines.artifacts,
        },
      },
    );
  } finally {
    await services.executor.close();
  }
}
