import type { Finding, ResolvedSpec } from '../spec/index.ts';
import { completeStep, type Plan, type PlanStep, type PlanStepDraft, stepPath } from './plan.ts';
import type { GraphBuilder, KnownBefore, StageDefinition } from './stage.ts';

/** The steps that stages proposed, before their wiring is checked. */
export interface Graph {
  readonly steps: readonly PlanStep[];
  readonly declaredOnly: Plan['declaredOnly'];
  readonly findings: readonly Finding[];
}

/** Lets every stage add its steps, in the order given. Pure. A name used twice is a finding; the first one stays. */
export function buildGraph(spec: ResolvedSpec, stages: readonly StageDefinition[], known: KnownBefore): Graph {
  const steps = new Map<string, PlanStep>();
  const declaredOnly: { section: string; reason: string }[] = [];
  const findings: Finding[] = [];
  const builder: GraphBuilder = {
    ...known,
    add: (draft: PlanStepDraft) => {
      if (steps.has(draft.name)) findings.push(nameTaken(draft));
      else steps.set(draft.name, completeStep(draft));
    },
    has: (step) => steps.has(step),
    params: (step) => steps.get(step)?.params ?? null,
    outputs: (step) => steps.get(step)?.outputs ?? null,
    steps: () => [...steps.values()],
    declaredOnly: (section, reason) => declaredOnly.push({ section, reason }),
  };
  for (const stage of stages) findings.push(...stage.plan(spec, builder));
  return { steps: [...steps.values()], declaredOnly, findings };
}

function nameTaken(draft: PlanStepDraft): Finding {
  return {
    rule: 'plan/name-taken',
    severity: 'error',
    path: stepPath(draft),
    message: `two steps are named ${draft.name}`,
    suggestion: 'give one of them another name',
  };
}
