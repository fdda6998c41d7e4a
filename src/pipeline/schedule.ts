import { setTimeout as wait } from 'node:timers/promises';
import { monotonicMs, now } from '../encoding/index.ts';
import type { StepOutcome } from './events.ts';
import { toStepError } from './file-trouble.ts';
import { launchStep } from './launch.ts';
import { type PlanStep, predecessors } from './plan.ts';
import type { RunContext } from './run-context.ts';
import { busySearches, isSearchOver, isTrial } from './search.ts';
import { tell } from './tell.ts';

/**
 * Carries out a plan: steps start as soon as all they wait for has ended well, at most `parallelism` at the same time,
 * in the order of the plan. A step whose predecessor failed, was canceled or skipped is skipped; branches that do not
 * depend on it go on, unless `failFast`. Resolves when nothing runs any more; every step then has an outcome.
 */
export async function schedule(context: RunContext): Promise<void> {
  const waiting = new Set(context.plan.steps);
  const running = new Map<string, Promise<void>>();
  while (waiting.size > 0 || running.size > 0) {
    let busy = busyIn(context, running);
    for (const step of [...waiting]) {
      if (running.size >= context.options.parallelism) break;
      if (isTrial(step) && busy.has(step.search!.name)) continue;
      const readiness = readinessOf(step, context);
      if (readiness.kind === 'wait') continue;
      waiting.delete(step);
      if (readiness.kind === 'skip') settle(context, skipped(step, readiness.reason));
      else
        running.set(
          step.name,
          runStep(step, context).finally(() => running.delete(step.name)),
        );
      if (isTrial(step)) busy = busyIn(context, running);
    }
    if (running.size > 0) await Promise.race(running.values());
  }
}

function busyIn({ plan, outcomes }: RunContext, running: ReadonlyMap<string, unknown>): ReadonlySet<string> {
  return busySearches(plan.steps, outcomes, new Set(running.keys()));
}

type Readiness = { readonly kind: 'start' | 'wait' } | { readonly kind: 'skip'; readonly reason: string };

function readinessOf(step: PlanStep, context: RunContext): Readiness {
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

async function runStep(step: PlanStep, context: RunContext): Promise<void> {
  const startedMs = monotonicMs();
  try {
    const against = await whyNotStart(step, context);
    if (against !== null) return settle(context, skipped(step, against));
    tell(context, step, { state: 'running' });
    settle(context, await runAttempts(step, context, startedMs));
  } catch (thrown) {
    const error = toStepError(thrown);
    const state = error.kind === 'canceled' ? 'canceled' : 'failed';
    settle(context, {
      ...skipped(step, error.message),
      state,
      error: { code: error.code, message: error.message, hint: error.hint },
      durationMs: Math.round(monotonicMs() - startedMs),
    });
  }
}

/** Why a step's condition does not hold, or null. The language of conditions is loaded only where one is declared. */
async function whyNotStart(step: PlanStep, context: RunContext): Promise<string | null> {
  if (step.when === null) return null;
  const { decideCondition, unreportedValues } = await import('./conditions.ts');
  if (decideCondition(step, context.outcomes)) return null;
  const missing = unreportedValues(step, context.outcomes);
  const because = missing.length === 0 ? '' : ` (nothing reported ${missing.join(' or ')})`;
  return `its condition is false: ${step.when}${because}`;
}

async function runAttempts(step: PlanStep, context: RunContext, startedMs: number): Promise<StepOutcome> {
  for (let number = 1; ; number++) {
    const outcome = await launchStep(step, context, { number, startedMs });
    const again = outcome.state === 'failed' && outcome.retryable === true && number <= step.retries.limit;
    if (!again || context.options.signal.aborted) return outcome;
    const pauseMs = step.retries.backoffMs * step.retries.factor ** (number - 1);
    const reason = `attempt ${number} failed: ${outcome.reason}; next in ${Math.round(pauseMs)} ms`;
    tell(context, step, { state: 'waiting', reason });
    await wait(pauseMs, undefined, { signal: context.options.signal });
    tell(context, step, { state: 'running', reason: `attempt ${number + 1}` });
  }
}

function skipped(step: PlanStep, reason: string): StepOutcome {
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

function settle(context: RunContext, outcome: StepOutcome): void {
  context.outcomes.set(outcome.step, outcome);
  context.options.onEvent({
    type: 'step',
    step: outcome.step,
    stage: outcome.stage,
    state: outcome.state,
    ...(outcome.executionId === null ? {} : { executionId: outcome.executionId }),
    reason: outcome.reason,
    durationMs: outcome.durationMs,
    ...(outcome.error === null ? {} : { error: outcome.error }),
    atMs: now(),
  });
}
