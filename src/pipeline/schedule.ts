import { setTimeout as wait } from 'node:timers/promises';
import { monotonicMs, now } from '../encoding/index.ts';
import type { StepOutcome } from './events.ts';
import { toStepError } from './file-trouble.ts';
import { launchStep } from './launch.ts';
import { Places, type StepPlace } from './places.ts';
import type { PlanStep } from './plan.ts';
import { readinessOf, skippedOutcome } from './readiness.ts';
import type { RunContext } from './run-context.ts';
import { busySearches, isTrial } from './search.ts';
import { tell } from './tell.ts';

/**
 * Carries out a plan: steps start as soon as all they wait for has ended well, at most `parallelism` at the same time,
 * in the order of the plan. While all places are taken the next step is prepared, up to its start; a step whose process
 * has ended well gives its place to the next one while its result is recorded. A step whose predecessor failed, was
 * canceled or skipped is skipped; branches that do not depend on it go on, unless `failFast`. Resolves when nothing runs
 * any more; every step then has an outcome.
 */
export async function schedule(context: RunContext): Promise<void> {
  const waiting = new Set(context.plan.steps);
  const underWay = new Set<string>();
  const places = new Places(context.options.parallelism);
  const trouble: unknown[] = [];
  const begin = (step: PlanStep): void => {
    const place = places.begin();
    underWay.add(step.name);
    void runStep(step, place, context)
      .catch((error: unknown) => trouble.push(error))
      .finally(() => {
        underWay.delete(step.name);
        place.end();
      });
  };
  while (waiting.size > 0 || underWay.size > 0) {
    const changed = places.change();
    let busy = busySearches(context.plan.steps, context.outcomes, underWay);
    for (const step of [...waiting]) {
      if (!mayBegin(step, places)) break;
      if (isTrial(step) && busy.has(step.search!.name)) continue;
      const readiness = readinessOf(step, context);
      if (readiness.kind === 'wait') continue;
      waiting.delete(step);
      if (readiness.kind === 'skip') settle(context, skippedOutcome(step, readiness.reason));
      else begin(step);
      if (isTrial(step)) busy = busySearches(context.plan.steps, context.outcomes, underWay);
    }
    if (underWay.size > 0) await changed;
    if (trouble.length > 0) throw trouble[0];
  }
}

/** What a search finds decides which of its steps are carried out, so that none of them is begun before it is known. */
function mayBegin({ search }: PlanStep, places: Places): boolean {
  return search === null ? places.hasRoom() : places.hasFreePlace();
}

async function runStep(step: PlanStep, place: StepPlace, context: RunContext): Promise<void> {
  try {
    const against = await whyNotStart(step, context);
    if (against !== null) return settle(context, skippedOutcome(step, against));
    if (place.isTaken) tell(context, step, { state: 'running' });
    settle(context, await runAttempts(step, place, context));
  } catch (thrown) {
    const error = toStepError(thrown);
    const state = error.kind === 'canceled' ? 'canceled' : 'failed';
    settle(context, {
      ...skippedOutcome(step, error.message),
      state,
      error: { code: error.code, message: error.message, hint: error.hint },
      durationMs: Math.round(monotonicMs() - place.startedMs),
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

async function runAttempts(step: PlanStep, place: StepPlace, context: RunContext): Promise<StepOutcome> {
  for (let number = 1; ; number++) {
    const outcome = await launchStep(step, context, { number, place });
    const again = outcome.state === 'failed' && outcome.retryable === true && number <= step.retries.limit;
    if (!again || context.options.signal.aborted) return outcome;
    const pauseMs = step.retries.backoffMs * step.retries.factor ** (number - 1);
    const reason = `attempt ${number} failed: ${outcome.reason}; next in ${Math.round(pauseMs)} ms`;
    tell(context, step, { state: 'waiting', reason });
    await wait(pauseMs, undefined, { signal: context.options.signal });
    tell(context, step, { state: 'running', reason: `attempt ${number + 1}` });
  }
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
