/** Scores of an isolation forest against scikit-learn's with thirty times as many trees: equal but for what chance allows. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { seededRandom } from '../encoding/index.ts';
import { IsolationForest, searchDepth } from './index.ts';

const golden = JSON.parse(readFileSync(new URL('../../test/golden/stats/isolation.json', import.meta.url), 'utf8')) as {
  readonly cases: readonly {
    readonly name: string;
    readonly columns: readonly number[][];
    readonly scores: readonly number[];
  }[];
};

test.each(golden.cases.map((one) => [one.name, one] as const))('%s: the scores are those of scikit-learn', (_, one) => {
  const grown = (treeCount: number): IsolationForest =>
    new IsolationForest(one.columns, { random: seededRandom(7), treeCount });
  const differences = (forest: IsolationForest): number[] =>
    one.scores.map((score, at) => Math.abs(forest.score(one.columns, at) - score));
  // The mean depth of 100 trees varies by about a fifth of a level; so do 1,000 by a third of that.
  expect(Math.max(...differences(grown(100)))).toBeLessThan(0.06);
  expect(Math.max(...differences(grown(1000)))).toBeLessThan(0.02);
});

test('the depth of a search, by hand', () => {
  expect([0, 1, 2, 3].map(searchDepth)).toEqual([0, 0, 1, 2 * 1.5 - 4 / 3]);
});

test('rows that are all alike, a single row, and the ends of the range', () => {
  const forest = (column: number[]): IsolationForest => new IsolationForest([column], { random: seededRandom(1) });
  expect(forest([4]).score([[4]], 0)).toBe(0.5);
  expect(forest([2, 2, 2, 2]).score([[2]], 0)).toBeCloseTo(0.5, 12);
  const wide = [-Number.MAX_VALUE, 0, 1, 2, Number.MAX_VALUE];
  const scores = wide.map((_, at) => forest(wide).score([wide], at));
  expect(scores.every((score) => score > 0 && score < 1)).toBe(true);
  expect(scores[0]).toBeGreaterThan(scores[2]!);
});
