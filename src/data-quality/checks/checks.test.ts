import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createDuckDb, parquetSource, type QueryEngine } from '../../tables/index.ts';
import {
  type CheckResult,
  checkConditions,
  compileCheck,
  compileCondition,
  type DeclaredCheck,
  divideRows,
  runChecks,
} from '../index.ts';

let engine: QueryEngine;
beforeAll(async () => {
  engine = await createDuckDb();
});
afterAll(() => engine.close());

const flights = parquetSource(join(import.meta.dirname, '../../../node_modules/vega-datasets/data/flights-3m.parquet'));

function declared(that: string, more: Partial<DeclaredCheck> = {}): DeclaredCheck {
  return { that, severity: 'fail', where: null, of: 'present', tolerance: 0, why: '', ...more };
}

async function one(source: string, check: DeclaredCheck): Promise<CheckResult> {
  return (await runChecks(engine, source, { checks: [check] }))[0]!;
}

/** Six rows: plain, another, NaN, infinite, missing, zero. */
const rows = `(SELECT * FROM (VALUES (1, 1.5::DOUBLE, 'a', true, DATE '2001-01-01', TIMESTAMP '2001-01-01 10:00:00'), (2, -2, 'B', false, DATE '2001-01-02', TIMESTAMP '2001-01-02'),
  (3, 'NaN', '', true, DATE '2001-01-03', TIMESTAMP '2001-01-03'), (4, 'Infinity', 'ä', NULL, NULL, NULL), (5, NULL, NULL, true, DATE '2001-01-05', TIMESTAMP '2001-01-05'), (6, 0, 'a', true, DATE '2001-01-06', TIMESTAMP '2001-01-06'))
  AS t(id, x, s, b, d, t))`;

/** What the table of semantics says, row by row: which ids fail, how many say nothing. */
test.each<[string, readonly number[], number]>([
  ['x > 0', [2, 3, 6], 1],
  ['x >= -2', [3], 1],
  ['x < 100', [3, 4], 1],
  ['x == x', [3], 1],
  ['x != 1.5', [1], 1],
  ['x between -2 and 1.5', [3, 4], 1],
  ['x not in [0, 1.5]', [1, 6], 1],
  ['x in [0, 1.5, -2]', [3, 4], 1],
  ['not (x > 0)', [1, 4], 1],
  ['x is null', [1, 2, 3, 4, 6], 0],
  ['x is not null', [5], 0],
  ['x > 0 or id > 4', [2, 3], 0],
  ['x > 0 and id > 4', [1, 2, 3, 4, 6], 1],
  ['is_finite(x)', [3, 4], 1],
  ['not is_nan(x)', [3], 1],
  ['x / 0 > 0', [2, 3, 6], 1],
  ['-x < 0', [2, 3, 6], 1],
  ['abs(x) * 2 + 1 <= 5', [3, 4], 1],
  ["s matches '^[a-z]$'", [2, 3, 4], 1],
  ["s == 'a'", [2, 3, 4], 1],
  ['length(s) == 1', [3], 1],
  ["lower(s) in ['a', 'b']", [3, 4], 1],
  ['b', [2], 1],
  ['not b', [1, 3, 5, 6], 1],
  ['b == true', [2], 1],
  ["d >= '2001-01-03'", [1, 2], 1],
  ["t < '2001-01-02T00:00:00+00:00'", [2, 3, 5, 6], 1],
  ["d between '2001-01-01' and '2001-01-05'", [6], 1],
  ['t - d < 1h', [1], 1],
  ['weekday(d) <= 3', [5, 6], 1],
  ['hour(t) == 0', [1], 1],
  ['id > 0', [], 0],
])('%s', async (that, failing, missing) => {
  const result = await one(rows, declared(that));
  expect(result.message).not.toMatch(/cannot/);
  const ids = await engine.rows(`SELECT id FROM ${rows} WHERE NOT ${sqlOf(that)} ORDER BY id`);
  expect(ids.map((row) => row['id'])).toEqual(failing);
  expect(result).toMatchObject({
    kind: 'row',
    rowCount: 6,
    failingCount: failing.length,
    missingCount: missing,
    outcome: failing.length === 0 ? 'passed' : 'failed',
  });
});

const schema = {
  fields: [
    { name: 'id', type: 'int64' },
    { name: 'x', type: 'float64' },
    { name: 's', type: 'string' },
    { name: 'b', type: 'boolean' },
    { name: 'd', type: 'date' },
    { name: 't', type: 'timestamp' },
  ],
} as const;

