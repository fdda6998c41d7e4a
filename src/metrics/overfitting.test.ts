/* How often a model is called overfitted that is, and that is not; and the interval of a difference against published values. */
import { describe, expect, test } from 'vitest';
import { seededRandom } from '../encoding/index.ts';
import { differenceInterval, normalQuantile, wilsonInterval } from '../stats/index.ts';
import { measureOne, metricNamed } from './measure.ts';
import type { ClassObservations, NumberObservations } from './observations.ts';
import { judgeCurve, judgeGap, judgeShuffled } from './overfitting.ts';

const auc = metricNamed('auc')!;

/** Rows whose scores tell the classes apart by so many standard deviations. */
function scored(seed: number, rows: number, apart: number): ClassObservations {
  const random = seededRandom(seed);
  const actual = Int32Array.from({ length: rows }, () => (random() < 0.3 ? 1 : 0));
  const score = Float64Array.from(
    actual,
    (one) => 1 / (1 + Math.exp(-(normalQuantile(random() * 0.999998 + 1e-6) + one * apart))),
  );
  return {
    kind: 'classes',
    rowCount: rows,
    actual,
    predicted: Int32Array.from(score, (one) => (one > 0.5 ? 1 : 0)),
    scores: [score.map((one) => 1 - one), score],
    classes: [false, true],
    weights: null,
    costs: null,
  };
}

const verdictOf = (seen: ClassObservations, unseen: ClassObservations, mostGap = 0.1): string =>
  judgeGap({ seen: measureOne(seen, 'auc')!, unseen: measureOne(unseen, 'auc')! }, auc, mostGap).verdict;

describe('a model is called overfitted', () => {
  test('in at most one of a hundred cases where it is as good on rows that it has not seen', () => {
    let [cases, wrong] = [0, 0];
    for (const rows of [60, 300, 1_000])
      for (const apart of [0, 0.7, 2])
        for (let seed = 1; seed <= 40; seed++) {
          cases++;
          if (verdictOf(scored(seed, rows, apart), scored(seed + 1_000, rows, apart)) === 'overfitted') wrong++;
        }
    expect(cases).toBe(360);
    expect(wrong / cases).toBeLessThanOrEqual(0.01);
  });

  test('in at least 95 of a hundred where its AUC is 0.92 on its rows and 0.71 on others', () => {
    let found = 0;
    for (let seed = 1; seed <= 40; seed++)
      if (verdictOf(scored(seed, 1_000, 2), scored(seed + 1_000, 1_000, 0.78)) === 'overfitted') found++;
    expect(found).toBeGreaterThanOrEqual(38);
  });

  test('not where a wide interval lies above in part; a smaller metric is better where it is an error', () => {
    expect(verdictOf(scored(3, 50, 2), scored(4, 50, 1))).toBe('unclear');
    expect(verdictOf(scored(3, 3_000, 2), scored(4, 3_000, 2))).toBe('fine');
    const numbers = (error: number): NumberObservations => ({
      kind: 'numbers',
      rowCount: 400,
      actual: Float64Array.from({ length: 400 }, (_, at) => at % 17),
      predicted: Float64Array.from({ length: 400 }, (_, at) => (at % 17) + (at % 2 === 0 ? error : -error / 2)),
      weights: null,
    });
    const [seen, unseen] = [measureOne(numbers(0.1), 'rmse')!, measureOne(numbers(3), 'rmse')!];
    expect(judgeGap({ seen, unseen }, metricNamed('rmse')!, 0.5)).toMatchObject({ verdict: 'overfitted' });
    expect(judgeGap({ seen: unseen, unseen: seen }, metricNamed('rmse')!, 0.5).verdict).toBe('fine');
    const untold = { value: Number.NaN, interval: null };
    expect(judgeGap({ seen: untold, unseen }, auc, 0.1)).toMatchObject({ interval: null, verdict: 'unclear' });
  });
});

test('the interval of a difference of shares is that of Newcombe 1998, method 10', () => {
  const share = (successes: number, trials: number) => ({
    value: successes / trials,
    interval: wilsonInterval(successes, trials),
  });
  // Table II of "Interval estimation for the difference between independent proportions", Statistics in Medicine 17, 873-890.
  for (const [a, n, b, m, low, high] of [
    [56, 70, 48, 80, 0.0524, 0.3339],
    [9, 10, 3, 10, 0.1705, 0.809],
    [10, 10, 0, 10, 0.6075, 1],
  ] as const) {
    const interval = differenceInterval(share(a, n), share(b, m))!;
    expect(interval.low).toBeCloseTo(low, 4);
    expect(interval.high).toBeCloseTo(high, 4);
    expect(interval.method).toBe('difference of two: Wilson');
  }
  expect(differenceInterval(share(1, 2), { value: 0.5, interval: null })).toBeNull();
  expect(differenceInterval(share(1, 2), { value: 0.5, interval: wilsonInterval(1, 2, 0.9) })).toBeNull();
});

describe('models that are fitted again', () => {
  const measured = (value: number, half: number) => ({
    value,
    interval: { low: value - half, high: value + half, confidence: 0.95, method: 'given' },
  });

  test('a learning curve rises or falls only where the interval of its last step says so', () => {
    const judged = (share: number, all: number, half = 0.01, metric = auc) =>
      judgeCurve({ share: measured(share, half), all: measured(all, half) }, metric);
    expect([judged(0.7, 0.75), judged(0.7, 0.71), judged(0.75, 0.7)]).toEqual(['rising', 'flat', 'falling']);
    expect(judged(2, 1, 0.1, metricNamed('rmse')!)).toBe('rising');
    expect(judgeCurve({ share: { value: 0.5, interval: null }, all: measured(0.6, 0.1) }, auc)).toBe('unclear');
  });

  test('labels leak where each model that was fitted on shuffled ones surely knows them', () => {
    const own = { value: 0.3, low: 0.25 };
    const lucky = { value: 0.09, low: 0.06 };
    expect(judgeShuffled([lucky, { value: -0.2, low: -0.3 }], own)).toBe('learnt');
    expect(judgeShuffled([lucky, lucky], own)).toBe('leaks');
    expect(judgeShuffled([{ value: 0.01, low: -0.02 }], { value: 0.005, low: -0.01 })).toBe('nothing_learnt');
  });
});
