import type { StepOutcome } from './events.ts';
import { type PlanStep, predecessors } from './plan.ts';
import type { RunContext } from './run-context.ts';
import { isSearchOver } from './search.ts';

/** Whether a step may start as things stand now: it may, it waits for others, or it never will, and why. */
export type Readiness = { readonly kind: 'start' | 'wait' } | { readonly kind: 'skip'; readonly reason: string };

/** Tells that of a step. */
export function readinessOf(step: PlanStep, context: RunContext): Readiness {
  if (context.options.signal.aborted) return { kind: 'skip', reason: 'the run was canceled' };
  if (context.options.failFast && [...context.outcomes.values()].some((outcome) => outcome.state === 'failed')) {
    return { kind: 'skip', reason: 'another step failed' };
  }
  for (const name of predecessors(step)) {
    const outcome = context.outcomes.get(name);
    if (outcome === undefined) return { kind: 'wait' };
    if (outcome.state === 'complete' || outcome.state === 'cached') continue;
    if (outcome.state === 'skipped' && mayLack(step, name)) continue;
    return { kind: 'skip', reason: `${name} ${outcome.state === 'skipped' ? 'was skipped' : outcome.state}` };
  }
  const empty = emptyFanIn(step, context);
  if (empty !== null) return { kind: 'skip', reason: `nothing arrived at its input ${empty}` };
  return isSearchOver(step, context.plan.steps, context.outcomes)
    ? { kind: 'skip', reason: 'the search stopped early' }
    : { kind: 'start' };
}

/** The outcome of a step that is not carried out. */
export function skippedOutcome(step: PlanStep, reason: string): StepOutcome {
  return {
    step: step.name,
    stage: step.stage,
    state: 'skipped',
    executionId: null,
    outputs: {},
    values: {},
    reason,
    error: null,
    durationMs: 0,
  };
}

/** A fan-in that needs at least one artifact and got none; null where there is none such. */
function emptyFanIn(step: PlanStep, context: RunContext): string | null {
  const isEmpty = ([, input]: [string, PlanStep['inputs'][string]]): boolean =>
    input.many === true &&
    input.optional !== true &&
    input.sources.length > 0 &&
    input.sources.every((source) => context.outcomes.get(source.step)?.state === 'skipped');
  return Object.entries(step.inputs).find(isEmpty)?.[0] ?? null;
}

function mayLack(step: PlanStep, name: string): boolean {
  if (step.needs.includes(name)) return false;
  return Object.values(step.inputs)
    .filter((input) => input.sources.some((source) => source.step === name))
    .every((input) => input.optional === true || input.many === true);
}
