import fc from 'fast-check';
import { expect, test } from 'vitest';
import { gridTrials, parseSearchSpace, randomTrials } from './search-space.ts';

const space = {
  learning_rate: 'log_uniform(0.01, 0.3)',
  trees: [100, 200, 400],
  depth: 'int(2, 4)',
  subsample: 'uniform(0.5, 1)',
};

test('a search space is read from lists and distributions', () => {
  const { dimensions, findings } = parseSearchSpace(space, ['training', 'tuning', 'search']);
  expect(findings).toEqual([]);
  expect(dimensions['depth']).toEqual({ kind: 'int', low: 2, high: 4 });
  expect(dimensions['trees']).toEqual({ kind: 'choice', values: [100, 200, 400] });
});

test('what is no dimension is a finding that names it', () => {
  const wrong = { a: [], b: 'uniform(1, 0)', c: 'log_uniform(0, 1)', d: 'gauss(0, 1)', e: 3, f: 'int(0.5, 2)' };
  const { findings } = parseSearchSpace(wrong as never, ['search']);
  expect(findings.map((finding) => finding.path.at(-1))).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
});

test('a grid has every combination once, the last dimension moving fastest', () => {
  const { dimensions } = parseSearchSpace({ a: [1, 2], b: 'int(1, 3)' }, []);
  expect(gridTrials(dimensions, null)).toEqual([
    { a: 1, b: 1 },
    { a: 1, b: 2 },
    { a: 1, b: 3 },
    { a: 2, b: 1 },
    { a: 2, b: 2 },
    { a: 2, b: 3 },
  ]);
  expect(gridTrials(dimensions, 2)).toHaveLength(2);
  expect(gridTrials(parseSearchSpace(space, []).dimensions, null)).toBeNull();
});

test('random trials stay within their bounds, repeat themselves, and do not depend on how many there are', () => {
  const { dimensions } = parseSearchSpace(space, []);
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 1, max: 40 }), (seed, count) => {
      const trials = randomTrials(dimensions, { count, seed });
      expect(randomTrials(dimensions, { count: count + 3, seed }).slice(0, count)).toEqual(trials);
      for (const trial of trials) {
        expect(trial['learning_rate']).toBeGreaterThanOrEqual(0.01);
        expect(trial['learning_rate']).toBeLessThanOrEqual(0.3);
        expect([100, 200, 400]).toContain(trial['trees']);
        expect([2, 3, 4]).toContain(trial['depth']);
      }
    }),
  );
});

test('log_uniform is even in the logarithm', () => {
  const { dimensions } = parseSearchSpace({ x: 'log_uniform(0.001, 1000)' }, []);
  const values = randomTrials(dimensions, { count: 4000, seed: 1 }).map((trial) => Math.log10(trial['x'] as number));
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  expect(Math.abs(mean)).toBeLessThan((4 * 6) / Math.sqrt(12 * values.length));
});
