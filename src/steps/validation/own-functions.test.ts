import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { countsOf, drawnRows, ownChecks, sixRows } from '../../../test/steps/own-checks.ts';
import { repositoryRoot } from '../../../tools/problem.ts';
import { checkConditions, divideRows } from '../../data-quality/index.ts';
import { callCode } from '../../pipeline/local/index.ts';

const { engine, folder, check } = await ownChecks(
  (projectRoot, place) =>
    async (call, signal = new AbortController().signal) =>
      (
        await callCode(call, {
          projectRoot,
          programRoot: repositoryRoot,
          nodePath: process.execPath,
          python: process.env['MLSPEC_TEST_PYTHON'] ?? null,
          env: { PATH: process.env['PATH']!, PYTHONHASHSEED: '0' },
          executionId: `execution_${place}`,
          onText: () => undefined,
          signal,
        })
      ).answer,
);

beforeAll(async () => {
  await writeFile(join(folder, 'checks.ts'), typescript);
  await writeFile(join(folder, 'checks.py'), python);
});

const typescript = `
const each = (of: (row: any, columns: any) => boolean | null) => ({ rowCount, columns }: any) =>
  Array.from({ length: rowCount }, (_, row) => of(row, columns));
export const number = each((row, { x }) => (x[row] === null ? null : x[row] > 0));
export const mixed = each((row, { s, b, t }) =>
  s[row] === null || b[row] === null || t[row] === null ? null : s[row] === 'a' && b[row] && t[row] >= Date.UTC(2001, 0, 2));
export const total = ({ columns }: any) => columns.n.reduce((sum: number, n: number | null) => sum + (n ?? 0), 0);
total.merge = (one: number, other: number) => one + other;
export const largest = ({ columns }: any) => columns.n.filter((n: number | null) => n !== null);
largest.merge = (one: number[], other: number[]) => [...one, ...other];
largest.final = (all: number[]) => Math.max(...all);
export async function rows(batches: AsyncIterable<any>): Promise<number> {
  let count = 0;
  for await (const { rowCount } of batches) count += rowCount;
  return count;
}
export const nan = () => Number.NaN;
nan.merge = () => Number.NaN;
export const nothing = () => undefined;
nothing.merge = () => undefined;
export const boom = () => { throw new TypeError('no such thing'); };
export const short = () => [true];
export const words = ({ rowCount }: any) => Array(rowCount).fill('yes');
export const scalar = () => true;
export const gone = () => process.exit(3);
export const hang = () => new Promise((resolve) => setTimeout(resolve, 60_000));
export const greedy = async () => {
  const kept: Buffer[] = [];
  for (;;) {
    kept.push(Buffer.alloc(20_000_000, 1));
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
};
`;

const python = `
from __future__ import annotations
import sys
from typing import TYPE_CHECKING, Iterator
import pyarrow as pa
import pyarrow.compute as pc
import mlspec

if TYPE_CHECKING:
    import pandas as pd

def number(rows: pa.Table):
    return pc.and_kleene(pc.greater(rows["x"], 0), pc.invert(pc.is_nan(rows["x"])))

def mixed(rows: pd.DataFrame):
    import pandas as pd
    known = rows[["s", "b", "t"]].notna().all(axis=1)
    holds = (rows.s == "a") & (rows.b == True) & (rows.t >= pd.Timestamp("2001-01-02"))
    return holds.astype("boolean").mask(~known)

@mlspec.check(merge=lambda one, other: one + other)
def total(rows: pa.Table) -> int:
    return pc.sum(rows["n"]).as_py() or 0

def largest(rows: pa.Table):
    return pc.max(rows["n"])

def count(batches: Iterator[pa.Table]) -> int:
    return sum(batch.num_rows for batch in batches)

def sorted_away(rows: pd.DataFrame):
    return rows.sort_values("n", ascending=False).n.notna()

def ints(rows):
    return [1] * rows.num_rows

def boom(rows):
    raise ValueError("no such thing")

def leave(rows):
    sys.exit(3)
`;

