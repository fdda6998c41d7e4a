import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createDuckDb, type QueryEngine } from '../../tables/index.ts';
import { madeOf } from './made-of.ts';

let engine: QueryEngine;
beforeAll(async () => {
  engine = await createDuckDb();
});
afterAll(() => engine.close());

describe('what a query makes of race', () => {
  test.each<[query: string, made: readonly string[], others: readonly string[]]>([
    ['SELECT race, x FROM t', ['race'], ['x']],
    ['SELECT race AS r, x FROM t', ['r'], ['x']],
    ['SELECT upper(RACE), x FROM t', ['upper(RACE)'], ['x']],
    ['SELECT * RENAME (race AS r) FROM t', ['r'], ['x', 'y']],
    ['SELECT * REPLACE (x || race AS x) FROM t', ['race', 'x'], ['y']],
    ["SELECT CASE WHEN race = 'a' THEN 1 END AS flag, x FROM t", ['flag'], ['x']],
    [
      'WITH c AS (SELECT race AS a, x FROM t), d AS (SELECT a || 1 AS b, x FROM c) SELECT b AS "end", x FROM d',
      ['end'],
      ['x'],
    ],
    ['SELECT s.q AS w, s.x FROM (SELECT race AS q, x FROM t) s', ['w'], ['x']],
    ['SELECT to_json(t) AS j, x FROM t', ['j'], ['x']],
    ['SELECT u.r.race AS z, x FROM (SELECT t AS r, x FROM t) u', ['z'], ['x']],
    // One too many: x of the second SELECT is another x than that of the result.
    ['SELECT x, y FROM t UNION ALL SELECT race, x FROM t', ['x', 'y'], []],
    ['SELECT x, y FROM t UNION ALL SELECT race, z FROM t', ['x'], ['y']],
    [
      'SELECT avg(x) OVER (PARTITION BY race) AS m, row_number() OVER (ORDER BY race) AS n, y FROM t',
      ['m', 'n'],
      ['y'],
    ],
    ['SELECT (SELECT max(race) FROM t) AS top, x FROM t', ['top'], ['x']],
    ["SELECT y, x FROM t WHERE race = 'a'", [], ['x', 'y']],
    ['SELECT racetrack AS r, x FROM t', [], ['r', 'x']],
    ["SELECT 'race' AS text, x FROM t", [], ['text', 'x']],
  ])('%s', async (query, made, others) => {
    const found = await madeOf(engine, { query, given: ['Race'], result: [...made, ...others] });
    expect(found).toEqual({ columns: made, untold: null });
  });

  test.each([
    'SELECT a FROM t AS q(a, b)',
    'WITH c(a, b) AS (SELECT race, x FROM t) SELECT a FROM c',
    'SELECT #1 FROM t',
    'SELECT * FROM t UNION ALL SELECT * FROM u',
    "SELECT COLUMNS('r.*') AS x FROM t",
    'PIVOT t ON race USING sum(x)',
  ])('cannot be told of %s', async (query) => {
    expect((await madeOf(engine, { query, given: ['race'], result: ['a'] })).untold).toEqual(expect.any(String));
  });
});