function sqlOf(that: string): string {
  const compiled = compileCheck(that, { schema });
  return 'sql' in compiled ? compiled.sql : '';
}

test.each<[string, RegExp]>([
  ['x >', /expected/],
  ['y > 1', /there is no column y/],
  ['idd > 1', /did you mean id\?/],
  ["x > 'a'", /stands between a number and a string/],
  ["d > 'yesterday'", /expected a date or an instant/],
  ['d > 5', /stands between a time and a number/],
  ['x + s > 1', /\+ takes a number, found a string/],
  ['x matches 1', /matches takes a string/],
  ['s matches s', /pattern in quotes/],
  ['x == null', /write `is null`/],
  ['x in 5', /expected a list|in takes a list/],
  ['x', /a check is a condition/],
  ['len(s) > 1', /there is no function len/],
  ['length(x) > 1', /length takes a string, found a number/],
  ['unique()', /unique takes values of the columns of a row/],
  ['unique(1)', /unique takes values of the columns of a row/],
  ['unique(mean(x))', /unique takes values of the columns of a row/],
  ['mean(x) > x', /mixes columns of one row with values of the whole table/],
  ['mean(mean(x)) > 1', /has no meaning/],
  ['mean(s) > 1', /mean takes a number, found a string/],
  ['quantile(x) > 1', /it is written quantile\(x, share\)/],
  ['quantile(x, 95) > 1', /share from 0 to 1/],
  ['quantile(x, at=1) > 1', /takes no named arguments/],
  ["outlier_share(x, method='forest') > 1", /'iqr' or 'mad'/],
  ['outlier_share(x, how=1) > 1', /has no argument how/],
  ['correlation(x + 1, id) > 0', /takes a column/],
  ['has_columns(x)', /takes a text in quotes/],
  ['row_count(x) > 1', /row_count takes nothing/],
  ['meam(x) > 1', /did you mean mean\?/],
  ['not unique(id)', /stands alone/],
  ['increasing(b)', /takes numbers, times or texts/],
  ['increasing(x, since=t)', /no argument since/],
  ['increasing(x, order=max(t))', /takes numbers, times or texts/],
  ['age(t) < 1d', /no moment that is now/],
  ['x > 0 and is_email(x)', /is_email takes a string, found a number/],
  ["s matches '['", /missing|\]|regex/i],
])('%s is broken, alone, and says why', async (that, message) => {
  const results = await runChecks(engine, rows, { checks: [declared('id > 0'), declared(that), declared('id > 1')] });
  expect(results.map((result) => result.outcome)).toEqual(['passed', 'broken', 'failed']);
  expect(results[1]!.message).toMatch(message);
});

test('a check that cannot be compiled is an error of its own', () => {
  for (const that of ['x >', 'nobody > 1'])
    expect(() => compileCheck(that, { schema })).toThrow(expect.objectContaining({ code: 'CHECK_INVALID' }));
  expect(() => compileCondition('mean(x) > 1', { schema })).toThrow(expect.objectContaining({ code: 'CHECK_INVALID' }));
});

test.each<[string, 'passed' | 'failed']>([
  ['row_count() == 6', 'passed'],
  ['share(x > 0) < 34%', 'passed'],
  ['share(x > 0) < 33%', 'failed'],
  ['count(b) == 4', 'passed'],
  ['missing_share(x) <= 0.2 and missing_count(s) == 1', 'passed'],
  ['distinct_count(s) == 4', 'passed'],
  ['min(x) == -2 and max(x) == 1.5 and median(x) == 0', 'passed'],
  ['mean(x) between -0.17 and -0.16', 'passed'],
  ['standard_deviation(x) > 2', 'failed'],
])('over the whole table: %s', async (that, outcome) => {
  expect(await one(rows, declared(that))).toMatchObject({ kind: 'table', outcome, rowCount: 6 });
});

test('over no rows a mean says nothing', async () => {
  const result = await one(rows, declared('mean(x) > 0', { where: 'id > 100' }));
  expect(result).toMatchObject({ outcome: 'passed', rowCount: 0, missingCount: 1 });
});

test('unique leaves rows with a missing part out; its examples are the repeated rows', async () => {
  const source = '(SELECT * FROM (VALUES (1, 1), (1, 1), (1, 2), (NULL, 1), (NULL, 1)) AS t(a, b))';
  expect(await one(source, declared('unique(a, b)'))).toMatchObject({
    kind: 'unique',
    outcome: 'failed',
    failingCount: 2,
    missingCount: 2,
    examples: [
      { a: 1, b: 1 },
      { a: 1, b: 1 },
    ],
  });
  expect(await one(source, declared('unique(b)', { where: 'b == 2' }))).toMatchObject({ outcome: 'passed' });
});

