import type { JsonValue } from '../encoding/index.ts';
import type { StepOutcome } from './events.ts';
import type { PlanStep } from './plan.ts';

/**
 * Whether the search that a step belongs to saw no better value in its last `patience` results, in the order in which
 * they came. Equal values are not better. Steps of the search that report no such value (those that train, those that
 * failed) do not count.
 */
export function isSearchOver(
  step: PlanStep,
  steps: readonly PlanStep[],
  outcomes: ReadonlyMap<string, StepOutcome>,
): boolean {
  const stop = step.earlyStop;
  if (stop === null) return false;
  const reporting = steps.filter((other) => other.earlyStop?.group === stop.group).map((other) => other.name);
  const members = new Set(reporting);
  const sign = stop.direction === 'maximize' ? 1 : -1;
  const values = [...outcomes.values()]
    .filter((outcome) => members.has(outcome.step) && reports(outcome, stop.value))
    .map((outcome) => sign * (outcome.values[stop.value] as number));
  const best = values.indexOf(Math.max(...values));
  return values.length > stop.patience && values.length - 1 - best >= stop.patience;
}

function reports(outcome: StepOutcome, name: string): boolean {
  const value: JsonValue | undefined = outcome.values[name];
  return typeof value === 'number' && !Number.isNaN(value);
}
