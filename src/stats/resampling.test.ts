import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  bcaInterval,
  bootstrapReplicates,
  CompensatedSum,
  fallingOrder,
  jackknifeValues,
  percentileInterval,
  quantileOfSorted,
  risingOrder,
  rocAreaOfSorted,
  rocAreas,
} from './index.ts';

interface BootstrapCase {
  readonly statistic: string;
  readonly sample: readonly number[];
  readonly confidence: number;
  readonly estimate: number;
  readonly replicates: readonly number[];
  readonly jackknife: readonly number[];
  readonly bca: readonly [number, number];
  readonly percentile: readonly [number, number];
}

interface AreasCase {
  readonly actual: readonly number[];
  readonly scores: readonly (readonly number[])[];
  readonly areas: readonly number[];
  readonly covariance: readonly (readonly number[])[];
}

const golden = JSON.parse(
  readFileSync(new URL('../../test/golden/stats/resampling.json', import.meta.url), 'utf8'),
) as { readonly bootstrap: readonly BootstrapCase[]; readonly areas: readonly AreasCase[] };

test('intervals of replicates equal those of SciPy', () => {
  expect(golden.bootstrap).toHaveLength(12);
  for (const one of golden.bootstrap) {
    const bca = bcaInterval(one, one.confidence)!;
    const percentile = percentileInterval(one.replicates, one.confidence)!;
    for (const [found, expected] of [
      [bca, one.bca],
      [percentile, one.percentile],
    ] as const) {
      expect(found.low).toBeCloseTo(expected[0], 10);
      expect(found.high).toBeCloseTo(expected[1], 10);
    }
  }
});

test('jackknife values are the statistic without each row', () => {
  for (const { sample, jackknife } of golden.bootstrap.filter(({ statistic }) => statistic === 'mean')) {
    const meanOf = (rows: Uint32Array) => rows.reduce((sum, row) => sum + sample[row]!, 0) / rows.length;
    const found = jackknifeValues(sample.length, meanOf);
    for (const [index, value] of jackknife.entries()) expect(found[index]).toBeCloseTo(value, 12);
    expect(jackknifeValues(sample.length, meanOf, 5)).toHaveLength(5);
  }
});

test('replicates draw as many rows as there are and follow the random numbers', () => {
  const drawn: number[][] = [];
  const numbers = [0, 0.5, 0.999, 0.2, 0.2, 0.7];
  let at = 0;
  bootstrapReplicates(3, (rows) => drawn.push(Array.from(rows)), { replicates: 2, random: () => numbers[at++]! });
  expect(drawn).toEqual([
    [0, 1, 2],
    [0, 0, 2],
  ]);
});

test('too few replicates, or all on one side, give no interval', () => {
  const few = { estimate: 1, replicates: [1, 2, 3], jackknife: [1, 2] };
  expect(bcaInterval(few)).toBeNull();
  expect(bcaInterval({ ...few, replicates: new Array(50).fill(2) })).toBeNull();
  expect(percentileInterval(new Array(50).fill(Number.NaN))).toBeNull();
  expect(quantileOfSorted([], 0.5)).toBeNaN();
});

test('areas under ROC curves and their covariance equal the definition over all pairs', () => {
  for (const one of golden.areas) {
    const found = rocAreas(
      one.scores.map((column) => Float64Array.from(column)),
      Uint8Array.from(one.actual),
    );
    for (const [index, area] of one.areas.entries()) expect(found.areas[index]).toBeCloseTo(area, 12);
    for (const [i, row] of one.covariance.entries())
      for (const [j, value] of row.entries()) expect(found.covariance[i]![j]).toBeCloseTo(value, 12);
  }
});

test('the fast way for one score gives the same area and variance', () => {
  for (const { scores, actual, areas, covariance } of golden.areas) {
    for (const [index, column] of scores.entries()) {
      const of = (flag: number) => Float64Array.from(column.filter((_, row) => actual[row] === flag));
      const { area, variance } = rocAreaOfSorted(of(1), of(0));
      expect(area).toBeCloseTo(areas[index]!, 12);
      expect(variance).toBeCloseTo(covariance[index]![index]!, 12);
    }
  }
  expect(rocAreaOfSorted(new Float64Array(), Float64Array.of(1))).toEqual({ area: Number.NaN, variance: Number.NaN });
});

test('one class only has no area', () => {
  const { areas, covariance } = rocAreas([Float64Array.of(1, 2, 3)], Uint8Array.of(1, 1, 1));
  expect([areas[0], covariance[0]![0]]).toEqual([Number.NaN, Number.NaN]);
});

test('orders are those of a comparing sort: ties by row, NaN last', () => {
  const values = fc.array(fc.oneof(fc.double(), fc.constantFrom(0, -0, Number.NaN, 1, Number.MIN_VALUE)), {
    maxLength: 60,
  });
  fc.assert(
    fc.property(values, fc.boolean(), (some, isLong) => {
      // from 2000 values on the sort is another one
      const column = Float64Array.from(
        { length: isLong ? 2_500 : some.length },
        (_, row) => some[row % some.length] ?? 3,
      );
      const expected = (sign: number) =>
        Array.from(column.keys()).sort((a, b) => {
          const [x, y] = [column[a]!, column[b]!];
          if (Number.isNaN(x) || Number.isNaN(y)) return Number(Number.isNaN(x)) - Number(Number.isNaN(y)) || a - b;
          return x === y ? a - b : sign * (x < y ? -1 : 1);
        });
      expect(Array.from(risingOrder(column))).toEqual(expected(1));
      expect(Array.from(fallingOrder(column))).toEqual(expected(-1));
    }),
    { numRuns: 60 },
  );
});

test('a compensated sum does not lose small terms', () => {
  const sum = new CompensatedSum();
  for (const value of [1, 1e100, 1, -1e100]) sum.add(value);
  expect(sum.value).toBe(2);
});
