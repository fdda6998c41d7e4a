import { PlatformError } from '../errors/index.ts';
import type { Plan } from '../pipeline/index.ts';
import { planPipeline } from '../pipeline/planning.ts';
import { type Finding, formatFindings, type ResolvedSpec } from '../spec/index.ts';
import { stages } from '../steps/index.ts';
import { baselineNames, findBaselines, type PinnedBaselines } from './baselines.ts';
import type { Config } from './config.ts';
import { type LoadedSpec, loadSpec, requireValid } from './load-spec.ts';
import type { SpecChoice } from './spec-source.ts';

/** A declaration with its plan. */
export interface PlannedSpec {
  readonly loaded: LoadedSpec;
  readonly spec: ResolvedSpec;
  readonly plan: Plan;
  /** The registered models that the declaration's baselines name, as they stood when the plan was made. */
  readonly baselines: PinnedBaselines;
  readonly findings: readonly Finding[];
}

/**
 * Loads and plans the project's declaration; baselines that are registered models are pinned as they stand now.
 * @throws PlatformError SPEC_INVALID with all findings, those of the wiring included
 */
export async function planProject(config: Config, choice: SpecChoice): Promise<PlannedSpec> {
  const loaded = await loadSpec(config, choice);
  const spec = requireValid(loaded);
  const baselines = await findBaselines(config, baselineNames(spec));
  const planned = planPipeline(spec, stages, baselines);
  const findings = [...loaded.findings, ...planned.findings];
  if (planned.plan === null) {
    const errors = findings.filter((finding) => finding.severity === 'error');
    throw new PlatformError('SPEC_INVALID', {
      message: `the plan cannot be made:\n${formatFindings(errors, { color: false })}`,
      details: { findings: errors },
    });
  }
  return { loaded, spec, plan: planned.plan, baselines, findings };
}

/** What is wrong with the wiring of a declaration; nothing where it could not even be resolved. */
export function planProjectFindings(loaded: LoadedSpec): readonly Finding[] {
  if (loaded.spec === null || loaded.findings.some((finding) => finding.severity === 'error')) return [];
  return planPipeline(loaded.spec, stages).findings;
}
