import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { seededRandom } from '../encoding/index.ts';
import { metricForm, metricForms, metricNames } from '../spec/index.ts';
import {
  allMetrics,
  applicableMetrics,
  type ClassObservations,
  curvesOf,
  measureAll,
  measureOne,
  metricFamilies,
  type NumberObservations,
  type Observations,
} from './index.ts';

interface GoldenCase {
  readonly kind: 'classes' | 'numbers' | 'ranking';
  readonly name: string;
  readonly expected: Readonly<Record<string, number | null>>;
  readonly [column: string]: unknown;
}

const golden = JSON.parse(readFileSync(new URL('../../test/golden/metrics/values.json', import.meta.url), 'utf8')) as {
  cases: GoldenCase[];
};

function toObservations(golden: GoldenCase): Observations {
  const numbers = (name: string): Float64Array => Float64Array.from(golden[name] as number[]);
  const weights = golden['weights'] ? numbers('weights') : null;
  if (golden.kind === 'numbers')
    return {
      kind: 'numbers',
      rowCount: numbers('actual').length,
      actual: numbers('actual'),
      predicted: numbers('predicted'),
      weights,
    };
  if (golden.kind === 'ranking') {
    const query = Int32Array.from(golden['query'] as number[]);
    return {
      kind: 'ranking',
      rowCount: query.length,
      query,
      queryCount: Math.max(...query) + 1,
      relevance: numbers('relevance'),
      scores: numbers('scores'),
    };
  }
  const scores = (golden['scores'] as number[][]).map((column) => Float64Array.from(column));
  const actual = Int32Array.from(golden['actual'] as number[]);
  return {
    kind: 'classes',
    rowCount: actual.length,
    actual,
    predicted: Int32Array.from(golden['predicted'] as number[]),
    scores,
    classes: scores.map((_, index) => index),
    weights,
    costs: numbers('costs'),
  };
}

test.each(golden.cases.map((one, index): [string, GoldenCase] => [`${index}: ${one.kind}, ${one.name}`, one]))(
  'equals scikit-learn within 1e-9: %s',
  (_, one) => {
    const measured = measureAll(toObservations(one), Object.keys(one.expected));
    for (const [name, expected] of Object.entries(one.expected)) {
      if (expected === null) continue;
      expect(Math.abs(measured[name]!.value - expected) / Math.max(1, Math.abs(expected)), name).toBeLessThan(1e-9);
    }
  },
);

test('no metric is without a golden value', () => {
  const held = new Set(
    golden.cases.flatMap((one) => Object.keys(one.expected).filter((name) => one.expected[name] !== null)),
  );
  const without = allMetrics.filter((metric) => !held.has(metric.name)).map((metric) => metric.name);
  expect(without).toEqual([]);
  expect(new Set([...held].flatMap((name) => metricForm(name)?.form ?? []))).toEqual(
    new Set(Object.keys(metricFamilies)),
  );
});

test('a declaration can name exactly the metrics that there are', () => {
  expect(allMetrics.map((metric) => metric.name)).toEqual([...metricNames]);
  expect(Object.keys(metricFamilies)).toEqual(Object.keys(metricForms));
});

function simulate(rows: number, seed: string): ClassObservations {
  const random = seededRandom(seed);
  const score = Float64Array.from({ length: rows }, () => random());
  const actual = Int32Array.from(score, (value) => (random() < value ? 1 : 0));
  return {
    kind: 'classes',
    rowCount: rows,
    actual,
    predicted: Int32Array.from(score, (value) => (value >= 0.5 ? 1 : 0)),
    scores: [score.map((value) => 1 - value), score],
    classes: [false, true],
    weights: null,
    costs: Float64Array.from([0, 1, 4, 0]),
  };
}

// True values by integration over a uniform score s that is right with probability s.
const truths: Readonly<Record<string, number>> = {
  accuracy: 3 / 4,
  recall: 3 / 4,
  specificity: 3 / 4,
  auc: 5 / 6,
  pr_auc: 5 / 6,
  brier: 1 / 6,
  log_loss: 0.5,
  cost: 1 / 8 + 4 / 8,
  f1: 3 / 4,
};

test('intervals hold the true value about as often as they say', () => {
  const trials = 100;
  const held: Record<string, number> = {};
  for (let trial = 0; trial < trials; trial++) {
    const measured = measureAll(simulate(300, `trial ${trial}`));
    for (const [name, truth] of Object.entries(truths)) {
      const { low, high } = measured[name]!.interval!;
      if (low <= truth && truth <= high) held[name] = (held[name] ?? 0) + 1;
    }
  }
  for (const name of Object.keys(truths)) {
    expect(held[name]! / trials, name).toBeGreaterThan(0.9);
    expect(held[name]! / trials, name).toBeLessThanOrEqual(1);
  }
});

