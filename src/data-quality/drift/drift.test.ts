import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDuckDb, type QueryEngine, quoteLiteral } from '../../tables/index.ts';
import { compareTables } from './compare-tables.ts';
import { type Distances, driftDistances, type TableDrift, tableDrift } from './drift.ts';

type Value = number | string | null;

interface GoldenCase extends Distances {
  readonly name: string;
  readonly type: string;
  readonly reference: readonly Value[];
  readonly current: readonly Value[];
}

const golden = JSON.parse(
  readFileSync(new URL('../../../test/golden/data-quality/drift.json', import.meta.url), 'utf8'),
) as { readonly cases: readonly GoldenCase[] };

let engine: QueryEngine;
beforeAll(async () => {
  engine = await createDuckDb({ threads: 4 });
});
afterAll(async () => await engine.close());

async function table(name: string, type: string, values: readonly Value[], column = '"x"'): Promise<string> {
  await engine.execute(`CREATE OR REPLACE TEMP TABLE ${name} (${column} ${type})`);
  const rows = values.map((value) => `(${value === null ? 'NULL' : `${quoteLiteral(String(value))}::${type}`})`);
  if (rows.length > 0) await engine.execute(`INSERT INTO ${name} VALUES ${rows.join(', ')}`);
  return name;
}

async function compare(
  one: { readonly type: string; readonly reference: readonly Value[]; readonly current: readonly Value[] },
  options: Parameters<typeof compareTables>[2] = {},
): Promise<TableDrift> {
  return await compareTables(
    engine,
    { reference: await table('a', one.type, one.reference), current: await table('b', one.type, one.current) },
    options,
  );
}

test.each(golden.cases.map((one, at) => [`${one.name} ${at}`, one] as const))(
  '%s is as far as SciPy says',
  async (_, one) => {
    const [column] = (await compare(one)).columns;
    for (const name of driftDistances) {
      const [found, value] = [column!.distances[name], one[name]];
      if (value === null) expect(found, name).toBeNull();
      else expect(Math.abs(found! - value), `${name}: ${found} against ${value}`).toBeLessThan(1e-9 + 1e-9 * value);
    }
  },
);

test('what is written down fits its schema, and is the same for any order of rows and number of threads', async () => {
  const one = golden.cases[1]!;
  const first = await compare(one);
  expect(tableDrift.parse(first)).toEqual(first);
  const texts = new Set<string>();
  for (const threads of [1, 2, 7]) {
    await engine.execute(`SET threads = ${threads}`);
    const turned = { ...one, reference: one.reference.toReversed(), current: one.current.toReversed() };
    texts.add(JSON.stringify(await compare(turned)));
  }
  expect([...texts]).toEqual([JSON.stringify(first)]);
});

test('equal shares of missing values, NaN and infinities are no difference', async () => {
  const values = [null, null, 'NaN', 'Infinity', '-Infinity', 1, 2, 3, 4, 5];
  const [column] = (await compare({ type: 'DOUBLE', reference: values, current: [...values, ...values] })).columns;
  for (const name of driftDistances) expect(column!.distances[name], name).toBeCloseTo(0, 12);
  expect(column!.reference).toEqual({
    rowCount: 10,
    missingCount: 2,
    nanCount: 1,
    positiveInfinityCount: 1,
    negativeInfinityCount: 1,
  });
});

test('nothing to compare is no distance: empty, all missing, no finite value', async () => {
  const [empty] = (await compare({ type: 'DOUBLE', reference: [], current: [1, 2] })).columns;
  expect(empty!.drifted).toBe(false);
  expect(Object.values(empty!.distances)).toEqual([null, null, null, null, null, null, null]);
  const [missing] = (await compare({ type: 'VARCHAR', reference: [null, null], current: [null] })).columns;
  expect(missing).toMatchObject({ drifted: false, pValue: 1, distances: { psi: 0, wasserstein: null } });
  const [infinite] = (await compare({ type: 'DOUBLE', reference: ['NaN', 'Infinity'], current: [1, 2] })).columns;
  expect(infinite!.distances).toMatchObject({ jensen_shannon: 1, kolmogorov_smirnov: null, wasserstein: null });
});

test.each([
  ['DATE', ['2024-01-01', '2024-01-02', '2024-02-01', 'infinity', '-infinity', null]],
  ['TIMESTAMP', ['2024-01-01 00:00:00.000001', '1969-12-31 23:59:59.5', 'infinity', null]],
  ['TIMESTAMPTZ', ['2024-01-01 00:00:00+02', '2024-01-01 00:00:00+00', null]],
  ['BIGINT', [-9_223_372_036_854_775_000n, 9_223_372_036_854_775_000n, 0n].map(String)],
  ['BOOLEAN', ['true', 'false', null]],
  ['HUGEINT', ['170141183460469231731687303715884105727', '0']],
  ['DECIMAL(38, 5)', ['99999999999999999999.5', '0']],
  ['DOUBLE', ['1.7976931348623157e308', '-1.7976931348623157e308', '5e-324', '0', '-0.0']],
  ['UUID', ['b4f2f6f0-1f3d-4e63-9f0e-222222222222']],
  ["ENUM ('a', 'b')", ['a', 'b']],
] as const)('%s is compared with itself and with nothing in common', async (type, values) => {
  const same = (await compare({ type, reference: values, current: values })).columns[0]!;
  expect(same.drifted).toBe(false);
  for (const distance of Object.values(same.distances)) expect(distance ?? 0).toBeCloseTo(0, 9);
  const some = values.filter((value) => value !== null);
  const far = (await compare({ type, reference: some, current: [null] })).columns[0]!;
  expect(far.distances.jensen_shannon).toBeCloseTo(1, 9);
});

