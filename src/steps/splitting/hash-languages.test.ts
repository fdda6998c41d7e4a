/*
 * A key falls into the same part and the same fold in DuckDB, where datasets are divided, in TypeScript and in Python: over random keys of every
 * type, of one and of several columns, with missing values, over random salts, shares and numbers of folds.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { repositoryRoot } from '../../../tools/problem.ts';
import { findPython } from '../../../tools/python-env.ts';
import { rowText } from '../../data-quality/index.ts';
import { foldOfKey } from '../../data-quality/key-folds.ts';
import { type KeyValue, partOfKey } from '../../data-quality/key-place.ts';
import {
  type ColumnType,
  createDuckDb,
  type Field,
  type QueryEngine,
  quoteLiteral,
  sqlTypes,
} from '../../tables/index.ts';
import { assignParts } from './assign.ts';
import { assignFolds } from './folds/assign-folds.ts';
import type { SplittingParams } from './plan.ts';

let engine: QueryEngine;
beforeAll(async () => {
  engine = await createDuckDb();
});
afterAll(() => engine.close());

type Value = KeyValue['value'];
type Row = readonly Value[];

const dayMs = 86_400_000;
// From the year 1 to 9999, which all three languages know.
const days = { min: -719_162, max: 2_932_896 };

/** Texts of any characters but NUL, which no literal can hold; many short ones of what could be taken for a separator. */
const texts = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }).map((text) => text.replaceAll('\0', '')),
  fc.string({ unit: fc.constantFrom(';', ':', '-', '1', 'a', '\u001f', 'é', 'e\u0301', '😀', "'", ' '), maxLength: 5 }),
);
const floats = fc.oneof(
  fc.double(),
  fc.float().map(Number),
  fc.integer().map((whole) => whole / 1000),
  fc.integer({ min: -330, max: 310 }).map((power) => Number(`1.5e${power}`)),
  fc.constantFrom(0, -0, 1e15, 1e16, 123456789012345680, 1e-4, 1e-5, 5e-324, Number.MAX_VALUE, 0.1 + 0.2, 100, 9.5e15),
);
const values: Readonly<Record<ColumnType, fc.Arbitrary<Value>>> = {
  boolean: fc.boolean(),
  int64: fc.oneof(
    fc.maxSafeInteger(),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.integer({ min: -3, max: 3 }),
  ),
  float64: floats,
  string: texts,
  date: fc.integer(days).map((day) => new Date(day * dayMs).toISOString().replace(/T.*/, '').replace(/^\+0/, '')),
  timestamp: fc.oneof(
    fc.bigInt({ min: BigInt(days.min) * 86_400_000_000n, max: BigInt(days.max) * 86_400_000_000n }),
    fc.integer({ min: -3, max: 3 }),
  ),
};
const columnTypes = Object.keys(values) as ColumnType[];

interface Case {
  readonly types: readonly ColumnType[];
  readonly rows: readonly Row[];
  readonly salt: string;
  readonly shares: readonly number[];
  readonly folds: number;
}

const cases: fc.Arbitrary<Case> = fc
  .array(fc.constantFrom(...columnTypes), { minLength: 1, maxLength: 4 })
  .chain((types) =>
    fc.record({
      types: fc.constant(types),
      rows: fc.array(fc.tuple(...types.map((type) => fc.option(values[type], { freq: 8 }))), {
        minLength: 20,
        maxLength: 60,
        size: 'max',
      }),
      salt: texts,
      shares: fc
        .array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 5 })
        .map((weights) => weights.map((weight) => weight / weights.reduce((sum, one) => sum + one, 0))),
      folds: fc.integer({ min: 2, max: 100 }),
    }),
  );

const names = ['train', 'validation', 'test', 'holdback', 'debug'];

function literal(value: Value, type: ColumnType): string {
  if (value === null) return 'NULL';
  if (type === 'string') return quoteLiteral(String(value));
  if (type === 'float64') return Object.is(value, -0) ? "'-0.0'::DOUBLE" : `'${value}'::DOUBLE`;
  if (type === 'timestamp') return `make_timestamp(${value}::BIGINT)`;
  return type === 'int64' ? `'${value}'::BIGINT` : `'${value}'::${type.toUpperCase()}`;
}

