import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { countsOf, drawnRows, ownChecks, sixRows } from '../../../../test/steps/own-checks.ts';
import { readChecksFile, runChecks } from '../../index.ts';

const { engine, folder, check } = await ownChecks(null);

test('SQL for failing rows: counts, examples in the order of the table, tolerance, where', async () => {
  const { results } = await check(
    sixRows,
    [
      { failing: 'SELECT * FROM data WHERE NOT x > 0', why: 'debts' },
      { failing: 'SELECT __place, x * 2 AS double FROM data WHERE x <= 0 ORDER BY x;', tolerance: '2 rows' },
      { failing: 'SELECT * FROM data WHERE NOT x > 0', tolerance: '25%' },
      { failing: 'SELECT * FROM data WHERE NOT x > 0', where: 'id > 2', severity: 'warn' },
      { failing: 'SELECT a.* FROM data a JOIN data b ON a.s = b.s' },
      { failing: 'SELECT * FROM data WHERE false' },
    ],
    { show: ['id'] },
  );
  // NaN is above all numbers to the engine: SQL says what the engine says.
  expect(results.map(countsOf)).toEqual([
    ['failed', 'row', 6, 2, 0],
    ['passed', 'row', 6, 2, 0],
    ['failed', 'row', 6, 2, 0],
    ['failed', 'row', 4, 1, 0],
    ['failed', 'row', 6, 5, 0],
    ['passed', 'row', 6, 0, 0],
  ]);
  expect(results[0]!.examples).toEqual([
    { id: 2, x: -2, s: 'B', b: false },
    { id: 6, x: 0, s: 'a', b: true },
  ]);
  expect(results[0]!.message).toBe('2 of 6 rows fail: debts');
  expect(results[1]!.examples).toEqual([
    { id: 2, double: -4 },
    { id: 6, double: 0 },
  ]);
  expect(results[4]!.examples.map(({ id }) => id)).toEqual([1, 2, 3, 4, 6]);
});

test('SQL for one value: judged as values are, with NULL, NaN, infinities, whole numbers, texts and truth values', async () => {
  const { results } = await check(sixRows, [
    { sql: 'SELECT count(*) FROM data', that: 'value == 6' },
    { sql: 'SELECT sum(id) FROM data', that: 'value between 20 and 22', where: 'id != 1' },
    { sql: "SELECT max(x) FROM data WHERE s = 'none'", that: 'value > 0' },
    { sql: "SELECT max(x) FROM data WHERE s = 'none'", that: 'value > 0', of: 'all' },
    { sql: 'SELECT max(x) FROM data', that: 'value < 5', why: 'scale' },
    { sql: 'SELECT max(x) FROM data WHERE id < 5', that: 'value != 5' },
    { sql: 'SELECT min(s) FROM data', that: "value == ''" },
    { sql: 'SELECT bool_and(b) FROM data', that: 'not value' },
    { sql: 'SELECT 9007199254740993', that: 'value > 9007199254740991' },
    { sql: 'SELECT count(*) FROM data', that: 'value == 0', where: 'id > 100' },
  ]);
  expect(results.map(countsOf)).toEqual([
    ['passed', 'table', 6, 0, 0],
    ['passed', 'table', 5, 0, 0],
    ['passed', 'table', 6, 0, 1],
    ['failed', 'table', 6, 1, 1],
    ['failed', 'table', 6, 1, 0],
    ['passed', 'table', 6, 0, 0],
    ['passed', 'table', 6, 0, 0],
    ['passed', 'table', 6, 0, 0],
    ['passed', 'table', 6, 0, 0],
    ['passed', 'table', 0, 0, 0],
  ]);
  expect(results.map(({ measured }) => measured['value'])).toEqual([
    6,
    20,
    null,
    null,
    'NaN',
    'NaN',
    '',
    false,
    9007199254740992,
    0,
  ]);
  expect(results[4]).toMatchObject({
    that: 'value < 5 of SELECT max(x) FROM data',
    message: 'does not hold for the 6 rows (value is "NaN"): scale',
  });
});

