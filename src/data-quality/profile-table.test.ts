import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDuckDb, parquetSource, type QueryEngine, quoteLiteral } from '../tables/index.ts';
import {
  type ColumnStatistics,
  profileSlice,
  profileTable,
  quantilePercents,
  sliceStatistics,
  type TableStatistics,
  tableStatistics,
} from './index.ts';

const root = join(import.meta.dirname, '../..');
const vega = (name: string): string => join(root, 'node_modules/vega-datasets/data', name);
const golden = JSON.parse(readFileSync(join(root, 'test/golden/data-quality/values.json'), 'utf8'));

interface GoldenNumbers {
  readonly rowCount: number;
  readonly missingCount: number;
  readonly distinctCount: number;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly standardDeviation: number;
  readonly quantiles: readonly number[];
  readonly histogram: readonly number[];
  readonly tukey: readonly [number, number];
  readonly robust_z: readonly [number, number];
}

let engine: QueryEngine;
beforeAll(async () => {
  engine = await createDuckDb();
});
afterAll(() => engine.close());

const flights = parquetSource(vega('flights-3m.parquet'));
const penguins = `read_json(${quoteLiteral(vega('penguins.json'))})`;
const airports = `read_csv(${quoteLiteral(vega('airports.csv'))}, header = true)`;
const made = `(SELECT pow(2::DOUBLE, (i % 600) - 300) * CASE WHEN i % 2 = 0 THEN 1 ELSE -1 END AS wide,
  1e9::DOUBLE + (i * 7919 % 1000)::DOUBLE / 1000 AS near, (i * 104729 % 9973)::DOUBLE * 1e-100::DOUBLE AS tiny,
  (i * 7919 % 20011) - 10000 AS whole, 0.1::DOUBLE AS constant, CASE WHEN i % 10 = 0 THEN i::DOUBLE ELSE 0 END AS mostly_zero
  FROM range(20000) AS r(i))`;

function columnOf(statistics: TableStatistics, name: string): ColumnStatistics {
  return statistics.columns.find((column) => column.name === name)!;
}

function expectNear(found: number | null, expected: number, scale: number): void {
  expect(Math.abs(found! - expected)).toBeLessThanOrEqual(1e-12 * scale);
}

test.each([
  ['penguins', penguins],
  ['airports', airports],
  ['made', made],
])('numbers of %s are those of NumPy', async (name, source) => {
  const tukey = await profileTable(engine, source);
  const robust = await profileTable(engine, source, { outliers: 'robust_z' });
  for (const [column, expected] of Object.entries(golden[name] as Record<string, GoldenNumbers>)) {
    const found = columnOf(tukey, column);
    const numbers = found.numbers!;
    const scale = Math.max(Math.abs(expected.min), Math.abs(expected.max));
    expect({ ...expected, ...found }).toMatchObject({
      rowCount: expected.rowCount,
      missingCount: expected.missingCount,
      distinctCount: expected.distinctCount,
    });
    expect([numbers.min, numbers.max, numbers.quantiles], column).toEqual([
      expected.min,
      expected.max,
      expected.quantiles,
    ]);
    expectNear(numbers.mean, expected.mean, scale);
    expectNear(numbers.standardDeviation, expected.standardDeviation, scale);
    const outside = (one: ColumnStatistics): unknown => [
      one.numbers!.outliers!.belowCount,
      one.numbers!.outliers!.aboveCount,
    ];
    expect(outside(found), column).toEqual(expected.tukey);
    expect(outside(columnOf(robust, column)), column).toEqual(expected.robust_z);
    expect(numbers.histogram!.counts.reduce((sum, count) => sum + count, 0)).toBe(
      expected.rowCount - expected.missingCount,
    );
    if (name !== 'penguins') expect(numbers.histogram!.counts, column).toEqual(expected.histogram);
  }
});

test('texts are those of pandas', async () => {
  for (const [name, source] of [
    ['penguin_texts', penguins],
    ['airport_texts', airports],
  ] as const) {
    const statistics = await profileTable(engine, source);
    for (const [column, expected] of Object.entries(golden[name] as Record<string, Record<string, unknown>>)) {
      const { texts, top, ...found } = columnOf(statistics, column);
      expect(
        { ...found, ...texts, top: top.slice(0, 5).map((one) => [one.value, one.count]) },
        `${name} ${column}`,
      ).toMatchObject(expected);
    }
  }
});

test('NaN, infinities, missing, empty and signs of zero each have their place', async () => {
  const [x, s, b, d] = (
    await profileTable(
      engine,
      `(SELECT * FROM (VALUES ('NaN'::DOUBLE, '', true, DATE '2020-02-29'), ('NaN', 'ß', NULL, 'infinity'), ('Infinity', NULL, false, NULL),
        ('-Infinity', '日本', true, '1969-12-31'), (-0.0, '', true, NULL), (0, 'a', true, NULL), (NULL, 'a', true, NULL), (-1.5, 'a', true, NULL)) AS t(x, s, b, d))`,
    )
  ).columns;
  expect(x).toMatchObject({ rowCount: 8, missingCount: 1, distinctCount: 5 });
  expect(x!.numbers).toMatchObject({
    nanCount: 2,
    positiveInfinityCount: 1,
    negativeInfinityCount: 1,
    zeroCount: 2,
    negativeCount: 1,
    min: -1.5,
    max: 0,
    mean: -0.5,
  });
  expect(x!.top.find((one) => one.value === 'NaN')).toEqual({ value: 'NaN', count: 2 });
  expect(s).toMatchObject({ missingCount: 1, distinctCount: 4 });
  expect(s!.texts).toMatchObject({ emptyCount: 2, minLength: 0, maxLength: 2, meanLength: 6 / 7 });
  expect(b!.top).toEqual([
    { value: true, count: 6 },
    { value: false, count: 1 },
  ]);
  expect(d!.times).toMatchObject({ infiniteCount: 1, min: '1969-12-31', max: '2020-02-29' });
});

