import type { JsonValue } from '../encoding/index.ts';
import type { StepOutcome } from './events.ts';
import { type PlanStep, predecessors } from './plan.ts';

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
  const { search } = step;
  if (search === null || search.patience === null) return false;
  const members = new Set(steps.filter((other) => other.search?.name === search.name).map((other) => other.name));
  const sign = search.direction === 'maximize' ? 1 : -1;
  const values = [...outcomes.values()]
    .filter((outcome) => members.has(outcome.step) && reports(outcome, search.value))
    .map((outcome) => sign * (outcome.values[search.value] as number));
  const best = values.indexOf(Math.max(...values));
  return values.length > search.patience && values.length - 1 - best >= search.patience;
}

/**
 * The searches of which as many trials are under way as may be. A trial is under way from its start until everything that measures it has ended: with folds
 * that is every model of it.
 */
export function busySearches(
  steps: readonly PlanStep[],
  outcomes: ReadonlyMap<string, StepOutcome>,
  running: ReadonlySet<string>,
): ReadonlySet<string> {
  const limited = steps.filter(({ search }) => search !== null && search.parallel !== null);
  const open = limited.filter((step) => !isTrial(step) && !outcomes.has(step.name));
  const unmeasured = new Set(open.flatMap(predecessors));
  const underWay = limited.filter(
    (step) => isTrial(step) && (running.has(step.name) || (outcomes.has(step.name) && unmeasured.has(step.name))),
  );
  const counts = Map.groupBy(underWay, ({ search }) => search!.name);
  const busy = limited.filter(({ search }) => (counts.get(search!.name)?.length ?? 0) >= search!.parallel!);
  return new Set(busy.map(({ search }) => search!.name));
}

/** Whether a step is a trial of a search, and not what measures one. */
export function isTrial({ search }: PlanStep): boolean {
  return search?.role === 'trial';
}

function reports(outcome: StepOutcome, name: string): boolean {
  const value: JsonValue | undefined = outcome.values[name];
  return typeof value === 'number' && !Number.isNaN(value);
}