test('SQL in files of the project: the same counts, named by the file; a file that is not there breaks its check alone', async () => {
  await mkdir(join(folder, 'sql'), { recursive: true });
  await writeFile(join(folder, 'sql', 'debts.sql'), '-- who owes\nSELECT * FROM data\nWHERE NOT x > 0;\n');
  await writeFile(join(folder, 'total.sql'), 'SELECT sum(id) FROM data');
  await writeFile(join(folder, 'wrong.sql'), "SELECT count(*) FROM '/etc/hostname'");
  const { results } = await check(sixRows, [
    { failing: 'SELECT * FROM data WHERE NOT x > 0' },
    { failing: 'sql/debts.sql' },
    { sql: ' total.sql ', that: 'value == 21' },
    { sql: 'gone.sql', that: 'value == 21' },
    { failing: 'sql/debts.sql', where: 'id > 2' },
    { sql: 'wrong.sql', that: 'value > 0' },
  ]);
  const [written, inFile, total, gone, where, wrong] = results;
  expect(countsOf(inFile!)).toEqual(countsOf(written!));
  expect(inFile!.examples).toEqual(written!.examples);
  expect([inFile!.that, total!.that]).toEqual(['sql/debts.sql', 'value == 21 of total.sql']);
  expect(countsOf(total!)).toEqual(['passed', 'table', 6, 0, 0]);
  expect(countsOf(where!)).toEqual(['failed', 'row', 4, 1, 0]);
  expect(gone).toMatchObject({ outcome: 'broken' });
  expect(gone!.message).toMatch(/expected its SQL in the file gone.sql, found nothing/);
  expect(wrong!.message).toMatch(/expected a query of data alone/);
});

test('an empty table: no row fails, and values are what SQL says of no rows', async () => {
  const { results } = await check(`(SELECT * FROM ${sixRows} WHERE false)`, [
    { failing: 'SELECT * FROM data' },
    { sql: 'SELECT count(*) FROM data', that: 'value == 0' },
    { sql: 'SELECT avg(x) FROM data', that: 'value > 0' },
  ]);
  expect(results.map(countsOf)).toEqual([
    ['passed', 'row', 0, 0, 0],
    ['passed', 'table', 0, 0, 0],
    ['passed', 'table', 0, 0, 1],
  ]);
});

test('SQL that cannot be carried out breaks its check alone, with the reason', async () => {
  const written = [
    [{ failing: 'SELECT id FROM data' }, /do not say which rows of data they are: select \* or __place/],
    [{ failing: 'SELECT __place + 100 AS __place FROM data' }, /6 of its rows are none of data/],
    [{ failing: 'SELECT NULL::BIGINT AS __place FROM data' }, /6 of its rows are none of data/],
    [{ failing: 'SELECT nothing FROM data' }, /nothing/],
    [{ sql: 'SELECT id FROM data', that: 'value > 0' }, /expected one value, found more than one row/],
    [{ sql: 'SELECT id FROM data WHERE false', that: 'value > 0' }, /expected one value, found no row/],
    [{ sql: 'SELECT 1 AS a, 2 AS b', that: 'value > 0' }, /expected one value, found the columns a, b/],
    [{ sql: "SELECT DATE '2020-01-01'", that: 'value > 0' }, /found a date/],
    [{ sql: 'SELECT [1]', that: 'value > 0' }, /INTEGER\[\]/],
    [{ sql: 'SELECT 1', that: 'valeu > 0' }, /did you mean value/],
    [{ sql: 'SELECT 1', that: "value == 'a'" }, /between a number and a string/],
    [{ sql: 'SELECT 1', that: 'row_count() > 0' }, /expected a condition over value/],
    [{ sql: 'SELECT 1', that: 'value > 0', where: 'nobody > 1' }, /there is no column nobody/],
    [
      { sql: 'SELECT count(*) FROM range(1000000000000)', that: 'value > 0', timeout: '50 ms' },
      /longer than its timeout of 50/,
    ],
    [
      {
        sql: "SELECT length(string_agg(repeat('x', 1000), '')) FROM range(2000000)",
        that: 'value > 0',
        limits: { memory: '40 MB' },
      },
      /memory/i,
    ],
    [{ sql: "SELECT * FROM read_csv('/etc/hostname')", that: 'value > 0' }, /found the function read_csv in FROM/],
    [{ sql: "SELECT count(*) FROM '/etc/hostname'", that: 'value > 0' }, /expected a query of data alone/],
  ] as const;
  const { results } = await check(sixRows, [...written.map(([one]) => one), { that: 'id > 0' }]);
  for (const [at, [one, reason]] of written.entries()) {
    expect(results[at], JSON.stringify(one)).toMatchObject({ outcome: 'broken', kind: null });
    expect(results[at]!.message, JSON.stringify(one)).toMatch(reason);
  }
  expect(results.at(-1)!.outcome).toBe('passed');
});