test('tolerance is a share of the rows that the check is about, or so many; where restricts them', async () => {
  const half = declared('id > 3', { tolerance: 0.5 });
  expect(await one(rows, half)).toMatchObject({ outcome: 'passed', failingCount: 3 });
  expect(await one(rows, { ...half, tolerance: 0.49 })).toMatchObject({ outcome: 'failed' });
  expect(await one(rows, { ...half, tolerance: { rows: 3 } })).toMatchObject({ outcome: 'passed' });
  expect(await one(rows, { ...half, tolerance: { rows: 2 } })).toMatchObject({ outcome: 'failed' });
  expect(await one(rows, { ...half, where: 'id <= 4' })).toMatchObject({ outcome: 'failed', rowCount: 4 });
  // 0.29 · 100 is less than 29 in doubles.
  const hundred = '(SELECT range AS id FROM range(100))';
  expect(await one(hundred, declared('id >= 29', { tolerance: 0.29 }))).toMatchObject({ outcome: 'passed' });
  expect(await one(hundred, declared('id >= 30', { tolerance: 0.29 }))).toMatchObject({ outcome: 'failed' });
  const table = await one(rows, declared('mean(x) > 0', { tolerance: 0.5 }));
  expect(table).toMatchObject({ outcome: 'broken', message: expect.stringMatching(/whole table/) });
});

test('of: a row of which nothing is said is left out of the share, or fails', async () => {
  // x > 0 is true of two rows, false of three, and says nothing of one.
  const present = declared('x > 0', { tolerance: 0.6 });
  expect(await one(rows, present)).toMatchObject({ outcome: 'passed', failingCount: 3, missingCount: 1, rowCount: 6 });
  expect(await one(rows, { ...present, tolerance: 0.59 })).toMatchObject({ outcome: 'failed' });
  const all = await one(rows, { ...present, of: 'all' });
  expect(all).toMatchObject({ outcome: 'failed', failingCount: 4, missingCount: 1 });
  expect(all.examples).toHaveLength(4);
  expect(await one(rows, { ...present, of: 'all', tolerance: { rows: 4 } })).toMatchObject({ outcome: 'passed' });
  // A row of which `where` says nothing is not taken.
  const restricted = declared('id > 0', { where: 'x > 0', of: 'all' });
  expect(await one(rows, restricted)).toMatchObject({ outcome: 'passed', rowCount: 2 });
});

test('real rows: many checks in one scan, up to ten examples with the columns that matter, repeatable', async () => {
  const checks = [
    declared('distance between 100 and 3000', { why: 'flights of the mainland' }),
    declared("origin matches '^[A-Z]{3}$'"),
    declared("date < '2001-07-01'", { severity: 'warn', tolerance: 0.001 }),
    declared('delay > 15', { where: "origin == 'ORD'", tolerance: 1 }),
  ];
  const options = { checks, show: ['date', 'origin'] };
  const first = await runChecks(engine, flights, options);
  expect(first.map((result) => result.outcome)).toEqual(['failed', 'passed', 'passed', 'passed']);
  expect(first[0]!.examples).toHaveLength(10);
  expect(Object.keys(first[0]!.examples[0]!)).toEqual(['date', 'origin', 'distance']);
  expect(first[0]!.message).toMatch(/^\d+ of 3000000 rows fail: flights of the mainland$/);
  expect(first[3]!.rowCount).toBe(166_341);
  expect(JSON.stringify(await runChecks(engine, flights, options))).toBe(JSON.stringify(first));
});

test('what a check says cannot be anything but a condition', async () => {
  const source = `(SELECT 'it''s' AS s, 1 AS "a"" OR 1=1 --")`;
  expect(await one(source, declared(`s == "it's"`))).toMatchObject({ outcome: 'passed' });
  expect(await one(source, declared("s matches '''; DROP TABLE x; --'"))).not.toMatchObject({ outcome: 'passed' });
  expect(await one(source, declared('`a" OR 1=1 --` == 1'))).toMatchObject({ outcome: 'passed' });
});