/** What `assign` leaves in a table for each row, in their order, with the rows as the table `dataset`. */
async function assigned(
  { types, rows }: Case,
  assign: (fields: readonly Field[]) => Promise<{ readonly table: string; readonly column: string }>,
): Promise<unknown[]> {
  const fields = types.map((type, index): Field => ({ name: `c${index}`, type }));
  const columns = fields.map(({ name, type }) => `${name} ${sqlTypes[type]}`);
  await engine.execute(`CREATE OR REPLACE TABLE dataset (${columns.join(', ')}, __row BIGINT)`);
  const written = rows.map(
    (row, at) => `(${[...row.map((value, index) => literal(value, types[index]!)), at].join(', ')})`,
  );
  await engine.execute(`INSERT INTO dataset VALUES ${written.join(', ')}`);
  const { table, column } = await assign(fields);
  const found = await engine.rows(`SELECT ${column} AS found FROM ${table} ORDER BY rowid`);
  await engine.execute(`DROP TABLE ${table}; DROP TABLE dataset`);
  return found.map((row) => row['found']);
}

const { signal } = new AbortController();

/** The part of each row, in their order, as DuckDB finds it. */
async function partsOf(one: Case, rule: Partial<SplittingParams> = {}): Promise<string[]> {
  const parts = await assigned(one, async (fields) => {
    const params: SplittingParams = {
      name: 'p',
      by: 'hash',
      column: null,
      gapMs: 0,
      salt: one.salt,
      parts: one.shares.map((share, index) => ({ name: names[index]!, share, sealed: false })),
      key: fields.map(({ name }) => name),
      ...rule,
    };
    await assignParts({ engine, params, fields, signal });
    return { table: 'assigned', column: '__part' };
  });
  return parts.map(String);
}

/** The fold of each row, in their order, as DuckDB finds it. */
async function foldsOf(one: Case): Promise<number[]> {
  const folds = await assigned(one, async (fields) => {
    const key = fields.map(({ name }) => name);
    const { folds: count, salt } = one;
    const rule = { by: 'hash', column: null, gapMs: 0, label: null, apart: null } as const;
    await assignFolds({ engine, params: { ...rule, folds: count, salt, key }, fields, signal });
    return { table: 'folds', column: '__fold' };
  });
  return folds.map(Number);
}

function partsHere({ types, rows, salt, shares }: Case): string[] {
  const parts = Object.fromEntries(shares.map((share, index) => [names[index]!, share]));
  return rows.map((row) =>
    partOfKey(
      row.map((value, index) => ({ type: types[index]!, value })),
      { salt, parts },
    ),
  );
}

function foldsHere({ types, rows, salt, folds }: Case): number[] {
  return rows.map((row) =>
    foldOfKey(
      row.map((value, index) => ({ type: types[index]!, value })),
      { count: folds, salt },
    ),
  );
}

const program = `
import datetime, json, sys
from mlspec import fold_of_key, part_of_key

def value(type, text):
    if text is None:
        return None
    if type == "timestamp":
        return datetime.datetime(1970, 1, 1) + datetime.timedelta(microseconds=int(text))
    return {"string": str, "boolean": lambda one: one == "true", "int64": int, "float64": float,
            "date": datetime.date.fromisoformat}[type](text)

for line in sys.stdin:
    case = json.loads(line)
    keys = [tuple(value(type, text) for type, text in zip(case["types"], row)) for row in case["rows"]]
    print(json.dumps([[part_of_key(key, case["parts"], salt=case["salt"]), fold_of_key(key, case["folds"], salt=case["salt"])] for key in keys]))
`;

