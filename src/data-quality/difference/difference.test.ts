import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDuckDb, parquetSource, type QueryEngine, quoteIdentifier, quoteLiteral } from '../../tables/index.ts';
import { diffRows, writeDifference } from './diff-rows.ts';
import type { RowDiffOptions } from './open-difference.ts';
import { isEqualData, type RowDifference } from './row-difference.ts';

type Kind = 'number' | 'whole' | 'text' | 'truth';
type Value = number | string | boolean | null;
type Rows = readonly (readonly Value[])[];

interface GoldenCase {
  readonly key: readonly string[];
  readonly columns: readonly string[];
  readonly kinds: readonly Kind[];
  readonly reference: Rows;
  readonly current: Rows;
  readonly byKey: Partial<RowDifference>;
  readonly whole: Partial<RowDifference>;
}

const golden = JSON.parse(
  readFileSync(new URL('../../../test/golden/data-quality/difference.json', import.meta.url), 'utf8'),
) as { readonly cases: readonly GoldenCase[] };
const types = { number: 'DOUBLE', whole: 'BIGINT', text: 'VARCHAR', truth: 'BOOLEAN' } as const;
const tables = { reference: 'before', current: 'after' };

let engine: QueryEngine;
let folder = '';
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'difference-'));
  engine = await createDuckDb({ threads: 2, memoryLimitBytes: 200e6, tempDirectory: join(folder, 'temp') });
});
afterAll(async () => {
  await engine.close();
  rmSync(folder, { recursive: true, force: true });
});

async function fill(table: string, one: Pick<GoldenCase, 'columns' | 'kinds'>, rows: Rows): Promise<void> {
  const columns = one.columns.map((name, at) => `${quoteIdentifier(name)} ${types[one.kinds[at]!]}`);
  await engine.execute(`CREATE OR REPLACE TEMP TABLE ${table} (${columns.join(', ')})`);
  const texts = rows.map(
    (row) => `(${row.map((value) => quoteLiteral(value === null ? null : String(value))).join(', ')})`,
  );
  if (texts.length > 0) await engine.execute(`INSERT INTO ${table} VALUES ${texts.join(', ')}`);
}

async function compare(one: GoldenCase, options: RowDiffOptions): Promise<RowDifference> {
  await fill('before', one, one.reference);
  await fill('after', one, one.current);
  return await diffRows(engine, tables, options);
}

async function compareQueries(reference: string, current: string, options: RowDiffOptions): Promise<RowDifference> {
  return await diffRows(engine, { reference: `(${reference})`, current: `(${current})` }, options);
}

test.each(golden.cases.map((one, at) => [at, one] as const))('pair %i differs as pandas says', async (_, one) => {
  const byKey = await compare(one, { key: one.key });
  expect(byKey).toMatchObject(one.byKey);
  expect(byKey.referenceRowCount).toBe(one.reference.length);
  expect(byKey.currentRowCount).toBe(one.current.length);
  expect(await compare(one, { key: [] })).toMatchObject(one.whole);
  expect(isEqualData(byKey)).toBe(
    one.reference.length + one.current.length === 0 || (byKey.unchanged === one.reference.length && isSame(one)),
  );
  const turned = { ...one, reference: one.reference.toReversed(), current: one.current.toReversed() };
  expect(await compare(turned, { key: one.key })).toEqual(byKey);
});

function isSame({ reference, current }: GoldenCase): boolean {
  const texts = (rows: Rows) => rows.map((row) => JSON.stringify(row)).sort();
  return JSON.stringify(texts(reference)) === JSON.stringify(texts(current));
}

test('a version is equal to itself, whatever its values are', async () => {
  const all = golden.cases.filter(({ reference }) => reference.length > 0);
  for (const one of all) {
    const found = await compare({ ...one, current: one.reference.toReversed() }, { key: [] });
    expect([found.unchanged, isEqualData(found)]).toEqual([one.reference.length, true]);
  }
});

test('the rows that differ are written, as they were and as they are', async () => {
  const before = "SELECT * FROM (VALUES (1, 'a', 1.5), (2, 'b', 2.5), (3, 'c', NULL)) t(id, name, price)";
  const after = "SELECT * FROM (VALUES (2, 'b', 9.5), (3, 'c', NULL), (4, 'd', 4.5)) t(id, name, price)";
  const path = join(folder, 'rows.parquet');
  const pair = { reference: `(${before})`, current: `(${after})` };
  expect(await writeDifference(engine, pair, { key: ['id'], path })).toEqual({ rowCount: 3 });
  expect(
    await engine.rows(`SELECT change, id, "before.price" AS was, "after.price" AS now FROM ${parquetSource(path)}`),
  ).toEqual([
    { change: 'removed', id: 1, was: 1.5, now: null },
    { change: 'changed', id: 2, was: 2.5, now: 9.5 },
    { change: 'added', id: 4, was: null, now: 4.5 },
  ]);
  const whole = join(folder, 'whole.parquet');
  expect(await writeDifference(engine, pair, { key: [], path: whole })).toEqual({ rowCount: 4 });
});

