import { digestJson } from '../encoding/index.ts';
import {
  type Functionary,
  type FunctionaryRole,
  isGate,
  type Layout,
  type LayoutStep,
  layoutValidityMs,
  stepBuildType,
  testResultPredicateType,
} from '../provenance/index.ts';
import { type Plan, type PlanStep, predecessors } from './plan.ts';

/** What a run of a plan has to be, for its owner to sign before it begins. */
export function compileLayout(
  plan: Plan,
  run: { readonly id: string; readonly atMs: number; readonly functionaries: readonly Functionary[] },
): Layout {
  const skippable = new Set<string>();
  for (const step of plan.steps) if (maySkip(step, skippable)) skippable.add(step.name);
  return {
    run: run.id,
    spec: { name: plan.name, digest: plan.specDigest },
    plan: plan.digest,
    createdAtMs: run.atMs,
    expiresAtMs: run.atMs + layoutValidityMs,
    functionaries: run.functionaries,
    steps: plan.steps.map((step) => ({
      ...layOut(step, skippable.has(step.name)),
      performedBy: run.functionaries.some(({ role }) => role === performerOf(step)) ? performerOf(step) : 'runner',
    })),
  };
}

/** In which role the engine signs for a step. Where validator and runner have one key, that is the runner's. */
export function performerOf(step: Pick<PlanStep, 'stage' | 'unseal'>): FunctionaryRole {
  return isGateStep(step) ? 'validator' : 'runner';
}

/** Whether a step of a plan is a gate. */
export function isGateStep({ stage, unseal }: Pick<PlanStep, 'stage' | 'unseal'>): boolean {
  return isGate({ stage, unseals: unseal });
}

function layOut(step: PlanStep, isSkippable: boolean): LayoutStep {
  return {
    name: step.name,
    stage: step.stage,
    buildType: stepBuildType(kindOf(step)),
    params: digestJson(step.params),
    seed: step.seed,
    inputs: Object.fromEntries(
      Object.entries(step.inputs).map(([port, input]) => [
        port,
        {
          sources: input.sources.map((source) => ({ step: source.step, port: source.port })),
          pinned: (input.pinned ?? []).map(({ digest }) => digest),
          ...(input.unlike === undefined ? {} : { mayOmit: true }),
        },
      ]),
    ),
    outputs: Object.fromEntries(
      Object.entries(step.outputs).map(([port, { type, optional = false }]) => [port, { type, optional }]),
    ),
    maySkip: isSkippable,
    unseals: step.unseal,
    attests: step.attests,
    ...(step.results === undefined ? {} : { attributes: { [testResultPredicateType]: { result: step.results } } }),
    ...(step.fits === true ? { fits: true } : {}),
  };
}

/** What carries a step out, as statements name it. */
export function kindOf({ component, stage }: Pick<PlanStep, 'component' | 'stage'>): string {
  return component.kind === 'builtin' ? stage : component.kind;
}

/** Steps stand behind those that they wait for: what is known of these is known already. */
function maySkip(step: PlanStep, skippable: ReadonlySet<string>): boolean {
  return (
    step.when !== null ||
    (step.search?.patience ?? null) !== null ||
    predecessors(step).some((name) => skippable.has(name))
  );
}
