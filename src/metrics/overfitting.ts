/**
 * Whether a model knows its training rows by heart: how much better it is on them than on rows that it has not seen. The two values are of different rows, so of independent
 * samples given the model; the interval of their difference is put together from those that the metrics have.
 */
import { differenceInterval, type Interval } from '../stats/index.ts';
import type { Measured, MetricFacts } from './metric.ts';

/** How much better a model is on rows that it was fitted on. */
export interface Gap {
  /** In the metric's own unit; above 0: better on the training rows. NaN where one side is undefined. */
  readonly value: number;
  readonly interval: Interval | null;
  /** `overfitted`: the whole interval lies above what may be; `unclear`: it does so in part, or nothing can be told; `fine`: nothing of it does. */
  readonly verdict: 'fine' | 'unclear' | 'overfitted';
}

/** A metric on rows that a model was fitted on, and on others. */
export interface SeenAndUnseen {
  readonly seen: Measured;
  readonly unseen: Measured;
}

/** Whether more training rows would help, by the last step of a learning curve. */
export type CurveVerdict = 'rising' | 'flat' | 'falling' | 'unclear';

/**
 * Judges the last step of a learning curve: whether the metric on all rows is surely better, or worse, than on the largest share of them. Both are measured on the same rows, which
 * makes the interval too wide and never too narrow.
 */
export function judgeCurve(
  { share, all }: { readonly share: Measured; readonly all: Measured },
  { direction }: Pick<MetricFacts, 'direction'>,
): CurveVerdict {
  const interval = direction === 'maximize' ? differenceInterval(all, share) : differenceInterval(share, all);
  if (interval === null) return 'unclear';
  return interval.low > 0 ? 'rising' : interval.high < 0 ? 'falling' : 'flat';
}

/** How much of the error of a constant answer a model takes away, at least 0 where it does not know more than chance; and what it surely is. */
export interface Skill {
  readonly value: number;
  readonly low: number;
}

/** A model that was fitted on shuffled labels knows nothing, but by chance, of this size. */
const chanceSkill = 0.05;

/**
 * Judges models that were fitted on shuffled labels beside the one that was not. `leaks`: each of them surely knows the labels of rows that it has not seen, which it can have
 * from those rows alone; `nothing_learnt`: one of them is as good as the model itself; `learnt`: neither. Skill is of a loss that punishes what is sure and wrong (the Brier score, the
 * squared error): by an order of scores alone a model of one strong feature looks perfect half of the time, whichever way chance turned it.
 */
export function judgeShuffled(shuffled: readonly Skill[], own: Skill): 'learnt' | 'nothing_learnt' | 'leaks' {
  if (shuffled.every(({ low }) => low > chanceSkill)) return 'leaks';
  return shuffled.some(({ value }) => value >= own.value) ? 'nothing_learnt' : 'learnt';
}

/** Judges the gap of a metric. @param mostGap how much better the model may be on its training rows, above 0 */
export function judgeGap(
  { seen, unseen }: SeenAndUnseen,
  { direction }: Pick<MetricFacts, 'direction'>,
  mostGap: number,
): Gap {
  const [better, worse] = direction === 'maximize' ? [seen, unseen] : [unseen, seen];
  const value = better.value - worse.value;
  const interval = differenceInterval(better, worse);
  if (interval === null) return { value, interval, verdict: 'unclear' };
  return {
    value,
    interval,
    verdict: interval.low > mostGap ? 'overfitted' : interval.high > mostGap ? 'unclear' : 'fine',
  };
}