test('an empty table: functions for a mask and with merge are not called, and one that goes through batches is', async () => {
  const { results } = await check(`(SELECT * FROM ${sixRows} WHERE false)`, [
    { typescript: 'checks.ts#number' },
    { typescript: 'checks.ts#total', that: 'value > 0' },
    { typescript: 'checks.ts#rows', that: 'value == 0' },
  ]);
  expect(results.map(countsOf)).toEqual([
    ['passed', 'row', 0, 0, 0],
    ['passed', 'table', 0, 0, 1],
    ['passed', 'table', 0, 0, 0],
  ]);
});

test('a TypeScript function that does something wrong breaks its check alone, with the reason', async () => {
  const { results } = await check(sixRows, [
    { typescript: 'checks.ts#boom' },
    { typescript: 'checks.ts#short' },
    { typescript: 'checks.ts#words' },
    { typescript: 'checks.ts#scalar' },
    { typescript: 'checks.ts#gone' },
    { typescript: 'checks.ts#nothing', that: 'value > 0' },
    { typescript: 'checks.ts#numbr' },
    { typescript: 'checks.ts#hang', timeout: '1500 ms' },
    { typescript: 'checks.ts#greedy', limits: { memory: '300 MB' } },
    { typescript: 'checks.ts#number' },
  ]);
  const reasons = [
    /"checks.ts#boom" cannot be carried out: TypeError: no such thing/,
    /expected a truth value for each of the 6 rows of a batch, found 1/,
    /expected truth values or null, found a string in row 0/,
    /expected an array with a truth value for each of the 6 rows, found a boolean/,
    /its process ended with exit code 3 and left no result/,
    /expected a number, a text, a truth value or null, found nothing/,
    /exports no function numbr; did you mean number/,
    /longer than its timeout of 1.5/,
    /more memory than its limit/,
  ];
  for (const [at, reason] of reasons.entries()) {
    expect(results[at]!.outcome, String(reason)).toBe('broken');
    expect(results[at]!.message).toMatch(reason);
  }
  expect(countsOf(results.at(-1)!)).toEqual(['failed', 'row', 6, 3, 1]);
});

const mixedCheck = "s == 'a' and b and t >= '2001-01-02'";
const mixedWhere = 's is not null and b is not null and t is not null';

/** Each check with the twins that say the same. Of SQL for failing rows nothing is missing: `where` leaves those out. */
const twins: readonly (readonly [string, readonly object[]])[] = [
  [
    'numbers',
    [
      { that: 'x > 0', tolerance: '60%' },
      { typescript: 'checks.ts#number', tolerance: '60%' },
      { python: 'checks.py:number', tolerance: '60%' },
    ],
  ],
  [
    'all',
    [
      { that: 'x > 0', of: 'all' },
      { typescript: 'checks.ts#number', of: 'all' },
    ],
  ],
  [
    'present numbers by SQL',
    [
      { that: 'x > 0', where: 'x is not null' },
      { failing: 'SELECT * FROM data WHERE NOT (x > 0 AND NOT isnan(x))', where: 'x is not null' },
    ],
  ],
  [
    'texts, truth values and times',
    [
      { that: mixedCheck, where: mixedWhere },
      { failing: "SELECT * FROM data WHERE NOT (s = 'a' AND b AND t >= TIMESTAMP '2001-01-02')", where: mixedWhere },
      { typescript: 'checks.ts#mixed', where: mixedWhere },
      { python: 'checks.py:mixed', where: mixedWhere },
    ],
  ],
];

