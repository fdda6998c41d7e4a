import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createDuckDb, type QueryEngine } from '../../tables/index.ts';
import { type Anomaly, findDriftAnomalies, findSkewAnomalies, readSchemaFile } from '../index.ts';

let engine: QueryEngine;
beforeAll(async () => {
  engine = await createDuckDb({ threads: 1 });
});
afterAll(() => engine.close());

const older =
  "(SELECT i % 100 AS a, (i % 100)::DOUBLE AS b, CASE WHEN i % 4 = 0 THEN 'x' ELSE 'y' END AS c FROM range(4000) t(i))";
const shifted = older.replace('i % 100 AS a', 'i % 100 + 40 AS a').replace('i % 4', 'i % 2');

async function anomaliesOf(source: string, columns: string, more = ''): Promise<Anomaly[]> {
  const schema = readSchemaFile(`schema: 1\n${more}\ncolumns:\n${columns}`, 'test.yaml');
  return await findDriftAnomalies(engine, { older, source, schema });
}

const judged = `  a: {type: int64, drift: {distance: wasserstein}}
  b: {type: float64, drift: {}}
  c: {type: string, drift: {distance: l_infinity, threshold: 0.2}}`;

test('columns are judged each in its way, and equal data does not drift', async () => {
  expect(await anomaliesOf(older, judged)).toEqual([]);
  const found = await anomaliesOf(shifted, judged);
  expect(found).toMatchObject([
    { column: 'a', reason: 'COMPARATOR_OTHER_DISTANCE_HIGH', threshold: 0.3, severity: 'fail', failingRows: null },
    { column: 'c', reason: 'COMPARATOR_L_INFTY_HIGH', measured: 0.25, threshold: 0.2 },
  ]);
  const { message, patch } = found[1]!;
  expect(message).toBe('c drifted: l_infinity 0.25, allowed is less than 0.2');
  expect(patch).toEqual({ path: ['columns', 'c', 'drift'], value: { distance: 'l_infinity', threshold: 0.251 } });
});

test('what the patches set allows what was seen', async () => {
  const found = await anomaliesOf(shifted, judged);
  const lines = found.map(({ column, patch }) => `  ${column}: {type: string, drift: ${JSON.stringify(patch!.value)}}`);
  expect(await anomaliesOf(shifted, lines.join('\n'))).toEqual([]);
});

test('a few rows that differ by chance are no drift, however far apart', async () => {
  const few = "(SELECT unnest(['x', 'x', 'y']) AS c)";
  expect(await anomaliesOf(few, '  c: {type: string, drift: {distance: l_infinity, threshold: 0.2}}')).toEqual([]);
});

test('a column that cannot be compared is told, one that says nothing of drift is not', async () => {
  const other = `(SELECT *, 1 AS fresh, 2 AS silent FROM (SELECT * REPLACE ('t' AS a) FROM ${older}))`;
  const found = await anomaliesOf(
    other,
    '  a: {type: string, drift: {}}\n  fresh: {type: int64, drift: {}, severity: warn}\n  silent: {type: int64}',
  );
  expect(found.map(({ column, reason, severity }) => [column, reason, severity])).toEqual([
    ['fresh', 'COMPARATOR_CONTROL_DATA_MISSING', 'warn'],
    ['a', 'COMPARATOR_CONTROL_DATA_MISSING', 'fail'],
  ]);
});

test('rows by those of the older table', async () => {
  const half = `(SELECT * FROM ${older} LIMIT 2000)`;
  expect(await anomaliesOf(half, '  {}', 'rows: {min_ratio: 0.5, max_ratio: 0.5}')).toEqual([]);
  const found = await anomaliesOf(half, '  {}', 'rows: {min_ratio: 0.9}');
  expect(found).toMatchObject([
    { column: null, reason: 'COMPARATOR_LOW_NUM_EXAMPLES', measured: 0.5, threshold: 0.9, rowCount: 2000 },
  ]);
  expect(found[0]!.patch).toEqual({ path: ['rows', 'min_ratio'], value: 0.5 });
  const high = await anomaliesOf(half, '  {}', 'rows: {max_ratio: 0.4}');
  expect(high.map(({ reason }) => reason)).toEqual(['COMPARATOR_HIGH_NUM_EXAMPLES']);
});

describe('the same rows', () => {
  const rows = "(SELECT i AS id, i % 7 AS n, i / 3 AS x, 'k' || i % 3 AS c FROM range(1000) t(i))";
  const served = `(SELECT id, CASE WHEN id < 50 THEN NULL ELSE n END AS n, x + 1e-9 AS x, upper(c) AS c FROM ${rows} WHERE id <> 999)`;
  const skewsOf = async (
    columns: string,
    { key = ['id'], tolerance = 0, older: one = rows } = {},
  ): Promise<Anomaly[]> => {
    const schema = readSchemaFile(`schema: 1\ncolumns:\n${columns}`, 'test.yaml');
    return await findSkewAnomalies(engine, { older: one, source: served, schema, key, tolerance });
  };

  test('have other values in more rows than a schema allows', async () => {
    const columns =
      '  n: {type: int64, skew: 0.05}\n  x: {type: float64, skew: 0}\n  c: {type: string, skew: 0.5}\n  id: {type: int64, skew: 0}';
    const found = await skewsOf(columns);
    expect(found.map(({ column, reason, rowCount }) => [column, reason, rowCount])).toEqual([
      ['n', 'COMPARATOR_JOINED_SKEW_HIGH', 50],
      ['x', 'COMPARATOR_JOINED_SKEW_HIGH', 999],
      ['c', 'COMPARATOR_JOINED_SKEW_HIGH', 999],
    ]);
    expect(found[0]).toMatchObject({ measured: 50 / 999, threshold: 0.05, failingRows: null });
    expect(found[0]!.message).toBe(
      'n has another value in 50 of 999 rows with the same key, allowed is a share of 0.05',
    );
    expect(found.map(({ patch }) => patch!.value)).toEqual([0.051, 1, 1]);
    expect((await skewsOf(columns, { tolerance: 1e-6 })).map(({ column }) => column)).toEqual(['n', 'c']);
    expect(await skewsOf('  n: {type: int64, skew: 0.051}\n  gone: {type: date, skew: 0}')).toEqual([]);
  });

  test('need a key, and are told where none matches', async () => {
    await expect(skewsOf('  n: {type: int64, skew: 0}', { key: [] })).rejects.toThrow(/expected a key.*skew of n/);
    expect(await skewsOf('  n: {type: int64}', { key: [] })).toEqual([]);
    const none = await skewsOf('  n: {type: int64, skew: 0}', { older: `(SELECT id - 5000 AS id, n FROM ${rows})` });
    expect(none).toMatchObject([{ reason: 'COMPARATOR_CONTROL_DATA_MISSING', column: 'n' }]);
    const without = await skewsOf('  n: {type: int64, skew: 0}', { older: `(SELECT id FROM ${rows})` });
    expect(without[0]!.message).toBe('n cannot be compared row by row: the older table does not have it');
  });
});
