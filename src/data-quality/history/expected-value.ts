/**
 * What the values before say of the next one: bounds beyond which it lies with the declared rate of false alarms, where the values are as
 * the strategy takes them to be.
 *
 * | strategy       | takes the values to be                               | the bounds hold the rate                            |
 * |----------------|------------------------------------------------------|-----------------------------------------------------|
 * | `threshold`    | alike, in any distribution and order                 | at every count: order statistics, at most the rate  |
 * | `normal`       | independent and normal                               | at every count: Student's distribution              |
 * | `change`       | steps that are independent and normal                | at every count: Student's distribution of the steps |
 * | `holt_winters` | level, trend and season with independent normal errors | but for the three that are searched: Student's     |
 *
 * Where all values are equal there is no deviation to go by. Then another value is an alarm only where there are so many equal ones that the next
 * of values that are alike differs at most at the declared rate: 1 / (count + 1).
 */
import { seededRandom } from '../../encoding/index.ts';
import type { HistoryDemand } from '../../spec/index.ts';
import {
  fitHoltWinters,
  leastHoltWinters,
  meanAndDeviation,
  medianAndDeviation,
  robustReach,
  type SmoothedSeries,
  studentQuantile,
  studentReach,
} from '../../stats/index.ts';
import { placedValues } from './placed-values.ts';
import type { NextValue, SeriesPoint } from './series.ts';

/** What is expected of the next value. */
export type ExpectedValue =
  /** Between bounds; null: none to that side. */
  | { readonly kind: 'range'; readonly low: number | null; readonly high: number | null }
  /** One value; another one is an alarm from `alarmFrom` equal values on (null: never). */
  | { readonly kind: 'equal'; readonly to: number; readonly slack: number; readonly alarmFrom: number | null }
  /** Nothing, and why. */
  | { readonly kind: 'nothing'; readonly why: string };

/** What the values before say of the next one. */
export function expectedValue(points: readonly SeriesPoint[], demand: HistoryDemand, next: NextValue): ExpectedValue {
  const few = tooFew(points, demand);
  if (few !== null) return { kind: 'nothing', why: few };
  const values = points.map(({ value }) => value ?? Number.NaN);
  switch (demand.strategy) {
    case 'threshold':
      return expectedThreshold(values.filter(Number.isFinite), demand);
    case 'change':
      return expectedChange(values, demand);
    case 'normal':
      return expectedNormal(values.filter(Number.isFinite), demand);
    case 'holt_winters':
      return expectedSeason(points, demand, next);
  }
}

/** How many values a strategy takes at least, so that it has something to say at the declared rate. */
export function leastCount(demand: HistoryDemand): number {
  return Math.max(demand.least, leastOf(demand));
}

function leastOf(demand: HistoryDemand): number {
  const { strategy, order, season, robust } = demand;
  if (strategy === 'threshold') return hasBounds(demand) ? 0 : Math.ceil(1 / tailOf(demand) - 1e-9) - 1;
  if (strategy === 'change') return demand.at_most === null ? order + 3 : order;
  if (strategy === 'holt_winters') return leastHoltWinters(season!);
  return robust ? 5 : 3;
}

/** Whether bounds are given: then there is no rate of false alarms. */
export function hasBounds({ low, high, at_most }: HistoryDemand): boolean {
  return low !== null || high !== null || at_most !== null;
}

function tooFew(points: readonly SeriesPoint[], demand: HistoryDemand): string | null {
  const count = points.filter(({ value }) => value !== null).length;
  const least = leastCount(demand);
  if (count >= least) return null;
  const { strategy, season, false_alarms } = demand;
  const takes =
    demand.least > leastOf(demand)
      ? `at least ${least} are asked for`
      : strategy === 'holt_winters'
        ? `holt_winters takes two seasons of ${season} values, at least ${least}`
        : strategy === 'threshold'
          ? `threshold takes at least ${least} at ${percent(false_alarms)} false alarms`
          : `${strategy} takes at least ${least}`;
  return `${takes}, and there ${count === 1 ? 'is' : 'are'} ${count}`;
}

/** A rate as it is told. */
export function percent(rate: number): string {
  return `${Number((rate * 100).toPrecision(6))}%`;
}

/** How likely the next value lies beyond each bound that there is. */
function tailOf({ false_alarms, direction }: HistoryDemand): number {
  return direction === 'both' ? false_alarms / 2 : false_alarms;
}

function between({ direction }: HistoryDemand, low: number, high: number): ExpectedValue {
  return { kind: 'range', low: direction === 'up' ? null : low, high: direction === 'down' ? null : high };
}

function equalTo(to: number, { false_alarms }: HistoryDemand): ExpectedValue {
  return { kind: 'equal', to, slack: 0, alarmFrom: Math.ceil(1 / false_alarms - 1e-9) - 1 };
}

function isOneValue(values: readonly number[]): boolean {
  return values.every((value) => value === values[0]);
}

/** The k-th smallest and the k-th largest of n: the next one lies beyond each with probability k / (n + 1) at most. */
function expectedThreshold(values: readonly number[], demand: HistoryDemand): ExpectedValue {
  if (hasBounds(demand)) return { kind: 'range', low: demand.low, high: demand.high };
  const sorted = values.toSorted((a, b) => a - b);
  const place = Math.floor(tailOf(demand) * (sorted.length + 1) + 1e-9);
  return between(demand, sorted[place - 1]!, sorted[sorted.length - place]!);
}

