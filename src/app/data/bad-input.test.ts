/*
 * Tables of every bad and unusual kind, through everything that looks at tables: each gives a result, or an error that says what is
 * wrong with the file; the query engine goes on.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  compareTables,
  type DeclaredCheck,
  diffRows,
  findFormats,
  inferSchema,
  profileTable,
  runChecks,
  writeSchemaFile,
} from '../../data-quality/index.ts';
import { isPlatformError } from '../../errors/index.ts';
import { createDuckDbProcess, type QueryEngine, quoteIdentifier, quoteLiteral } from '../../tables/index.ts';
import { openTable } from './open-table.ts';

let folder: string;
let engine: QueryEngine;
let tableCount = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bad-input-'));
  engine = await open();
});

async function open(): Promise<QueryEngine> {
  return await createDuckDbProcess({ tempDirectory: join(folder, 'temp'), memoryLimitBytes: 1e9 });
}

afterAll(async () => {
  await engine.close();
  await rm(folder, { recursive: true, force: true });
});

/** Everything that looks at a table, or what takes no longer where it has thousands of columns. @returns the number of columns that were told of */
async function lookAt(table: string, extent: 'all' | 'quick'): Promise<number> {
  const { source } = await openTable(engine, table, `table_${tableCount++}`);
  const statistics = await profileTable(engine, source);
  writeSchemaFile(inferSchema(statistics, await findFormats(engine, { source, statistics }), null));
  const checks = ['row_count() >= 0', 'column_count() >= 0'].map(
    (that): DeclaredCheck => ({ that, severity: 'fail', where: null, of: 'all', tolerance: 0, why: '' }),
  );
  for (const { outcome, message } of await runChecks(engine, source, { checks }))
    expect([outcome, message]).toEqual(['passed', message]);
  if (extent === 'quick') return statistics.columns.length;
  const tables = { reference: source, current: source };
  const drift = await compareTables(engine, tables);
  expect(drift.columns.filter(({ drifted }) => drifted)).toEqual([]);
  const { added, removed } = await diffRows(engine, tables, { key: [], tolerance: 0 });
  expect([added, removed]).toEqual([0, 0]);
  return statistics.columns.length;
}

/** The number of columns, or the code of the error. */
async function outcomeOf(table: string, extent: 'all' | 'quick' = 'all'): Promise<number | string> {
  try {
    return await lookAt(table, extent);
  } catch (error) {
    if (!isPlatformError(error)) throw error;
    expect(error.message, error.code).not.toMatch(/native callback|undefined/i);
    expect(error.message.length).toBeLessThan(2_000);
    expect(['INTERNAL', 'TABLE_ENGINE_ENDED']).not.toContain(error.code);
    expect(await engine.rows('SELECT 1 AS a')).toEqual([{ a: 1 }]);
    return error.code;
  }
}

async function outcomeOfFile(name: string, content: string | Buffer): Promise<number | string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return await outcomeOf(path);
}

const unreadable = 'TABLE_FILE_UNREADABLE';
const isFull = process.env['MLSPEC_TEST_FULL'] === '1';
const rows = (count: number): string => Array.from({ length: count }, (_, at) => `${at},x${at}\n`).join('');
const junk = Buffer.from(Array.from({ length: 5_000 }, (_, at) => (at * at * 31 + at * 7) % 251));

