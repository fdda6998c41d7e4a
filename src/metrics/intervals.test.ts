/* Whatever the rows: a value lies in its own interval, and an interval in the range of its metric. */
import { expect, test } from 'vitest';
import { seededRandom } from '../encoding/index.ts';
import {
  applicableMetrics,
  type ClassObservations,
  measureOne,
  metricFamilies,
  type NumberObservations,
  type Observations,
  type RankingObservations,
} from './index.ts';

type Random = () => number;
const below = (random: Random, end: number): number => Math.floor(random() * end);

/** How the rows of a matrix come about: what is predicted for a row of a class. */
const kinds: Readonly<Record<string, (random: Random, actual: number, size: number) => number>> = {
  'all right': (_, actual) => actual,
  'all wrong': (_, actual, size) => (actual + 1) % size,
  'mostly right': (random, actual, size) => (random() < 0.9 ? actual : below(random, size)),
  'mostly wrong': (random, actual, size) => (random() < 0.1 ? actual : below(random, size)),
  'by chance': (random, _, size) => below(random, size),
  'always the first': () => 0,
  'always the last': (_, __, size) => size - 1,
};

interface Shape {
  readonly kind: string;
  readonly size: number;
  readonly rowCount: number;
  /** How many of the classes occur. */
  readonly occurring: number;
  readonly isWeighted: boolean;
}

function classes({ kind, size, rowCount, occurring, isWeighted }: Shape, random: Random): ClassObservations {
  const first = below(random, size);
  const actual = Int32Array.from({ length: rowCount }, () => (first + below(random, occurring)) % size);
  const predicted = actual.map((index) => kinds[kind]!(random, index, size));
  const scores = Array.from({ length: size }, () => new Float64Array(rowCount));
  for (let row = 0; row < rowCount; row++) {
    const sure = [1, 0.9, 0.5 + random() / 2][below(random, 3)]!;
    for (let index = 0; index < size; index++)
      scores[index]![row] = index === predicted[row] ? sure : (1 - sure) / (size - 1);
  }
  return {
    ...{ kind: 'classes', rowCount, actual, predicted, scores },
    classes: scores.map((_, index) => index),
    weights: isWeighted ? Float64Array.from({ length: rowCount }, () => 0.1 + 3 * random()) : null,
    costs: Float64Array.from({ length: size * size }, () => below(random, 5) / 10),
  };
}

function numbers(rowCount: number, spread: number, random: Random): NumberObservations {
  const actual = Float64Array.from({ length: rowCount }, () => below(random, 4) / 10);
  const predicted = actual.map((value) => value + spread * (random() - 0.3));
  return { kind: 'numbers', rowCount, actual, predicted, weights: null };
}

function ranking(rowCount: number, random: Random): RankingObservations {
  const queryCount = 1 + below(random, rowCount);
  return {
    ...{ kind: 'ranking', rowCount, queryCount },
    query: Int32Array.from({ length: rowCount }, (_, row) => row % queryCount),
    relevance: Float64Array.from({ length: rowCount }, () => below(random, 3)),
    scores: Float64Array.from({ length: rowCount }, () => below(random, 4)),
  };
}

/** What of measured metrics is not as it has to be. */
function problems(observations: Observations): string[] {
  const families = Object.values(metricFamilies).map((make) => make(2));
  const further = families.filter(({ tasks }) =>
    applicableMetrics(observations)[0]!.tasks.some((t) => tasks.includes(t)),
  );
  return [...applicableMetrics(observations), ...further].flatMap((metric) => {
    if (observations.kind === 'classes' && observations.classes.length === 2 && !metric.tasks.includes('binary'))
      return [];
    const { value, interval } = metric.measure(observations);
    if (interval === null) return [];
    const { low, high, method } = interval;
    const isInside = low <= value && value <= high;
    const slack = 1e-12;
    const isInRange =
      method === '40 groups of rows' || (low >= metric.range[0] - slack && high <= metric.range[1] + slack);
    return isInside && isInRange ? [] : [`${metric.name} ${value} in ${low} to ${high} (${method})`];
  });
}

