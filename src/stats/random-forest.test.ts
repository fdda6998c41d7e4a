/** Areas under the curve of cross-fitted forests against those of scikit-learn, and small tables by hand. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { seededRandom } from '../encoding/index.ts';
import { type CellTable, crossFittedForest, rocAreas } from './index.ts';

interface GoldenCase {
  readonly name: string;
  readonly columns: readonly number[][];
  readonly classes: readonly number[];
  readonly area: number;
}
const golden = JSON.parse(readFileSync(new URL('../../test/golden/stats/forest.json', import.meta.url), 'utf8')) as {
  readonly cases: readonly GoldenCase[];
};

function tableOf({ columns, classes }: Pick<GoldenCase, 'columns' | 'classes'>, isOrdered = true): CellTable {
  return {
    columns: columns.map((column) => Uint8Array.from(column)),
    isOrdered: columns.map(() => isOrdered),
    classes: Uint8Array.from(classes),
  };
}

test.each(golden.cases.map((one) => [one.name, one] as const))('%s: as well told as by scikit-learn', (_, one) => {
  const areas = [1, 2, 3].map((seed) => {
    const { scores } = crossFittedForest(tableOf(one), 5, { random: seededRandom(seed) });
    return rocAreas([scores], Uint8Array.from(one.classes)).areas[0]!;
  });
  expect(Math.abs(areas.reduce((sum, area) => sum + area / 3, 0) - one.area)).toBeLessThan(0.025);
});

test('cells without an order are divided by what is in them', () => {
  const odd = Array.from({ length: 400 }, (_, row) => row % 8);
  const classes = odd.map((cell) => Number([1, 2, 4, 7].includes(cell)));
  const { scores, shares } = crossFittedForest(tableOf({ columns: [odd], classes }, false), 5, {
    random: seededRandom(1),
    mostDepth: 1,
  });
  expect([...scores].map((score) => Math.round(score))).toEqual(classes);
  expect(shares).toEqual([1]);
});

test('where nothing divides the rows, all have the share of the class', () => {
  const one = tableOf({
    columns: [new Array(100).fill(3)],
    classes: Array.from({ length: 100 }, (_, row) => (row % 4 === 0 ? 1 : 0)),
  });
  const { scores, shares } = crossFittedForest(one, 5, { random: seededRandom(1) });
  for (const score of scores) expect(score).toBeCloseTo(0.25, 1);
  expect(shares).toEqual([0]);
  const none = crossFittedForest(tableOf({ columns: [[]], classes: [] }), 5, { random: seededRandom(1) });
  expect(none).toEqual({ scores: new Float64Array(0), shares: [0] });
});

test('a cell that a tree was not grown from goes one way, and nothing breaks', () => {
  const cells = Array.from({ length: 60 }, (_, row) => (row === 59 ? 255 : row % 2));
  const one = tableOf({ columns: [cells], classes: cells.map((cell) => Number(cell === 1)) });
  const { scores } = crossFittedForest(one, 5, { random: seededRandom(3), leastRows: 1 });
  expect([...scores].every((score) => score >= 0 && score <= 1)).toBe(true);
});
