import { now } from '../encoding/index.ts';
import { PlatformError } from '../errors/index.ts';
import {
  type Plan,
  planPipeline,
  type RunEvent,
  type RunResult,
  runPlan,
  type Selection,
  selectSteps,
} from '../pipeline/index.ts';
import { canonicalSpec, type Finding, formatFindings, type ResolvedSpec } from '../spec/index.ts';
import { stages } from '../steps/index.ts';
import type { Config } from './config.ts';
import { openEngine, openRecord, type ProjectRecord, recover, startMark } from './engine.ts';
import { type LoadedSpec, loadSpec, requireValid, type SpecChoice } from './load-spec.ts';
import { gitState } from './project.ts';
import { registerPackage } from './register.ts';

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

/** A declaration with its plan. */
export interface PlannedSpec {
  readonly loaded: LoadedSpec;
  readonly spec: ResolvedSpec;
  readonly plan: Plan;
  readonly findings: readonly Finding[];
}

/**
 * Loads and plans the project's declaration.
 * @throws PlatformError SPEC_INVALID with all findings, those of the wiring included
 */
export async function planProject(config: Config, choice: SpecChoice): Promise<PlannedSpec> {
  const loaded = await loadSpec(config, choice);
  const spec = requireValid(loaded);
  const planned = planPipeline(spec, stages);
  const findings = [...loaded.findings, ...planned.findings];
  if (planned.plan === null) {
    const errors = findings.filter((finding) => finding.severity === 'error');
    throw new PlatformError('SPEC_INVALID', {
      message: `the plan cannot be made:\n${formatFindings(errors, { color: false })}`,
      details: { findings: errors },
    });
  }
  return { loaded, spec, plan: planned.plan, findings };
}

/** What is wrong with the wiring of a declaration; nothing where it could not even be resolved. */
export function planProjectFindings(loaded: LoadedSpec): readonly Finding[] {
  if (loaded.spec === null || loaded.findings.some((finding) => finding.severity === 'error')) return [];
  return planPipeline(loaded.spec, stages).findings;
}

/** A run with all that was decided before it. */
export interface CarriedOut {
  readonly planned: PlannedSpec;
  readonly result: RunResult;
  /** The registered version of a release that made a package. */
  readonly version: string | null;
}

/** Carries the project's declaration out, or the selected part of it. */
export async function runProject(config: Config, request: RunRequest): Promise<CarriedOut> {
  const planned = await planProject(config, request);
  const record = await openRecord(config);
  try {
    const result = await runPlanned(config, { planned, record, request });
    const version = request.verb === 'release' ? await registerPackage(record, planned.spec, result) : null;
    return { planned, result, version };
  } finally {
    await record.close();
  }
}

async function runPlanned(
  config: Config,
  work: { planned: PlannedSpec; record: ProjectRecord; request: RunRequest },
): Promise<RunResult> {
  const { planned, record, request } = work;
  await recover(config, record);
  const services = await openEngine(config, record, {
    stages,
    onProgress: (message) => request.onEvent({ type: 'notice', message, atMs: now() }),
  });
  const { plan, recordedOnly } = selectSteps(planned.plan, request.selection);
  try {
    return await runPlan(
      plan,
      {
        spec: canonicalSpec(planned.spec),
        params: planned.loaded.params,
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
        },
      },
    );
  } finally {
    await services.executor.close();
  }
}
