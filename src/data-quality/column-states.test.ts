/** Kept states of parts put together are those of the whole: statistics and drift are the same bytes. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDuckDb, parquetSource, type QueryEngine, quoteLiteral } from '../tables/index.ts';
import {
  compareStates,
  compareTables,
  keepStates,
  keptStates,
  profileStates,
  profileTable,
  statesOfRows,
} from './index.ts';

let engine: QueryEngine;
let folder: string;
beforeAll(async () => {
  engine = await createDuckDb({ threads: 2 });
  folder = mkdtempSync(join(tmpdir(), 'mlspec-states-'));
});
afterAll(async () => {
  await engine.close();
  rmSync(folder, { recursive: true, force: true });
});

const types = {
  d: 'DOUBLE',
  f: 'FLOAT',
  i: 'BIGINT',
  h: 'HUGEINT',
  u: 'UHUGEINT',
  e: 'DECIMAL(12,4)',
  b: 'BOOLEAN',
  s: 'VARCHAR',
  g: 'UUID',
  t: 'DATE',
  m: 'TIMESTAMP',
  z: 'TIMESTAMPTZ',
  k: 'TIMESTAMP_NS',
} as const;
type Row = Readonly<Record<keyof typeof types, string | null>>;

const double = fc.oneof(fc.double(), fc.constantFrom(Number.NaN, Infinity, -Infinity, 0, -0, 0.1, 5e-324)).map(String);
const instant = fc
  .date({ min: new Date('1900-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })
  .map((date) => date.toISOString().replace('Z', ''));
const hardly = <T>(of: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(of, { freq: 4 });
const row: fc.Arbitrary<Row> = fc.record({
  d: hardly(double),
  f: hardly(fc.float().map(String)),
  i: hardly(fc.oneof(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), fc.bigInt(-3n, 3n)).map(String)),
  h: hardly(fc.bigInt(-(2n ** 126n), 2n ** 126n).map(String)),
  u: hardly(fc.bigInt(0n, 2n ** 128n - 1n).map(String)),
  e: hardly(fc.integer().map((value) => `${Math.trunc(value / 100)}.${Math.abs(value % 100)}`)),
  b: hardly(fc.constantFrom('true', 'false')),
  s: hardly(fc.oneof(fc.string({ unit: 'grapheme', maxLength: 5 }), fc.constantFrom('', ' ', 'NULL', 'a', 'a', 'b')))
    // The engine takes no character 0 in a text of a query.
    .map((text) => text?.replaceAll('\0', '') ?? null),
  g: hardly(fc.uuid()),
  t: hardly(
    fc.oneof(
      instant.map((text) => text.slice(0, 10)),
      fc.constantFrom('infinity', '-infinity', '0044-03-15 (BC)'),
    ),
  ),
  m: hardly(fc.oneof(instant, fc.constantFrom('infinity', '1970-01-01 00:00:00.000001'))),
  z: hardly(instant),
  k: hardly(instant.map((text) => `${text}001`)),
});

function sourceOf(rows: readonly Row[]): string {
  const values = rows.map(
    (one) =>
      `(${Object.entries(types)
        .map(([name, type]) => `${quoteLiteral(one[name as keyof Row])}::${type}`)
        .join(', ')})`,
  );
  const names = Object.keys(types).join(', ');
  const nothing = Object.values(types).map((type) => `NULL::${type}`);
  return values.length > 0
    ? `(SELECT * FROM (VALUES ${values.join(', ')}) AS t(${names}))`
    : `(SELECT * FROM (VALUES (${nothing.join(', ')})) AS t(${names}) WHERE false)`;
}

let count = 0;
async function keep(source: string): Promise<string> {
  const path = join(folder, `${count++}.parquet`);
  await keepStates(engine, await statesOfRows(engine, source), { path });
  return path;
}

test('random parts, empty ones and single rows among them, put together in any way are the whole', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.oneof(fc.constant([]), fc.array(row, { minLength: 1, maxLength: 1 }), fc.array(row, { maxLength: 12 })),
        {
          minLength: 1,
          maxLength: 4,
        },
      ),
      async (parts) => {
        const whole = JSON.stringify(await profileTable(engine, sourceOf(parts.flat()), { outliers: 'robust_z' }));
        const paths: string[] = [];
        for (const part of parts) paths.push(await keep(sourceOf(part)));
        const merged = async (of: readonly string[]): Promise<string> =>
          JSON.stringify(await profileStates(engine, await keptStates(engine, of), { outliers: 'robust_z' }));
        expect(await merged(paths)).toBe(whole);
        expect(await merged(paths.toReversed())).toBe(whole);
        // First some of them into one, then the others.
        const some = join(folder, `${count++}.parquet`);
        await keepStates(engine, await keptStates(engine, paths.slice(0, 2)), { path: some });
        expect(await merged([some, ...paths.slice(2)])).toBe(whole);
      },
    ),
    { numRuns: 25 },
  );
});

test('flights kept by month: statistics and drift are those of the rows, and the states are small and the same bytes', async () => {
  const path = join(import.meta.dirname, '../../node_modules/vega-datasets/data/flights-3m.parquet');
  const flights = parquetSource(path);
  const month = (at: number): string => `(SELECT * FROM ${flights} WHERE month(date) = ${at})`;
  const paths: string[] = [];
  for (const at of [1, 2, 3]) paths.push(await keep(month(at)));
  const kept = await keptStates(engine, paths);
  const whole = `(SELECT * FROM ${flights} WHERE month(date) <= 3)`;
  expect(await profileStates(engine, kept)).toEqual(await profileTable(engine, whole));
  const [reference, current] = [
    await keptStates(engine, paths.slice(0, 1)),
    await keptStates(engine, paths.slice(1, 2)),
  ];
  expect(await compareStates(engine, { reference, current })).toEqual(
    await compareTables(engine, { reference: month(1), current: month(2) }),
  );
  expect(readFileSync(await keep(month(1)))).toEqual(readFileSync(paths[0]!));
  expect(statSync(paths[0]!).size).toBeLessThan(statSync(path).size / 36);
});

test('a column that a part lacks is missing there, numbers of two kinds are doubles, other types do not mix', async () => {
  const first = await keep("(SELECT 1 AS a, 'x' AS s, 2 AS n FROM range(3))");
  const second = await keep('(SELECT 2 AS a, 0.5 AS n FROM range(2))');
  const { rowCount, columns } = await profileStates(engine, await keptStates(engine, [first, second]));
  expect(rowCount).toBe(5);
  expect(columns.map((one) => [one.name, one.type, one.rowCount, one.missingCount])).toEqual([
    ['a', 'int64', 5, 0],
    ['s', 'string', 5, 2],
    ['n', 'float64', 5, 0],
  ]);
  expect(columns[2]!.numbers).toMatchObject({ min: 0.5, max: 2, mean: 1.4 });
  const third = await keep("(SELECT 'two' AS a)");
  await expect(keptStates(engine, [first, third])).rejects.toMatchObject({ code: 'STATES_DIFFER' });
});

test('a file that is no kept state is refused, whatever it says', async () => {
  const text = join(folder, 'text.parquet');
  writeFileSync(text, 'no table');
  const table = join(folder, 'table.parquet');
  await engine.writeParquet('SELECT 1 AS a', table);
  const hostile = join(folder, 'hostile.parquet');
  const head = {
    states: 1,
    rowCount: 1,
    columns: [{ name: 'a', type: 'int64', written: "BIGINT) FROM read_csv('/etc/passwd'" }],
  };
  await engine.writeParquet(`SELECT -1 AS place, ${quoteLiteral(JSON.stringify(head))} AS value, 0 AS n`, hostile);
  for (const path of [text, table, hostile])
    await expect(keptStates(engine, [path]), path).rejects.toMatchObject({ code: 'STATES_UNREADABLE' });
});