test('columns with strange names, and columns that one side lacks or has with another type', async () => {
  await engine.execute('CREATE OR REPLACE TEMP TABLE a ("we""ird\n🙂" INT, gone INT, kind INT, n INT, __row INT)');
  await engine.execute('CREATE OR REPLACE TEMP TABLE b ("we""ird\n🙂" INT, fresh INT, kind VARCHAR, n DOUBLE)');
  const found = await compareTables(engine, { reference: 'a', current: '(SELECT * FROM b)' });
  expect(found.columns.map(({ name, type }) => [name, type])).toEqual([
    ['we"ird\n🙂', 'int64'],
    ['n', 'float64'],
  ]);
  expect(found).toMatchObject({
    onlyReference: ['gone'],
    onlyCurrent: ['fresh'],
    differentTypes: [{ name: 'kind', reference: 'int64', current: 'string' }],
  });
});

test('new and vanished values are counted, also behind the thousand that are listed', async () => {
  await engine.execute("CREATE OR REPLACE TEMP TABLE a AS SELECT 'v' || (i % 3000) AS x FROM range(9000) t(i)");
  await engine.execute("CREATE OR REPLACE TEMP TABLE b AS SELECT 'v' || (i % 3000 + 500) AS x FROM range(6000) t(i)");
  const [column] = (await compareTables(engine, { reference: 'a', current: 'b' })).columns;
  expect(column!.newValues).toEqual({ valueCount: 500, rowCount: 1000 });
  expect(column!.vanishedValues).toEqual({ valueCount: 500, rowCount: 1500 });
  expect(column!.cells.length).toBe(1001);
  expect(column!.cells.find(({ kind }) => kind === 'others')).toBeDefined();
});

test('a difference is drift where it is certain and large enough', async () => {
  const sample = async (name: string, rows: number, sql: string): Promise<void> =>
    await engine.execute(`CREATE OR REPLACE TEMP TABLE ${name} AS SELECT ${sql} AS x FROM range(${rows}) t(i)`);
  await sample('a', 100_000, 'hash(i) % 1000');
  await sample('b', 100_000, 'hash(i + 1000000) % 1000 + 8');
  const small = (await compareTables(engine, { reference: 'a', current: 'b' })).columns[0]!;
  expect([small.adjustedPValue < 0.01, small.drifted]).toEqual([true, false]);
  const strict = (await compareTables(engine, { reference: 'a', current: 'b' }, { threshold: 0.001 })).columns[0]!;
  expect(strict.drifted).toBe(true);
  await sample('b', 100_000, 'hash(i + 1000000) % 1000 + 200');
  for (const distance of driftDistances)
    expect(
      (await compareTables(engine, { reference: 'a', current: 'b' }, { distance })).columns[0],
      distance,
    ).toMatchObject({ drifted: true, judgedBy: distance });
  await sample('a', 12, 'hash(i) % 1000');
  await sample('b', 12, 'hash(i + 99) % 1000 + 150');
  const few = (await compareTables(engine, { reference: 'a', current: 'b' })).columns[0]!;
  expect([few.distances.psi! > 0.1, few.drifted]).toEqual([true, false]);
});

test.each([
  [206, 79],
  [60, 1000],
  [600, 20],
])('a shift by two standard deviations is seen with %i rows against %i', async (referenceRows, currentRows) => {
  const normal = (seed: number): string => {
    const uniform = (of: string): string => `((hash(i, ${seed}, '${of}') >> 11) + 0.5) / 9007199254740992`;
    return `sqrt(-2 * ln(${uniform('u')})) * cos(2 * pi() * ${uniform('v')})`;
  };
  const sample = async (name: string, rows: number, sql: string): Promise<void> =>
    await engine.execute(`CREATE OR REPLACE TEMP TABLE ${name} AS SELECT ${sql} AS x FROM range(${rows}) t(i)`);
  await sample('a', referenceRows, normal(1));
  await sample('b', currentRows, `2 + ${normal(2)}`);
  const tables = { reference: 'a', current: 'b' };
  for (const distance of driftDistances)
    expect((await compareTables(engine, tables, { distance })).columns[0], distance).toMatchObject({ drifted: true });
});

test('a comparison ends when it is canceled', async () => {
  await engine.execute('CREATE OR REPLACE TEMP TABLE a AS SELECT random() AS x FROM range(3000000)');
  const end = new AbortController();
  setTimeout(() => end.abort(), 30);
  await expect(compareTables(engine, { reference: 'a', current: 'a' }, { signal: end.signal })).rejects.toMatchObject({
    code: 'CANCELED',
  });
});