function simulateNumbers(rows: number, seed: string): NumberObservations {
  const random = seededRandom(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const predicted = Float64Array.from({ length: rows }, normal);
  return {
    kind: 'numbers',
    rowCount: rows,
    actual: predicted.map((value) => value + normal()),
    predicted,
    weights: null,
  };
}

test('intervals of regressions hold the true value about as often as they say', () => {
  const truthsOfNumbers = { rmse: 1, mae: Math.sqrt(2 / Math.PI), r2: 0.5, median_ae: 0.6744897501960817, mse: 1 };
  const held: Record<string, number> = {};
  for (let trial = 0; trial < 300; trial++) {
    const measured = measureAll(simulateNumbers(100, `numbers ${trial}`));
    for (const [name, truth] of Object.entries(truthsOfNumbers)) {
      const { low, high } = measured[name]!.interval!;
      if (low <= truth && truth <= high) held[name] = (held[name] ?? 0) + 1;
    }
  }
  for (const name of Object.keys(truthsOfNumbers)) expect(held[name]! / 300, name).toBeGreaterThan(0.9);
});

test('beyond 20,000 rows the interval comes from groups, with the same width', () => {
  const narrow = measureOne(simulate(20_000, 'width'), 'pr_auc')!.interval!;
  const grouped = measureOne(simulate(20_001, 'width'), 'pr_auc')!.interval!;
  expect([narrow.method, grouped.method]).toEqual(['bootstrap (200)', '40 groups of rows']);
  const ratio = (grouped.high - grouped.low) / (narrow.high - narrow.low);
  expect(ratio).toBeGreaterThan(0.7);
  expect(ratio).toBeLessThan(1.5);
});

test('equal rows give equal intervals; weights of 2 count as two rows where means are taken', () => {
  const one = simulate(200, 'twice');
  expect(measureAll(one)).toEqual(measureAll({ ...one }));
  const twice = measureAll({ ...one, weights: new Float64Array(200).fill(2) });
  for (const [name, { value }] of Object.entries(measureAll(one)))
    expect(twice[name]!.value, name).toBeCloseTo(value, 12);
  // all rows alike tell no more than without weights
  expect(twice['accuracy']!.interval!.low).toBeCloseTo(measureOne(one, 'accuracy')!.interval!.low, 12);
});

test('the table of metrics: names are unique, facts fit what is measured', () => {
  expect(new Set(allMetrics.map((metric) => metric.name)).size).toBe(allMetrics.length);
  for (const observations of [simulate(400, 'facts'), simulateNumbers(400, 'facts')]) {
    for (const metric of applicableMetrics(observations)) {
      const { value, interval } = metric.measure(observations);
      expect(metric.value(observations), metric.name).toBeCloseTo(value, 12);
      expect(value, metric.name).toBeGreaterThanOrEqual(metric.range[0]);
      expect(value, metric.name).toBeLessThanOrEqual(metric.range[1]);
      expect(interval!.low, metric.name).toBeLessThanOrEqual(value);
      expect(interval!.high, metric.name).toBeGreaterThanOrEqual(value);
    }
  }
});

test('three million rows', () => {
  const observations = simulate(3_000_000, 'large');
  const before = process.cpuUsage();
  measureOne(observations, 'auc');
  const { user, system } = process.cpuUsage(before);
  expect((user + system) / 1e6, 'seconds of processor time').toBeLessThan(2);
  expect(Math.abs(measureOne(observations, 'auc')!.value - 5 / 6)).toBeLessThan(0.002);
});

test('edges: no rows, one class only, no scores', () => {
  const one = simulate(10, 'edge');
  expect(
    measureAll({
      ...one,
      rowCount: 0,
      actual: new Int32Array(),
      predicted: new Int32Array(),
      scores: [new Float64Array(), new Float64Array()],
    }),
  ).toEqual({});
  const positivesOnly = { ...one, actual: new Int32Array(10).fill(1) };
  expect(measureOne(positivesOnly, 'auc')!.value).toBeNaN();
  expect(measureOne(positivesOnly, 'specificity')!.value).toBe(0);
  expect(measureOne({ ...one, scores: null }, 'auc')).toBeNull();
  expect(measureOne({ ...one, costs: null }, 'cost')).toBeNull();
});

test('where all rows are right, the interval still leaves room for mistakes', () => {
  const one = simulate(100, 'perfect');
  const right = Int32Array.from({ length: 100 }, (_, row) => row % 2);
  const scores = Float64Array.from(right);
  const perfect: ClassObservations = {
    ...one,
    actual: right,
    predicted: right,
    scores: [scores.map((score) => 1 - score), scores],
  };
  const measured = measureAll(perfect);
  for (const name of ['f1', 'mcc', 'kappa', 'balanced_accuracy', 'auc', 'pr_auc']) {
    expect(measured[name]!.value, name).toBe(1);
    expect(measured[name]!.interval!.high, name).toBe(1);
    expect(measured[name]!.interval!.low, name).toBeLessThan(0.97);
    expect(measured[name]!.interval!.low, name).toBeGreaterThan(0.9);
  }
});

test('curves are thinned and keep their ends', () => {
  const curves = curvesOf(simulate(5_000, 'curve'))!;
  expect(curves.roc).toHaveLength(200);
  expect([curves.roc[0], curves.roc.at(-1)]).toEqual([
    [0, 0],
    [1, 1],
  ]);
  expect(curves.precisionRecall).toHaveLength(199);
  expect(curves.precisionRecall.at(-1)![0]).toBe(1);
  for (const [place, point] of curves.roc.entries()) {
    if (place === 0) continue;
    expect(point[0]).toBeGreaterThanOrEqual(curves.roc[place - 1]![0]);
    expect(point[1]).toBeGreaterThanOrEqual(curves.roc[place - 1]![1]);
  }
  const few = curvesOf({ ...simulate(50, 'few'), weights: new Float64Array(50).fill(2) })!;
  expect([few.roc.length, few.precisionRecall.length]).toEqual([51, 50]);
  // every point is there, so that the area under them is the metric
  const area = few.roc
    .slice(1)
    .reduce((sum, [x, y], place) => sum + ((x - few.roc[place]![0]) * (y + few.roc[place]![1])) / 2, 0);
  expect(area).toBeCloseTo(measureOne(simulate(50, 'few'), 'auc')!.value, 12);
  const oneClass = { ...simulate(20, 'one class'), actual: new Int32Array(20) };
  expect(curvesOf(oneClass)).toBeNull();
  expect(curves.calibration.every(([score, share]) => Math.abs(score - share) < 0.1)).toBe(true);
});