test('numbers within the tolerance are equal; missing, NaN and infinity are not within it', async () => {
  const values = (list: string) => `SELECT * FROM (VALUES ${list}) t(id, x)`;
  const before = values("(1, 1.0::DOUBLE), (2, 'NaN'), (3, 'Infinity'), (4, NULL), (5, -1e308), (6, 5.0)");
  const after = values("(1, 1.4::DOUBLE), (2, 1.0), (3, '-Infinity'), (4, 0.0), (5, 1e308), (6, 5.6)");
  const found = await compareQueries(before, after, { key: ['id'], tolerance: 0.5 });
  expect(found.changed).toBe(5);
  expect(found.examples.changed.map(({ key }) => key['id'])).toEqual(['2', '3', '4', '5', '6']);
});

test('columns of different types are named, and compared where that means something', async () => {
  const before = "SELECT 1 AS id, 5 AS n, DATE '2020-01-01' AS d, '7' AS t, gen_random_uuid() AS u";
  const after = "SELECT 1 AS id, 5.0::DOUBLE AS n, TIMESTAMP '2020-01-01' AS d, 7 AS t, 'none' AS u";
  const found = await compareQueries(before, after, { key: ['id'] });
  expect(found.differentTypes).toEqual([
    { name: 'n', reference: 'int64', current: 'float64' },
    { name: 'd', reference: 'date', current: 'timestamp' },
    { name: 't', reference: 'string', current: 'int64' },
  ]);
  expect(found.columns.filter(({ changed }) => changed > 0).map(({ name }) => name)).toEqual(['u']);
});

test('names of any kind, also those that the queries use themselves', async () => {
  const names = ['v0', 'here', 'r1', 'd"quo\'te', 'line\nbreak', '✓ e', 'change', '__proto__', 'q', 's', 'was'];
  const row = (value: number) =>
    `SELECT ${names.map((name) => `${value} AS ${quoteIdentifier(name)}`).join(', ')}, 1 AS id`;
  const found = await compareQueries(row(1), row(2), { key: ['id'] });
  expect(found.columns.map(({ name }) => name)).toEqual(names);
  expect(found.columns.every(({ changed, largestChange }) => changed === 1 && largestChange === 1)).toBe(true);
  expect(found.examples.changed[0]!.changes).toHaveLength(names.length);
});

test('thousands of columns', async () => {
  const columns = (value: number) =>
    Array.from({ length: 2000 }, (_, at) => `${value === at ? -1 : at} AS c${at}`).join(', ');
  const found = await compareQueries(`SELECT 1 AS id, ${columns(-5)}`, `SELECT 1 AS id, ${columns(1999)}`, {
    key: ['id'],
  });
  expect([found.changed, found.columns.filter(({ changed }) => changed > 0)]).toMatchObject([1, [{ name: 'c1999' }]]);
});

test('more rows than fit into the memory that it may use', async () => {
  const rows = (more: string) =>
    `SELECT hash(i) AS id, md5(i::VARCHAR) AS text, ${more} AS x FROM range(1500000) t(i) WHERE i % 100 <> `;
  const found = await compareQueries(`${rows('i')} 7`, `${rows('CASE WHEN i % 1000 = 1 THEN 0 ELSE i END')} 9`, {
    key: ['id'],
  });
  expect(found).toMatchObject({ added: 15_000, removed: 15_000, changed: 1500, unchanged: 1_468_500 });
});

test('a key or column that is not there is told with those that are', async () => {
  const one = 'SELECT 1 AS id, 2 AS x';
  await expect(compareQueries(one, 'SELECT 1 AS no', { key: ['id'] })).rejects.toThrow(
    /"id", which the current has not; it has no/,
  );
  await expect(compareQueries(one, one, { key: ['id'], columns: new Set(['y']) })).rejects.toThrow(
    /found "y"; they have id, x/,
  );
  await expect(compareQueries(one, 'SELECT 1 AS no', { key: [] })).rejects.toThrow(/a column in common/);
});
