/** Rows that can be told apart, alone and only together, and rows that cannot: there the declared rate of false alarms is held to. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isFull } from '../../../test/full.ts';
import { clopperPearsonInterval } from '../../stats/index.ts';
import { createDuckDb, type QueryEngine } from '../../tables/index.ts';
import { separateTables } from './separate-tables.ts';
import { tableSeparation } from './separation.ts';

let engine: QueryEngine;
beforeAll(async () => {
  engine = await createDuckDb({ threads: 2 });
});
afterAll(async () => await engine.close());

/** Rows of a uniform number, one that goes with it, a rare category and a column with missing values. */
function drawn(rows: number, seed: number, columns: string): string {
  const uniform = (of: string): string => `((hash(i, ${seed}, '${of}') >> 11) + 0.5) / 9007199254740992`;
  const parts = ['u', 'v', 'w'].map((of) => `${uniform(of)} AS ${of}`);
  return `(SELECT ${columns} FROM (SELECT i, ${parts.join(', ')} FROM range(${rows}) t(i)))`;
}

const usual =
  "u AS a, u + 0.1 * v AS b, 'k' || CAST(floor(10 * w * w) AS INTEGER) AS c, CASE WHEN w < 0.1 THEN NULL ELSE v END AS d";

test('what no column shows alone is seen: two columns that no longer go with each other', async () => {
  const found = await separateTables(engine, {
    reference: drawn(3000, 1, usual),
    current: drawn(3000, 2, usual.replace('u + 0.1 * v AS b', 'w + 0.1 * v AS b')),
  });
  expect(tableSeparation.parse(found)).toEqual(found);
  expect(found.drifted).toBe(true);
  expect(found.auc).toBeGreaterThan(0.8);
  expect(
    found.shares
      .map(({ column }) => column)
      .slice(0, 2)
      .sort(),
  ).toEqual(['a', 'b']);
  expect(found.shares.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 12);
});

test.each([
  ['a number that moved', usual.replace('u AS a', 'u + 0.3 AS a'), 'a'],
  ['a category that became frequent', usual.replace('10 * w * w', '10 * w'), 'c'],
  ['values that are missing more often', usual.replace('w < 0.1', 'w < 0.5'), 'd'],
])('%s is named', async (_, columns, name) => {
  const found = await separateTables(engine, { reference: drawn(2000, 3, usual), current: drawn(2500, 4, columns) });
  expect(found).toMatchObject({ drifted: true, referenceRows: 2000, currentRows: 2500 });
  expect(found.shares[0]!.column).toBe(name);
});

test('one answer for any order of the rows and number of threads', async () => {
  const [reference, current] = [drawn(1500, 5, usual), drawn(1500, 6, usual)];
  const once = await separateTables(engine, { reference, current });
  const other = await createDuckDb({ threads: 1 });
  const turned = (source: string): string => `(SELECT * FROM ${source} ORDER BY c, b DESC)`;
  const again = await separateTables(other, { reference: turned(reference), current: turned(current) });
  await other.close();
  expect(again).toEqual(once);
});

test('too few rows, or no column in common, say nothing', async () => {
  const few = await separateTables(engine, { reference: drawn(19, 1, usual), current: drawn(500, 2, 'u + 9 AS a') });
  expect(few).toMatchObject({ auc: null, drifted: false, pValue: 1, referenceRows: 19, columns: ['a'] });
  const none = await separateTables(engine, { reference: drawn(50, 1, 'u AS a'), current: drawn(50, 2, 'u AS b') });
  expect(none).toMatchObject({ auc: null, drifted: false, columns: [] });
  const empty = await separateTables(engine, { reference: drawn(0, 1, usual), current: drawn(50, 2, usual) });
  expect(empty).toMatchObject({ auc: null, referenceRows: 0, currentRows: 50 });
});

test('a table and itself cannot be told apart', async () => {
  const table = drawn(2000, 7, usual);
  const found = await separateTables(engine, { reference: table, current: table });
  expect(found.drifted).toBe(false);
  expect(found.auc).toBeLessThan(0.5);
});

const rate = 0.05;

test.each([
  [60, isFull ? 200 : 30],
  [1000, isFull ? 200 : 10],
])('%i rows, %i times: equal data is called drifted at most as often as declared', async (rows, times) => {
  let alarms = 0;
  for (let turn = 0; turn < times; turn++) {
    const other = Math.round(rows * (0.5 + turn / times));
    const { pValue } = await separateTables(engine, {
      reference: drawn(rows, 1000 + 2 * turn, usual),
      current: drawn(other, 1001 + 2 * turn, usual),
    });
    if (pValue <= rate) alarms++;
  }
  expect(clopperPearsonInterval(alarms, times, 0.998)!.low, `${alarms} alarms`).toBeLessThanOrEqual(rate);
});