test('SQL sees the other tables and the moment that are given, and nothing of the engine that gives them', async () => {
  await engine.execute('CREATE OR REPLACE TABLE known AS SELECT 1 AS code UNION ALL SELECT 2');
  await engine.execute("CREATE OR REPLACE TABLE kept_apart AS SELECT 'SECRET' AS s");
  const others = new Map([['known', { source: 'known', schema: await engine.describe('SELECT * FROM known') }]]);
  const { results } = await check(
    sixRows,
    [
      { failing: 'SELECT * FROM data ANTI JOIN known ON id = code' },
      { failing: 'SELECT * FROM data ANTI JOIN known ON id = code', where: 'id in known.code' },
      { sql: 'SELECT epoch(as_of())', that: 'value == 1577836800' },
      { sql: 'SELECT count(*) FROM kept_apart', that: 'value > 0' },
    ],
    { tables: others, asOfMs: Date.UTC(2020, 0, 1) },
  );
  expect(results.map(countsOf)).toEqual([
    ['failed', 'row', 6, 4, 0],
    ['passed', 'row', 2, 0, 0],
    ['passed', 'table', 6, 0, 0],
    ['broken', null, 0, 0, 0],
  ]);
});

test('random small tables: SQL for failing rows says of each row what the built-in check says', async () => {
  for (let seed = 1; seed <= 12; seed++) {
    const source = `(SELECT * FROM ${drawnRows(seed * 7, seed)} ORDER BY id)`;
    const { results } = await check(
      source,
      [
        { that: 'n between 100 and 700', where: 'n is not null' },
        { failing: 'SELECT * FROM data WHERE n NOT BETWEEN 100 AND 700', where: 'n is not null' },
        { that: 'mean(n) < 500' },
        { sql: 'SELECT avg(n) FROM data', that: 'value < 500' },
      ],
      { show: ['id', 'n'] },
    );
    expect(countsOf(results[1]!)).toEqual(countsOf(results[0]!));
    expect(results[1]!.examples.map(({ id, n }) => [id, n])).toEqual(results[0]!.examples.map(({ id, n }) => [id, n]));
    expect(results[3]!.outcome).toBe(results[2]!.outcome);
  }
});

test('without means a check of the project’s own is broken, and a table with a column __place too', async () => {
  const { read } = readChecksFile('checks: [{failing: SELECT * FROM data}, id > 0]', 'c.yaml');
  const bare = await runChecks(engine, sixRows, { checks: read!.checks });
  expect(bare.map(({ outcome }) => outcome)).toEqual(['broken', 'passed']);
  expect(bare[0]!.message).toMatch(/not carried out here/);
  const { results } = await check('(SELECT 1 AS id, 2 AS __place)', [{ failing: 'SELECT * FROM data' }]);
  expect(results[0]!.message).toMatch(/the table has a column __place/);
});