function expectedNormal(values: readonly number[], demand: HistoryDemand): ExpectedValue {
  if (isOneValue(values)) return equalTo(values[0]!, demand);
  const tail = tailOf(demand);
  const { centre, deviation } = demand.robust ? medianAndDeviation(values) : meanAndDeviation(values);
  if (deviation === 0)
    return { kind: 'nothing', why: 'half of the values before are equal, and robust has no deviation to go by' };
  const reach = demand.robust ? knownReach(values.length, tail) : studentReach(values.length, tail);
  return between(demand, centre - reach * deviation, centre + reach * deviation);
}

/** Reaches that were found: they depend on count and rate alone, and take a while. */
const reaches = new Map<string, number>();

function knownReach(count: number, tail: number): number {
  const key = `${count} ${tail}`;
  const found = reaches.get(key) ?? robustReach(count, tail, seededRandom('history/normal'));
  reaches.set(key, found);
  return found;
}

/** Weights of the values before, the newest first, that differences of an order take off the next one. */
const continued: readonly (readonly number[])[] = [[1], [2, -1], [3, -3, 1]];

function expectedChange(values: readonly number[], demand: HistoryDemand): ExpectedValue {
  const { order, relative, at_most: most } = demand;
  const last = values.slice(-order).reverse();
  if (last.some(Number.isNaN)) return { kind: 'nothing', why: 'the value right before it is missing' };
  if (most !== null) {
    const from = continuedFrom(last);
    const step = relative ? Math.abs(from) * most : most;
    if (step === 0)
      return { kind: 'nothing', why: 'the value right before it is 0, and no change is in proportion to it' };
    return between(demand, from - step, from + step);
  }
  const scaled = relative ? values.map((value) => Math.log(value)) : values;
  if (values.some((value, at) => !Number.isNaN(value) && !Number.isFinite(scaled[at]!)))
    return { kind: 'nothing', why: 'a change in proportion takes values above 0, and not all before are' };
  const steps = differences(scaled, order).filter(Number.isFinite);
  if (steps.length < 3)
    return {
      kind: 'nothing',
      why: `change takes at least 3 steps between values that follow each other, and there are ${steps.length}`,
    };
  const from = continuedFrom(scaled.slice(-order).reverse());
  const back = (value: number): number => (relative ? Math.exp(value) : value);
  if (isOneValue(steps)) return equalTo(back(from + steps[0]!), demand);
  const { centre, deviation } = meanAndDeviation(steps);
  const reach = studentReach(steps.length, tailOf(demand)) * deviation;
  return between(demand, back(from + centre - reach), back(from + centre + reach));
}

function continuedFrom(last: readonly number[]): number {
  return continued[last.length - 1]!.reduce((sum, weight, at) => sum + weight * last[at]!, 0);
}

function differences(values: readonly number[], order: number): readonly number[] {
  if (order === 0) return values;
  return differences(
    values.slice(1).map((value, at) => value - values[at]!),
    order - 1,
  );
}

/** A share of the largest value that errors of reckoning stay below. */
const smallestError = 1e-9;

function expectedSeason(points: readonly SeriesPoint[], demand: HistoryDemand, next: NextValue): ExpectedValue {
  const season = demand.season!;
  const placed = placedValues(points, demand, next);
  if (typeof placed === 'string') return { kind: 'nothing', why: placed };
  const { values, ahead } = placed;
  const count = values.filter(Number.isFinite).length;
  if (count < leastHoltWinters(season))
    return { kind: 'nothing', why: `holt_winters takes two seasons of ${season} values, and ${count} have a place` };
  // In units of the largest value, so that squares neither overflow nor vanish.
  const unit = Math.max(...values.filter(Number.isFinite).map(Math.abs)) || 1;
  const fit = fitHoltWinters(
    values.map((value) => value / unit),
    season,
  );
  if (fit === null) return { kind: 'nothing', why: 'a place of the season has no value' };
  if (Math.sqrt(fit.squares / fit.count) <= smallestError)
    return { kind: 'equal', to: fit.next * unit, slack: smallestError * unit, alarmFrom: null };
  // The beginning has as many numbers as a season and one more; three are searched.
  const degrees = fit.count - season - 4;
  const variance = (fit.squares / degrees) * (aheadFactor(fit, season, ahead) + fit.leverage);
  const reach = -studentQuantile(tailOf(demand), degrees) * Math.sqrt(variance);
  return between(demand, (fit.next - reach) * unit, (fit.next + reach) * unit);
}

/** What errors of missing places between add to the variance: 1 + Σ c². @see Hyndman et al. 2008, table 6.1 */
function aheadFactor({ smoothing }: SmoothedSeries, season: number, ahead: number): number {
  let factor = 1;
  for (let step = 1; step < ahead; step++) {
    const ofSeason = step % season === 0 ? smoothing.season : 0;
    factor += (smoothing.level * (1 + smoothing.trend * step) + ofSeason) ** 2;
  }
  return factor;
}
