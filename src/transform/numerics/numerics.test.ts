import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ExactMoments } from './exact-moments.ts';
import { ExactQuantiles } from './exact-quantiles.ts';

function momentsOf(values: readonly number[]): { mean: number; deviation: number } {
  const moments = new ExactMoments();
  for (const value of values) moments.add(value);
  return { mean: moments.mean(), deviation: moments.deviation() };
}

test('mean and deviation of simple numbers', () => {
  expect(momentsOf([])).toEqual({ mean: 0, deviation: 0 });
  expect(momentsOf([2, 4, 4, 4, 5, 5, 7, 9])).toEqual({ mean: 5, deviation: 2 });
  expect(momentsOf([-1, 1])).toEqual({ mean: 0, deviation: 1 });
  expect(momentsOf([0.1, 0.1, 0.1])).toEqual({ mean: 0.1, deviation: 0 });
});

test('a large offset, huge and tiny numbers lose no digits', () => {
  expect(momentsOf([1e15 + 2, 1e15 + 4, 1e15 + 4, 1e15 + 4, 1e15 + 5, 1e15 + 5, 1e15 + 7, 1e15 + 9])).toEqual({
    mean: 1e15 + 5,
    deviation: 2,
  });
  expect(momentsOf([1e308, -1e308])).toEqual({ mean: 0, deviation: 1e308 });
  expect(momentsOf([Number.MAX_VALUE, Number.MAX_VALUE])).toEqual({ mean: Number.MAX_VALUE, deviation: 0 });
  expect(momentsOf([5e-324, 5e-324])).toEqual({ mean: 5e-324, deviation: 0 });
  expect(momentsOf([1e100, 1, -1e100])).toMatchObject({ mean: 1 / 3 });
  expect(momentsOf([2 ** -1070, -(2 ** -1070)])).toEqual({ mean: 0, deviation: 2 ** -1070 });
});

test('the order of the numbers does not matter, also beyond the first emptying of the counters', () => {
  const values = Array.from({ length: 150_000 }, (_, i) => Math.sin(i) * 10 ** ((i % 40) - 20));
  expect(momentsOf(values)).toEqual(momentsOf([...values].reverse()));
});

function quantilesOf(values: readonly number[], probabilities: readonly number[], budget?: number): number[] {
  const quantiles = new ExactQuantiles(probabilities, budget);
  let passes = 0;
  do {
    for (const value of values) quantiles.add(value);
    passes++;
  } while (quantiles.endPass());
  expect(passes).toBeLessThan(40);
  return quantiles.results();
}

test('quantiles of simple numbers are linear between neighbours', () => {
  expect(quantilesOf([4, 1, 3, 2], [0, 0.25, 0.5, 1])).toEqual([1, 1.75, 2.5, 4]);
  expect(quantilesOf([7], [0.3])).toEqual([7]);
  expect(quantilesOf([], [0.5])).toEqual([Number.NaN]);
});

test('many passes in little memory give the quantiles of one sort', () => {
  const probabilities = [0, 0.01, 0.25, 0.5, 0.75, 0.999, 1];
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constantFrom(0, -0, 1, 1, 1)), {
        minLength: 1,
        maxLength: 200,
      }),
      fc.integer({ min: 0, max: 20 }),
      (values, budget) => {
        expect(quantilesOf(values, probabilities, budget)).toEqual(
          quantilesOf(
            values.map((v) => v + 0),
            probabilities,
          ),
        );
      },
    ),
    { numRuns: 100 },
  );
});

test('one value in every row ends too', () => {
  expect(quantilesOf(new Array(1000).fill(3.25), [0.5], 4)).toEqual([3.25]);
});