test('rows are divided into clean ones and others with their reasons, none lost', async () => {
  const conditions = checkConditions(
    [declared('x > 0'), declared('id < 3', { where: "s == 'B'" }), declared('unique(id)'), declared('nonsense(')],
    { schema },
  );
  const { clean, quarantined } = divideRows(rows, conditions);
  const ofAll = checkConditions([declared('x > 0', { of: 'all', where: 'id > 3' })], { schema });
  const ids = async (sql: string): Promise<unknown> => (await engine.rows(sql)).map((row) => row['id']);
  expect(await ids(clean)).toEqual([1, 4, 5]);
  expect(await ids(quarantined)).toEqual([2, 3, 6]);
  expect((await engine.rows(quarantined))[0]!['__reasons']).toBe('x > 0');
  expect(await ids(divideRows(rows, ofAll).quarantined)).toEqual([5, 6]);
  expect(await ids(divideRows(rows, []).clean)).toHaveLength(6);
  expect(await ids(divideRows(rows, []).quarantined)).toHaveLength(0);
});

const wide = `(SELECT ${Array.from({ length: 40 }, (_, at) => `(range * ${at + 1} % 97) / 8.0::DOUBLE AS c${at}`).join(', ')} FROM range(500))`;

test('hundreds of checks read the table a few times: extents, counts with sums, what is left of sums, moments', async () => {
  await engine.execute(`CREATE TABLE wide AS SELECT * FROM ${wide}`);
  const asked = vi.spyOn(engine, 'rows');
  try {
    const checks = Array.from({ length: 40 }, (_, at) => [
      declared(`c${at} between 0 and 12`),
      declared(`c${at} is not null`),
      declared(`mean(c${at}) between 0 and 12`),
      declared(`standard_deviation(c${at}) < 12 and max(c${at}) <= 12`),
      declared(`missing_share(c${at}) < 1%`),
    ]).flat();
    const results = await runChecks(engine, 'wide', { checks });
    expect(new Set(results.map(({ outcome, message }) => (outcome === 'passed' ? outcome : message)))).toEqual(
      new Set(['passed']),
    );
    const reading = asked.mock.calls.filter(([sql]) => / FROM wide$/.test(sql));
    expect(reading.length).toBeLessThanOrEqual(5);
  } finally {
    asked.mockRestore();
    await engine.execute('DROP TABLE wide');
  }
});

test('a statement that would be too long is divided; of many that are asked together the broken one alone is broken', async () => {
  const many = Array.from({ length: 1500 }, (_, at) => declared(`c${at % 40} < ${at + 100}`));
  const all = [...many.slice(0, 700), declared("lower(s) == s and s matches '('"), ...many.slice(700)];
  const results = await runChecks(engine, `(SELECT *, 'a' AS s FROM ${wide})`, { checks: all });
  expect(results.map(({ outcome }, at) => [at, outcome]).filter(([, outcome]) => outcome !== 'passed')).toEqual([
    [700, 'broken'],
  ]);
});

test.each([
  ['x > 0', [false, null, false, true]],
  ['x >= -1e308', [false, null, true, true]],
  ['x <= 1e308', [false, null, true, false]],
  ['0 < x', [false, null, false, true]],
  ['x == y', [false, null, true, true]],
  ['x != y', [true, null, false, false]],
  ['x <= y', [false, null, true, true]],
  ['x >= y', [false, null, true, true]],
  ['x not between 0 and 1', [true, null, false, true]],
  ['x > 0 or true', [true, true, true, true]],
  ['x > 0 and x < 1', [false, null, false, false]],
  ['x > 0 or x is null', [false, true, false, true]],
] as const)('NaN, missing, zero and infinity: %s', async (that, expected) => {
  const each = ["'NaN'::DOUBLE", 'NULL::DOUBLE', '0::DOUBLE', "'Infinity'::DOUBLE"];
  for (const [at, value] of each.entries()) {
    const result = await one(`(SELECT ${value} AS x, ${value} AS y)`, declared(that));
    const said = result.missingCount === 1 ? null : result.failingCount === 0;
    expect(said, `${that} of ${value}: ${result.message}`).toBe(expected[at]);
  }
});