test.each<[string, string, string | Buffer, number | string]>([
  ['an empty CSV file', 'a.csv', '', unreadable],
  ['a header alone', 'a.csv', 'a,b\n', 2],
  ['rows with too few and too many values', 'a.csv', `a,b\n${rows(50)}1\n1,2,3\n${rows(50)}`, unreadable],
  ['a quote that is not closed', 'a.csv', `a,b\n${rows(50)}1,"x\n${rows(50)}`, unreadable],
  [
    'two encodings in one file',
    'a.csv',
    Buffer.concat([Buffer.from(`a,b\n${rows(50)}1,é\n`), Buffer.from('2,caf\xe9\n', 'latin1')]),
    unreadable,
  ],
  ['bytes that are no text', 'a.csv', junk, unreadable],
  ['bytes of zero', 'a.csv', `a,b\n1,x\0y\n2,z\n`, 2],
  ['a mark of its encoding', 'a.csv', `\ufeffa,b\n${rows(3)}`, 2],
  ['UTF-16', 'a.csv', Buffer.from(`\ufeffa,b\n${rows(30)}`, 'utf16le'), unreadable],
  ['ends of lines of three kinds', 'a.csv', 'a,b\r\n1,x\r\n2,y\n3,z\r\n', unreadable],
  ['a value of a million characters', 'a.csv', `a,b\n1,${'x'.repeat(1_000_000)}\n`, 2],
  ['a column twice', 'a.csv', 'a,a,A\n1,2,3\n', 'INGESTION_WRONG_HEADER'],
  ['a column without a name', 'a.csv', 'a,,b\n1,2,3\n', 'INGESTION_WRONG_HEADER'],
  ['numbers beyond every type', 'a.csv', `a\n${'9'.repeat(400)}\n-${'9'.repeat(40)}\n1e400\n`, 1],
  ['an empty JSON file', 'a.json', '', 1],
  ['JSON that ends early', 'a.ndjson', '{"a":1}\n{"a":2\n', unreadable],
  ['JSON of single values', 'a.json', '[1, 2, 3]', 1],
  ['JSON with a column of several types', 'a.ndjson', '{"a":1}\n{"a":"x"}\n{"a":[1]}\n{"a":{"b":1}}\n', 1],
  [
    'JSON a thousand levels deep',
    'a.json',
    `[{"a":${'['.repeat(1_000)}${']'.repeat(1_000)}}]`,
    'TABLE_UNSUPPORTED_TYPE',
  ],
  ['a half of a character', 'a.ndjson', '{"a":"\\ud800"}\n', unreadable],
  ['an empty Parquet file', 'a.parquet', '', unreadable],
  ['bytes that are no Parquet', 'a.parquet', junk, unreadable],
  ['marks of Parquet and nothing between', 'a.parquet', 'PAR1PAR1PAR1', unreadable],
])('%s', async (_, name, content, expected) => {
  expect(await outcomeOfFile(name, content)).toBe(expected);
});

test('the broken line of a CSV file is named', async () => {
  await writeFile(join(folder, 'ragged.csv'), `a,b\n${rows(50)}1,2,3\n${rows(50)}`);
  await expect(openTable(engine, join(folder, 'ragged.csv'), 'ragged')).rejects.toMatchObject({
    code: unreadable,
    message: expect.stringMatching(/line 52\b/),
  });
});

test('Parquet that was cut, or changed in any place, is read or refused, and ends nothing', async () => {
  const path = join(folder, 'whole.parquet');
  await engine.writeParquet(
    "SELECT i AS id, i / 7.0 AS x, 'v' || (i % 30) AS s, TIMESTAMP '2001-01-01' + to_seconds(i) AS t FROM range(3_000) AS r(i)",
    path,
  );
  const whole = await readFile(path);
  for (const share of [0.2, 0.6, 0.99])
    expect(await outcomeOfFile('cut.parquet', whole.subarray(0, Math.floor(whole.length * share)))).toBe(unreadable);
  const places = isFull ? 400 : 24;
  const codes = new Set<number | string>();
  for (let at = 0; at < places; at++) {
    const changed = Buffer.from(whole);
    // Half of them in what the file says of itself, which stands at its end.
    const from = at % 2 === 0 ? 0 : whole.length - 1_200;
    changed[from + ((at * 7919) % (whole.length - from))]! ^= 1 << (at % 8);
    codes.add(await outcomeOfFile(`changed-${at}.parquet`, changed));
  }
  for (const code of codes) expect([4, unreadable, 'TABLE_QUERY_FAILED', 'TABLE_UNSUPPORTED_TYPE']).toContain(code);
});

const hostileNames = [
  'a "b" c',
  "it's",
  'two\nlines',
  '🛫 delay',
  '"; DROP TABLE data; --',
  'a,b',
  ' ',
  '\u202eturned',
  '$1',
  ...['x', 'n', 'g', 'v', 'value', 'count', 'place', 'kind', 'a0', 'missing', 'data', 'select', 'rowid'],
  'é'.repeat(300),
];

