import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type CellCounts,
  hellingerDistance,
  homogeneityTest,
  jensenShannonDivergence,
  kolmogorovSmirnovPValue,
  kolmogorovSurvival,
  largestShareDifference,
  populationStability,
} from './index.ts';

interface Golden {
  readonly distances: readonly (CellCounts & {
    readonly largest: number;
    readonly jensen_shannon: number;
    readonly psi: number;
    readonly hellinger: number;
  })[];
  readonly homogeneity: readonly (CellCounts & {
    readonly statistic: number;
    readonly degrees: number;
    readonly p: number;
  })[];
  readonly kolmogorov: readonly { readonly n: number; readonly m: number; readonly d: number; readonly p: number }[];
  readonly limit: Golden['kolmogorov'];
  readonly survival: readonly (readonly [number, number])[];
}

const golden = JSON.parse(
  readFileSync(new URL('../../test/golden/stats/two-samples.json', import.meta.url), 'utf8'),
) as Golden;

const close = (found: number, value: number, relative: number): void => {
  expect(Math.abs(found - value), `${found} against ${value}`).toBeLessThanOrEqual(relative * Math.abs(value) + 1e-15);
};

test('distances of counts are those of SciPy', () => {
  expect(golden.distances.length).toBe(18);
  for (const one of golden.distances) {
    close(largestShareDifference(one), one.largest, 1e-12);
    close(jensenShannonDivergence(one), one.jensen_shannon, 1e-9);
    close(populationStability(one), one.psi, 1e-10);
    close(hellingerDistance(one), one.hellinger, 1e-10);
  }
});

test('well filled cells are tested for homogeneity as by SciPy', () => {
  expect(golden.homogeneity.length).toBe(16);
  for (const one of golden.homogeneity) {
    const found = homogeneityTest(one);
    expect(found.degrees).toBe(one.degrees);
    close(found.statistic, one.statistic, 1e-10);
    close(found.pValue, one.p, 1e-9);
  }
});

test('the chances of Kolmogorov and Smirnov are those of SciPy', () => {
  expect(golden.kolmogorov.length).toBe(21);
  for (const { n, m, d, p } of golden.kolmogorov)
    close(kolmogorovSmirnovPValue(d, { reference: n, current: m }), p, 1e-9);
  for (const [x, p] of golden.survival) close(kolmogorovSurvival(x), p, 1e-12);
});

test('the limit distribution is within five thousandths of the exact one', () => {
  for (const { n, m, d, p } of golden.limit) {
    const found = kolmogorovSmirnovPValue(d, { reference: n, current: m });
    expect(Math.abs(found - p), `${n}, ${m}, ${d}: ${found} against ${p}`).toBeLessThan(0.005);
  }
});

test('rare cells are joined until every one expects five rows', () => {
  expect(homogeneityTest({ reference: [90, 1, 1, 1, 1], current: [92, 0, 2, 0, 0] })).toEqual({
    statistic: 0,
    degrees: 0,
    pValue: 1,
  });
  // 50 : 50, and 6 + 6 of the rare ones together expect 6 a sample.
  expect(homogeneityTest({ reference: [50, 44, 2, 2, 2], current: [50, 44, 2, 2, 2] }).degrees).toBe(2);
  expect(homogeneityTest({ reference: [60, 37, 3, 0], current: [30, 69, 0, 1] }).degrees).toBe(1);
});

test('nothing to compare is no distance, and no reason to reject', () => {
  for (const distance of [
    largestShareDifference,
    jensenShannonDivergence,
    populationStability,
    hellingerDistance,
  ] as const) {
    expect(distance({ reference: [0, 0], current: [1, 2] })).toBeNaN();
    expect(distance({ reference: [], current: [] })).toBeNaN();
  }
  expect(homogeneityTest({ reference: [0, 0], current: [9, 9] }).pValue).toBe(1);
  expect(kolmogorovSmirnovPValue(0.5, { reference: 0, current: 10 })).toBe(1);
  expect(kolmogorovSmirnovPValue(Number.NaN, { reference: 5, current: 5 })).toBeNaN();
  expect(kolmogorovSmirnovPValue(1, { reference: 1, current: 1 })).toBe(1);
});

test('distances are symmetric, zero between equal shares, and within their bounds', () => {
  const counts = fc
    .array(fc.tuple(fc.nat(1000), fc.nat(1000)), { minLength: 1, maxLength: 30 })
    .filter((cells) => cells.some(([a]) => a > 0) && cells.some(([, b]) => b > 0));
  fc.assert(
    fc.property(counts, fc.integer({ min: 2, max: 9 }), (cells, factor) => {
      const reference = cells.map(([a]) => a);
      const current = cells.map(([, b]) => b);
      for (const [distance, most] of [
        [largestShareDifference, 1],
        [jensenShannonDivergence, 1],
        [hellingerDistance, 1],
        [populationStability, Number.POSITIVE_INFINITY],
      ] as const) {
        const found = distance({ reference, current });
        expect(found).toBeGreaterThanOrEqual(0);
        expect(found).toBeLessThanOrEqual(most);
        close(distance({ reference: current, current: reference }), found, 1e-12);
        if (distance !== populationStability)
          expect(distance({ reference, current: reference.map((count) => count * factor) })).toBeLessThan(1e-7);
      }
    }),
  );
});
