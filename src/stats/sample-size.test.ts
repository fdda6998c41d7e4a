import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { exactBinomialSize, hoeffdingSize, hoeffdingTolerance, logBinomialUpperTail, logWorstExcess } from './index.ts';

interface Golden {
  readonly steps: number;
  readonly table1: readonly {
    reliability: number;
    tolerance: number;
    one_none: number;
    one_full: number;
    two_none: number;
    two_full: number;
    paired_none: number;
    paired_full: number;
  }[];
  readonly table2: readonly {
    tolerance: number;
    delta: number;
    exact: number;
    hoeffding: number;
    hoeffding_two_sided: number;
  }[];
  readonly coefficients: {
    reliability: number;
    single: number;
    with_disagreement: number;
    disagreement_alone: number;
  };
  readonly tails: readonly { n: number; k: number; p: number; log_tail: number }[];
  readonly sizes: readonly { tolerance: number; delta: number; exact: number }[];
}
const golden = JSON.parse(
  readFileSync(new URL('../../test/golden/model-ci/values.json', import.meta.url), 'utf8'),
) as Golden;

const sizeOf = (spans: number[], tolerance: number, delta: number): number =>
  Math.ceil(hoeffdingSize(spans, tolerance, delta));

test('the basic estimator gives all 64 label counts of ease.ml/ci, and those of the paired form', () => {
  for (const row of golden.table1) {
    const delta = 1 - row.reliability;
    const [none, full] = [delta / golden.steps, delta / 2 ** golden.steps];
    const cells = [[1], [1, 1], [2]].flatMap((spans) =>
      [none, full].map((share) => sizeOf(spans, row.tolerance, share)),
    );
    expect(cells).toEqual([row.one_none, row.one_full, row.two_none, row.two_full, row.paired_none, row.paired_full]);
  }
  expect(golden.table1).toHaveLength(16);
});

test('coefficients share the tolerance in the best way', () => {
  const delta = 1e-4;
  const { coefficients } = golden;
  expect(sizeOf([1, 1.1], 0.01, delta)).toBe(coefficients.single);
  expect(sizeOf([1, 1.1], 0.01, delta / 2)).toBe(coefficients.with_disagreement);
  expect(sizeOf([1], 0.01, delta / 2)).toBe(coefficients.disagreement_alone);
});

test('no other split of the tolerance needs fewer examples', () => {
  const span = fc.double({ min: 0.01, max: 5, noNaN: true });
  fc.assert(
    fc.property(span, span, fc.double({ min: 0.01, max: 0.99, noNaN: true }), (a, b, share) => {
      const split = Math.max(hoeffdingSize([a], 0.1 * share, 0.005), hoeffdingSize([b], 0.1 * (1 - share), 0.005));
      expect(hoeffdingSize([a, b], 0.1, 0.01)).toBeLessThanOrEqual(split * (1 + 1e-9));
    }),
  );
});

test.each(golden.table2.map((row) => [row]))('the exact binomial size: %o', (row) => {
  expect(exactBinomialSize(row.tolerance, row.delta)).toBe(row.exact);
  expect(sizeOf([1], row.tolerance, row.delta)).toBe(row.hoeffding);
  expect(sizeOf([1], row.tolerance, row.delta / 2)).toBe(row.hoeffding_two_sided);
});

test.each(golden.sizes.map((row) => [row]))('the exact size for small tolerances, fast: %o', (row) => {
  const before = performance.now();
  expect(exactBinomialSize(row.tolerance, row.delta)).toBe(row.exact);
  expect(performance.now() - before).toBeLessThan(15_000);
});

test('binomial tails agree with SciPy far out', () => {
  for (const { n, k, p, log_tail } of golden.tails) {
    expect(Math.abs(logBinomialUpperTail(n, k, p) - log_tail)).toBeLessThan(1e-9 * Math.max(1, Math.abs(log_tail)));
  }
  expect(golden.tails.length).toBeGreaterThan(40);
  expect(logBinomialUpperTail(10, 0, 0.5)).toBe(0);
  expect(logBinomialUpperTail(10, 11, 0.5)).toBe(Number.NEGATIVE_INFINITY);
  expect(logBinomialUpperTail(10, 10, 0)).toBe(Number.NEGATIVE_INFINITY);
  expect(logBinomialUpperTail(10, 10, 1)).toBe(0);
});

test('climbing the hill finds what trying every break point finds', () => {
  for (const tolerance of [0.003, 0.01, 0.05, 0.13, 0.25, 0.5, 0.77]) {
    for (let n = 2; n < 400; n += 7) {
      let worst = Number.NEGATIVE_INFINITY;
      for (let k = Math.floor(n * tolerance) + 1; k <= n; k++) {
        worst = Math.max(worst, logBinomialUpperTail(n, k, k / n - tolerance));
      }
      expect(logWorstExcess(n, tolerance)).toBe(worst);
    }
  }
});

test('the exact size is enough, one less is not, and Hoeffding never needs less', () => {
  const share = fc.double({ min: 0.01, max: 0.6, noNaN: true });
  fc.assert(
    fc.property(share, fc.double({ min: 1e-12, max: 0.4, noNaN: true }), (tolerance, delta) => {
      const size = exactBinomialSize(tolerance, delta);
      expect(size).toBeLessThanOrEqual(Math.ceil(hoeffdingSize([1], tolerance, delta)));
      for (let n = size; n < size + 30; n++) expect(logWorstExcess(n, tolerance)).toBeLessThanOrEqual(Math.log(delta));
      if (size > 1) expect(logWorstExcess(size - 1, tolerance)).toBeGreaterThan(Math.log(delta));
    }),
    { numRuns: 60 },
  );
});

test('very many uses make very small error probabilities, and a finite price', () => {
  expect(exactBinomialSize(0.01, 0.01 / 2 ** 1000)).toBeGreaterThan(3_000_000);
});

test('tolerance and size are inverse; arguments outside their range are refused', () => {
  expect(hoeffdingTolerance([1, 4], hoeffdingSize([1, 4], 0.03, 0.001), 0.001)).toBeCloseTo(0.03, 12);
  expect(hoeffdingTolerance([1], 0, 0.1)).toBe(Number.POSITIVE_INFINITY);
  for (const wrong of [
    () => hoeffdingSize([1], 0, 0.1),
    () => hoeffdingSize([1], 0.1, 0),
    () => hoeffdingSize([1], 0.1, 1),
    () => hoeffdingSize([], 0.1, 0.1),
  ]) {
    expect(wrong).toThrow(/expected/);
  }
});