test('any text is a name of a column', async () => {
  const columns = hostileNames.map((name, at) => `i + ${at} AS ${quoteIdentifier(name)}`);
  const texts = hostileNames.map((name, at) => `'v' || (i % ${at + 2}) AS ${quoteIdentifier(`${name} text`)}`);
  await engine.writeParquet(`SELECT ${[...columns, ...texts].join(', ')} FROM range(50) AS r(i)`, at('names.parquet'));
  expect(await outcomeOf(at('names.parquet'))).toBe(2 * hostileNames.length);
  const csv = [hostileNames, hostileNames.map((_, index) => String(index))]
    .map((cells) => cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(','))
    .join('\n');
  expect(await outcomeOfFile('names.csv', csv)).toBe(hostileNames.length);
});

function at(name: string): string {
  return join(folder, name);
}

test('thousands of columns, of CSV and of Parquet', { timeout: 900_000 }, async () => {
  const names = Array.from({ length: isFull ? 5_000 : 1_000 }, (_, place) => `column_${place}`);
  await writeFile(at('many.csv'), `${names.join(',')}\n${names.map((_, place) => place).join(',')}\n`);
  expect(await outcomeOf(at('many.csv'), 'quick')).toBe(names.length);
  await engine.writeParquet(`SELECT * FROM ${quoteLiteral(at('many.csv'))}`, at('many.parquet'));
  expect(await outcomeOf(at('many.parquet'), 'quick')).toBe(names.length);
});

const types = [
  '1.5::DECIMAL(18,3)',
  "'1234567890123456789012345678.0123456789'::DECIMAL(38,10)",
  '170141183460469231731687303715884105727::HUGEINT',
  "'340282366920938463463374607431768211455'::UHUGEINT",
  '18446744073709551615::UBIGINT',
  '9223372036854775807::BIGINT',
  "TIMESTAMPTZ '2020-01-01 00:00:00+05:30'",
  "TIMESTAMP_NS '2020-01-01 00:00:00.123456789'",
  "TIMESTAMP_S '2020-01-01 00:00:00'",
  "TIME '23:59:59.999999'",
  "TIMETZ '23:59:59+02'",
  'INTERVAL 1 MONTH',
  "'00000000-0000-0000-0000-000000000001'::UUID",
  "'a'::ENUM('a', 'b')",
  "'101'::BIT",
  '\'{"a":1}\'::JSON',
  "'infinity'::DATE",
  "'-infinity'::TIMESTAMP",
  "'294247-01-10'::DATE",
  "'-290307-12-22'::DATE",
  "'NaN'::DOUBLE",
  "'-Infinity'::FLOAT",
  '1e-320::DOUBLE',
  'NULL',
];
const nested = [
  '[1, 2]',
  "{'a': 1, 'b\"': [2]}",
  "MAP {'k': 1}",
  "'x'::BLOB",
  '[1, 2]::INTEGER[2]',
  'union_value(a := 1)',
];

test.each(types)('a column of %s', async (value) => {
  for (const other of ['NULL', value])
    expect(await outcomeOf(`SELECT unnest([${value}, ${other}]) AS a, 1 AS b`)).toBe(2);
});

test('columns that no feature can hold are named and left out', async () => {
  const columns = nested.map((value, index) => `${value} AS ${quoteIdentifier(`n${index}`)}`);
  const sql = `SELECT ${columns.join(', ')}, 1 AS b`;
  const { unreadable: left } = await openTable(engine, sql, 'nested');
  expect(left).toEqual(nested.map((_, index) => `n${index}`));
  expect(await outcomeOf(sql)).toBe(1);
  expect(await outcomeOf(`SELECT ${columns.join(', ')}`)).toBe('TABLE_UNSUPPORTED_TYPE');
});

test('a query that is none, or of nothing, is told as that', async () => {
  expect(await outcomeOf('SELECT')).toBe('TABLE_QUERY_FAILED');
  expect(await outcomeOf('SELECT * FROM nowhere')).toBe('TABLE_QUERY_FAILED');
  expect(await outcomeOf(`SELECT * FROM ${quoteLiteral(at('absent.parquet'))}`)).toBe(unreadable);
  expect(await outcomeOf('SELECT 1 AS a, 2 AS "A"')).toBe(2);
  expect(await outcomeOf('SELECT 1 AS a WHERE false')).toBe(1);
});