test('no rows, only missing values, one value, and odd names', async () => {
  const empty = await profileTable(engine, '(SELECT 1 AS a, 1.5::DOUBLE AS f, now() AS t, $$x$$ AS s WHERE false)');
  expect(empty.rowCount).toBe(0);
  expect(empty.columns[1]!.numbers).toMatchObject({ min: null, mean: null, quantiles: null, histogram: null });
  const missing = await profileTable(engine, '(SELECT NULL::DOUBLE AS "a ""b"" c", NULL::VARCHAR AS s FROM range(3))');
  expect(missing.columns.map((column) => [column.name, column.missingCount, column.distinctCount])).toEqual([
    ['a "b" c', 3, 0],
    ['s', 3, 0],
  ]);
  const [one] = (await profileTable(engine, '(SELECT 7 AS a, 1 AS __row)')).columns;
  expect(one!.numbers).toMatchObject({ min: 7, max: 7, mean: 7, standardDeviation: null, histogram: { counts: [1] } });
  for (const statistics of [empty, missing]) tableStatistics.parse(statistics);
});

test('numbers at the ends of their range neither overflow nor vanish', async () => {
  const [x] = (
    await profileTable(
      engine,
      '(SELECT unnest([1.7976931348623157e308::DOUBLE, -1.7976931348623157e308::DOUBLE]) AS x)',
    )
  ).columns;
  expect(x!.numbers).toMatchObject({ mean: 0, min: -Number.MAX_VALUE, max: Number.MAX_VALUE });
  const [big] = (await profileTable(engine, '(SELECT 9007199254740993::BIGINT + i AS big FROM range(4) AS r(i))'))
    .columns;
  expect(big!.distinctCount).toBe(4);
});

test('equal rows give equal statistics in any order, on any number of threads', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.option(fc.double()), { minLength: 1, maxLength: 60 }),
      fc.integer({ min: 1, max: 4 }),
      async (values, threads) => {
        const other = await createDuckDb({ threads });
        const source = (list: readonly (number | null)[]): string =>
          `(SELECT unnest([${list.map((value) => quoteLiteral(value === null ? null : String(value))).join(', ')}])::DOUBLE AS x)`;
        const forward = await profileTable(engine, source(values), { outliers: 'robust_z' });
        const backward = await profileTable(other, source([...values].reverse()), { outliers: 'robust_z' });
        await other.close();
        expect(JSON.stringify(backward)).toBe(JSON.stringify(forward));
        const [column] = forward.columns;
        const finite = values
          .filter((value) => value !== null && Number.isFinite(value))
          .map(Number)
          .sort((a, b) => a - b);
        const quantiles = quantilePercents.map(
          (percent) => finite[Math.ceil((percent / 100) * finite.length - 1e-12) - 1]! + 0,
        );
        expect(column!.numbers!.quantiles).toEqual(finite.length === 0 ? null : quantiles);
      },
    ),
    { numRuns: 40 },
  );
});

test('real rows: the same document on one thread and on two, and its slices add up', async () => {
  const source = `(SELECT *, delay > 15 AS late FROM ${flights} LIMIT 300_000)`;
  const slice = { name: 'distance', column: 'distance', edges: [500, 1000, 2000] };
  const documents = [];
  for (const threads of [1, 2]) {
    const other = await createDuckDb({ threads });
    const of = await profileTable(other, source);
    documents.push({ of, groups: await profileSlice(other, source, { slice }) });
    await other.close();
  }
  expect(JSON.stringify(documents[1])).toBe(JSON.stringify(documents[0]));
  const { of, groups } = documents[0]!;
  sliceStatistics.parse(groups);
  tableStatistics.parse(of);
  expect(groups.groups.map((group) => group.value)).toEqual(['< 500', '500 to 1000', '1000 to 2000', '>= 2000']);
  expect(groups.groups.reduce((sum, group) => sum + group.rowCount, 0)).toBe(300_000);
  const delay = of.columns.findIndex((column) => column.name === 'delay');
  const total = groups.groups.reduce((sum, group) => sum + group.rowCount * group.columns[delay]!.numbers!.mean!, 0);
  expect(total / 300_000).toBeCloseTo(of.columns[delay]!.numbers!.mean!, 10);
});

test('slices by value: the fifty largest, the rest counted, missing by name', async () => {
  const source = `(SELECT CASE WHEN i % 100 = 0 THEN NULL ELSE i % 70 END AS g, i AS x FROM range(10_000) AS r(i))`;
  const found = await profileSlice(engine, source, { slice: { name: 'g', column: 'g', edges: null } });
  expect(found.groups).toHaveLength(50);
  expect(found.leftOutCount).toBe(21);
  const sizes = found.groups.map((group) => group.rowCount);
  expect(sizes).toEqual([...sizes].sort((a, b) => b - a));
  const edges = await profileSlice(engine, source, { slice: { name: 'g', column: 'g', edges: [10, 20] } });
  expect(edges.groups.map((group) => group.value).sort()).toEqual(['(missing)', '10 to 20', '< 10', '>= 20']);
});
