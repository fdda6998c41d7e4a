import { declaredOnly, type Finding, locateFindings, type ResolvedSpec, specDigest } from '../spec/index.ts';
import { checkConditions } from './conditions.ts';
import { buildGraph } from './graph.ts';
import { digestSteps, type Plan } from './plan.ts';
import type { KnownBefore, StageDefinition } from './stage.ts';
import { checkWiring, sortSteps } from './wiring.ts';

/**
 * Compiles a declaration to a frozen graph of steps. Pure: reads no file, no clock, no environment. Where the wiring is
 * wrong the plan is null and the findings say everything that is wrong.
 * @param known what the plan takes from the record, as it stands now
 */
export function planPipeline(
  spec: ResolvedSpec,
  stages: readonly StageDefinition[],
  known: KnownBefore = { registered: {}, earlier: {} },
): { readonly plan: Plan | null; readonly findings: readonly Finding[] } {
  const graph = buildGraph(spec, stages, known);
  const found = [...graph.findings, ...checkWiring(graph.steps), ...checkConditions(graph.steps)];
  const findings = locateFindings(spec, found);
  if (findings.some((finding) => finding.severity === 'error')) return { plan: null, findings };
  const steps = sortSteps(graph.steps);
  const plan: Plan = {
    name: spec.name,
    specDigest: specDigest(spec),
    digest: digestSteps(steps),
    steps,
    declaredOnly: [...graph.declaredOnly, ...declaredOnly(spec)],
  };
  return { plan: freezeDeep(plan), findings };
}

function freezeDeep<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const member of Object.values(value)) freezeDeep(member);
  return value;
}