test.each(['TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT', 'UTINYINT', 'UBIGINT', 'HUGEINT', 'UHUGEINT'])(
  'whole numbers of %s are compared with numbers of any size and sign',
  async (type) => {
    const source = `(SELECT unnest([0, 100, NULL])::${type} AS n)`;
    const failing = async (that: string): Promise<[number, number]> => {
      const { outcome, message, failingCount, missingCount } = await one(source, declared(that));
      expect(outcome, message).not.toBe('broken');
      return [failingCount, missingCount];
    };
    expect(await failing('n >= -5')).toEqual([0, 1]);
    expect(await failing('n < 100')).toEqual([1, 1]);
    expect(await failing('n == 100.5')).toEqual([2, 1]);
    expect(await failing('n between 1 and 9007199254740991')).toEqual([1, 1]);
    expect(await failing('n in [0, 300, -1]')).toEqual([1, 1]);
    expect(await failing('n <= 1e300')).toEqual([0, 1]);
    expect(await failing('n + 1 > 1')).toEqual([1, 1]);
    expect(await failing('n is not null')).toEqual([1, 0]);
    expect(await failing('n is null')).toEqual([2, 0]);
    expect(await failing('not (n is not null)')).toEqual([2, 0]);
    expect(await failing('n is null or n > 50')).toEqual([1, 0]);
  },
);

test('values of another table: missing ones and NaN are none, and of a missing value nothing is said', async () => {
  const others = `(SELECT * FROM (VALUES (1, 1.5::DOUBLE, 'a', TIMESTAMP '2001-01-01'), (NULL, 'NaN', NULL, NULL), (2, -0.0::DOUBLE, 'a', TIMESTAMP '2001-01-02')) AS o(id, x, s, t))`;
  const none = `(SELECT * FROM ${others} WHERE false)`;
  const ask = async (that: string, source: string): Promise<[number, number]> => {
    const tables = new Map([['other', { source, schema: await engine.describe(`SELECT * FROM ${source}`) }]]);
    const [result] = await runChecks(engine, rows, { checks: [declared(that)], tables });
    expect(result!.outcome, result!.message).not.toBe('broken');
    return [result!.failingCount, result!.missingCount];
  };
  // x is 1.5, -2, NaN, infinite, missing and 0.
  expect(await ask('x in other.x', others)).toEqual([3, 1]);
  expect(await ask('x not in other.x', others)).toEqual([2, 1]);
  expect(await ask('id in other.x', others)).toEqual([6, 0]);
  expect(await ask('id in other.id', others)).toEqual([4, 0]);
  expect(await ask('lower(s) in other.s', others)).toEqual([3, 1]);
  expect(await ask('d in other.t', others)).toEqual([3, 1]);
  for (const that of ['x in other.x', 's in other.s', 'd in other.t']) expect(await ask(that, none)).toEqual([5, 1]);
  expect(await ask('most_frequent(s) in other.s and row_count() == 6', others)).toEqual([0, 0]);
});

test('NaN as a missing value, as pandas has it, and rows told apart by any values', async () => {
  const source =
    "(SELECT unnest([1::DOUBLE, 1, 'NaN', 'NaN', NULL, -2]) AS x, unnest(['a', 'A', 'b', NULL, 'c', 'B']) AS s)";
  const ask = async (that: string): Promise<unknown> => {
    const { message, failingCount, missingCount } = await one(source, declared(that));
    return message.includes('cannot') ? message : [failingCount, missingCount];
  };
  expect(await ask('nan_as_missing(x) > 0')).toEqual([1, 3]);
  expect(await ask('nan_as_missing(x) is not null')).toEqual([3, 0]);
  expect(await ask('nan_as_missing(s) is not null')).toEqual([1, 0]);
  expect(await ask('unique(x)')).toEqual([4, 1]);
  expect(await ask('unique(nan_as_missing(x))')).toEqual([2, 3]);
  expect(await ask('increasing(nan_as_missing(x))')).toEqual([1, 3]);
  expect(await ask('unique(lower(s))')).toEqual([4, 1]);
  expect(await ask('distinct_count(nan_as_missing(x)) == 2 and completeness(nan_as_missing(x)) == 0.5')).toEqual([
    0, 0,
  ]);
});

test.each([
  ['x > 0 and y > 1', 'y'],
  ["id > 0 and x > 'a' or b", "x > 'a'"],
  ['mean(meam(x)) > 1', 'meam(x)'],
  ['x >', ''],
  ['length(x) > 1', 'length(x)'],
  ['unique(x, 1)', null],
  ["id in [1, 'a', 2]", "id in [1, 'a', 2]"],
])('what is wrong in %s has its place', async (that, part) => {
  const result = await one(rows, declared(that));
  expect(result.outcome).toBe('broken');
  expect(result.at === null ? null : that.slice(result.at.start, result.at.end)).toBe(part);
  expect((await one(rows, declared('id > 0', { where: that }))).at).toBeNull();
});