const shapes: readonly Shape[] = Object.keys(kinds).flatMap((kind) =>
  [2, 3, 6].flatMap((size) =>
    [1, 2, 7, 60].flatMap((rowCount) =>
      [1, size].flatMap((occurring) =>
        [false, true].map((isWeighted) => ({ kind, size, rowCount, occurring, isWeighted })),
      ),
    ),
  ),
);

test('every metric of classes lies in its own interval', () => {
  for (const shape of shapes) {
    const name = JSON.stringify(shape);
    for (let trial = 0; trial < 2; trial++)
      expect(problems(classes(shape, seededRandom(`${name} ${trial}`))), name).toEqual([]);
  }
});

test('every metric of numbers and of orders lies in its own interval', () => {
  for (const rowCount of [1, 2, 3, 10, 101]) {
    for (const spread of [0, 1e-9, 1, 1e6])
      expect(problems(numbers(rowCount, spread, seededRandom(`${rowCount} ${spread}`)))).toEqual([]);
    for (let trial = 0; trial < 10; trial++)
      expect(problems(ranking(rowCount, seededRandom(`${rowCount} ${trial}`)))).toEqual([]);
  }
});

/** Every row of the classes in turn, predicted as `said` says. */
function plain(size: number, occurring: number, said: (actual: number) => number): ClassObservations {
  const actual = Int32Array.from({ length: 30 }, (_, row) => row % occurring);
  return {
    ...{ kind: 'classes', rowCount: 30, actual, predicted: actual.map(said), scores: null, weights: null, costs: null },
    classes: Array.from({ length: size }, (_, index) => index),
  };
}

test('where all rows are right, rates of mistakes have room above 0, and others below 1', () => {
  const measured = (name: string) =>
    measureOne(
      plain(3, 3, (actual) => actual),
      name,
    );
  // The exact bound for none of 30, in closed form: 1 - 0.025^(1/30).
  const room = 0.11570330822202779;
  for (const name of ['false_positive_rate', 'false_negative_rate']) {
    expect(measured(name), name).toMatchObject({ value: 0, interval: { low: 0 } });
    expect(measured(name)!.interval!.high, name).toBeCloseTo(room, 12);
  }
  for (const name of ['f1', 'recall', 'specificity', 'balanced_accuracy']) {
    expect(measured(name), name).toMatchObject({ value: 1, interval: { high: 1 } });
    expect(measured(name)!.interval!.low, name).toBeCloseTo(1 - room, 12);
  }
  // from -1 to 1: as large a share of a range that is twice as long
  for (const name of ['mcc', 'kappa']) expect(measured(name)!.interval!.low, name).toBeCloseTo(1 - 2 * room, 12);
});

test('where all rows are wrong, there is room for some that are right', () => {
  const measured = (name: string) =>
    measureOne(
      plain(2, 2, (actual) => 1 - actual),
      name,
    );
  expect(measured('f1')!.value).toBe(0);
  expect(measured('f1')!.interval!.low).toBe(0);
  expect(measured('f1')!.interval!.high).toBeCloseTo(0.11570330822202779, 12);
  expect(measured('mcc')).toMatchObject({ value: -1, interval: { low: -1 } });
  expect(measured('mcc')!.interval!.high).toBeLessThan(0);
});

test('a value that only stands for an undefined one has no interval', () => {
  for (const size of [2, 3]) {
    const measured = (name: string) =>
      measureOne(
        plain(size, 1, (actual) => actual),
        name,
      );
    for (const name of ['mcc', 'kappa', 'specificity'])
      expect(measured(name)!.interval === null || size === 2, name).toBe(true);
    expect(measured('mcc')).toEqual({ value: 0, interval: null });
    expect(measured('kappa')).toEqual({ value: Number.NaN, interval: null });
  }
  const one = (name: string) =>
    measureOne(
      plain(3, 1, (actual) => actual),
      name,
    );
  expect(one('specificity')).toEqual({ value: 0, interval: null });
  expect(one('false_positive_rate')).toEqual({ value: 0, interval: null });
  expect(one('recall')!.interval!.low).toBeGreaterThan(0.8);
});