/** The part and the fold of each row. */
function answersInPython(given: readonly Case[]): [string, number][][] {
  const lines = given.map(({ types, rows, salt, shares, folds }) =>
    JSON.stringify({
      types,
      rows: rows.map((row) =>
        row.map((value) => (value === null ? null : Object.is(value, -0) ? '-0.0' : String(value))),
      ),
      ...{ salt, folds },
      parts: Object.fromEntries(shares.map((share, index) => [names[index]!, share])),
    }),
  );
  const { stdout, stderr, status } = spawnSync(findPython()!.path, ['-c', program], {
    input: lines.join('\n'),
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    env: { ...process.env, PYTHONPATH: join(repositoryRoot, 'python'), PYTHONDONTWRITEBYTECODE: '1' },
  });
  if (status !== 0) throw new Error(stderr);
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as [string, number][]);
}

test('random keys of every type fall into the same part and fold in DuckDB, TypeScript and Python', async () => {
  const given = fc.sample(cases, { numRuns: 150, seed: 20260101 });
  const python = answersInPython(given);
  for (const [index, one] of given.entries()) {
    const parts = await partsOf(one);
    expect(partsHere(one), JSON.stringify(one.types)).toEqual(parts);
    const folds = foldsHere(one);
    expect(python[index], JSON.stringify(one.types)).toEqual(parts.map((part, at) => [part, folds[at]]));
    // The hash is the same: what is asked here is how folds are made of it.
    if (index % 5 === 0) expect(await foldsOf(one), JSON.stringify(one.types)).toEqual(folds);
  }
  expect(given.reduce((sum, { rows }) => sum + rows.length, 0)).toBeGreaterThan(4000);
});

test('rows that are added move none, whichever columns the hash is of', async () => {
  const rules: Partial<SplittingParams>[] = [{}, { key: [] }, { column: 'c0' }, { by: 'group', column: 'c0' }];
  const grown = fc.record({ before: cases, salt: texts, rule: fc.constantFrom(...rules) });
  for (const { before, salt, rule } of fc.sample(grown, { numRuns: 40, seed: 20260102 })) {
    const more = fc.sample(fc.tuple(...before.types.map((type) => fc.option(values[type]))), { numRuns: 50, seed: 7 });
    const old = await partsOf({ ...before, salt }, rule);
    const now = await partsOf({ ...before, salt, rows: [...before.rows, ...more] }, rule);
    expect(now.slice(0, old.length)).toEqual(old);
  }
});

test('floats that are equal are one key: zero and NaN have no sign', async () => {
  await engine.execute(
    "CREATE OR REPLACE TABLE signed AS SELECT * FROM (VALUES (0.0::DOUBLE), ('-0.0'::DOUBLE), ('nan'::DOUBLE), (-('nan'::DOUBLE))) AS t(x)",
  );
  const found = await engine.rows(
    `SELECT DISTINCT ${rowText([{ name: 'x', type: 'float64' }])} AS text FROM signed ORDER BY 1`,
  );
  expect(found.map((row) => row['text'])).toEqual(['0.0', 'nan']);
});

test('what is no value of its type, and parts that are none, are refused', () => {
  const parts = { train: 0.5, test: 0.5 };
  for (const value of [
    { type: 'int64', value: 1.5 },
    { type: 'int64', value: '1' },
    { type: 'int64', value: 2 ** 60 },
    { type: 'string', value: 1 },
    { type: 'string', value: '\ud800' },
    { type: 'date', value: '2001-02-30' },
    { type: 'date', value: '0000-01-01' },
    { type: 'float64', value: '1.0' },
    { type: 'boolean', value: 1 },
  ] as const)
    expect(() => partOfKey([value], { parts }), JSON.stringify(value)).toThrow(/expected/);
  expect(() => partOfKey([], { parts: { train: 0.5 } })).toThrow(
    expect.objectContaining({ code: 'KEY_VALUE_INVALID' }),
  );
  expect(partOfKey([{ type: 'string', value: null }], { parts: { debug: 1 } })).toBe('debug');
  for (const count of [1, 101, 2.5, Number.NaN])
    expect(() => foldOfKey([], { count }), String(count)).toThrow(/expected 2 to 100 folds/);
});
