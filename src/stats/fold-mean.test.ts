import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { foldMean } from './index.ts';

interface Case {
  readonly values: readonly number[];
  readonly ratio: number;
  readonly confidence: number;
  readonly mean: number;
  readonly deviation: number;
  readonly low: number;
  readonly high: number;
}

const { means } = JSON.parse(readFileSync(new URL('../../test/golden/folds/folds.json', import.meta.url), 'utf8')) as {
  readonly means: readonly Case[];
};

test.each(means)(
  'mean, deviation and corrected interval of $values.length folds are those of NumPy and SciPy',
  (given) => {
    const found = foldMean(given.values, { heldOutRatio: given.ratio, confidence: given.confidence });
    expect(found.mean).toBeCloseTo(given.mean, 14);
    expect(found.deviation).toBeCloseTo(given.deviation, 14);
    expect(found.interval.low).toBeCloseTo(given.low, 12);
    expect(found.interval.high).toBeCloseTo(given.high, 12);
  },
);

test('folds that agree have an interval of no width, and one fold has none', () => {
  expect(foldMean([0.5, 0.5, 0.5], { heldOutRatio: 0.5 })).toMatchObject({
    deviation: 0,
    interval: { low: 0.5, high: 0.5 },
  });
  expect(foldMean([0.5], { heldOutRatio: 0.5 }).interval.low).toBeNaN();
});