test('the same of a built-in check and its twins in SQL, TypeScript and Python: counts, outcome, rows that are taken out', async (context) => {
  const isWithPython = process.env['MLSPEC_TEST_PYTHON'] !== undefined;
  const source = drawnRows(70_000, 1);
  await engine.execute(`CREATE OR REPLACE TABLE many AS SELECT * FROM ${source} ORDER BY id`);
  const schema = await engine.describe('SELECT * FROM many');
  for (const [name, written] of twins) {
    const those = written.filter((one) => isWithPython || !('python' in one));
    const { results, own } = await check('many', those);
    const [first, ...others] = results;
    expect(first!.failingCount, name).toBeGreaterThan(0);
    for (const other of others)
      expect([name, other.that, ...countsOf(other)]).toEqual([name, other.that, ...countsOf(first!)]);
    const taken = await Promise.all(
      results.map(async (result) => {
        const { quarantined, clean } = divideRows('many', checkConditions([result], { schema, own }));
        return await engine.rows(
          `SELECT (SELECT count(*) FROM (${clean})) AS kept, count(*) AS n, sum(id) AS sum, sum(id * id % 1009) AS mixed FROM (${quarantined})`,
        );
      }),
    );
    for (const other of taken) expect(other, name).toEqual(taken[0]);
    expect(taken[0]![0]!['n']).toBe(first!.failingCount);
  }
  if (!isWithPython) context.annotate('without Python: MLSPEC_TEST_PYTHON is not set');
});

test('the same values of the table in every language', async () => {
  await engine.execute(`CREATE OR REPLACE TABLE some_rows AS SELECT * FROM ${drawnRows(70_000, 2)} ORDER BY id`);
  const { results } = await check('some_rows', [
    { that: 'sum(n) < 0' },
    { sql: 'SELECT sum(n) FROM data', that: 'value < 0' },
    { typescript: 'checks.ts#total', that: 'value < 0' },
    { that: 'max(n) < 0' },
    { typescript: 'checks.ts#largest', that: 'value < 0' },
    { typescript: 'checks.ts#rows', that: 'value == 70000' },
    { typescript: 'checks.ts#nan', that: 'value == value' },
  ]);
  const values = results.map(({ measured }) => Object.values(measured)[0]);
  expect(values[1]).toBe(values[0]);
  expect(values[2]).toBe(values[0]);
  expect(values[4]).toBe(values[3]);
  expect(values.slice(5)).toEqual([70_000, 'NaN']);
  expect(results.map(({ outcome }) => outcome)).toEqual([
    'failed',
    'failed',
    'failed',
    'failed',
    'failed',
    'passed',
    'failed',
  ]);
});

test.runIf(process.env['MLSPEC_TEST_PYTHON'] !== undefined)(
  'Python functions: values by merge, as a whole and over batches; what is wrong breaks the check alone',
  async () => {
    await engine.execute(`CREATE OR REPLACE TABLE more_rows AS SELECT * FROM ${drawnRows(70_000, 3)} ORDER BY id`);
    const { results } = await check('more_rows', [
      { that: 'sum(n) < 0' },
      { python: 'checks.py:total', that: 'value < 0' },
      { that: 'max(n) < 0' },
      { python: 'checks.py:largest', that: 'value < 0' },
      { python: 'checks.py:count', that: 'value == 70000' },
      { python: 'checks.py:sorted_away' },
      { python: 'checks.py:ints' },
      { python: 'checks.py:boom' },
      { python: 'checks.py:leave' },
      { python: 'checks.py:nobody' },
      { python: 'checks.py:count' },
    ]);
    const values = results.map(({ measured }) => Object.values(measured)[0]);
    expect([values[1], values[3]]).toEqual([values[0], values[2]]);
    expect(results[4]!.outcome).toBe('passed');
    expect(results.slice(5).map(({ message }) => message)).toEqual([
      expect.stringMatching(/the index of its Series is not that of the batch/),
      expect.stringMatching(/expected truth values, found int64/),
      expect.stringMatching(/"checks.py:boom" cannot be carried out: ValueError: no such thing/),
      expect.stringMatching(/sys.exit\(3\)/),
      expect.stringMatching(/has no function nobody/),
      expect.stringMatching(/which gives a mask, to take one table at a time/),
    ]);
  },
);
