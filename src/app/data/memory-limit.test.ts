/* A Parquet file ten times as large as what the query engine may keep in memory. */
import { statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compareTables, type DeclaredCheck, profileTable, runChecks } from '../../data-quality/index.ts';
import {
  createDuckDb,
  createDuckDbProcess,
  parquetSource,
  type QueryEngine,
  quoteLiteral,
} from '../../tables/index.ts';

const limitBytes = 24e6;
const rowCount = 2_000_000;
const measures = 14;
const file = (): string => join(folder, 'large.parquet');
const source = (): string => parquetSource(file());
/** Without the key, of which no two rows have the same. */
const repeating = (): string => `(SELECT * EXCLUDE (id) FROM ${source()})`;
let folder: string;
let engine: QueryEngine;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'memory-limit-'));
  const maker = await createDuckDb();
  const columns = Array.from(
    { length: measures },
    (_, at) => `hash(i, ${at}) % ${97 + 100 * at} / 8.0::DOUBLE AS x${at}`,
  );
  await maker.execute(
    `COPY (SELECT i AS id, ${columns.join(', ')} FROM range(${rowCount}) AS r(i)) TO ${quoteLiteral(file())} (FORMAT parquet, COMPRESSION uncompressed, DICTIONARY_SIZE_LIMIT 1, ROW_GROUP_SIZE 20000)`,
  );
  await maker.close();
  engine = await createDuckDbProcess({ memoryLimitBytes: limitBytes, tempDirectory: join(folder, 'temp') });
});

afterAll(async () => {
  await engine.close();
  await rm(folder, { recursive: true, force: true });
});

test('the file is ten times as large as the limit', () => {
  expect(statSync(file()).size).toBeGreaterThanOrEqual(10 * limitBytes);
});

test('it is profiled, column by column', async () => {
  const { rowCount: rows, columns } = await profileTable(engine, repeating());
  expect(rows).toBe(rowCount);
  expect(columns.map((column) => column.distinctCount)).toEqual(
    Array.from({ length: measures }, (_, at) => 97 + 100 * at),
  );
  expect(columns[3]!.numbers).toMatchObject({ min: 0, max: 396 / 8 });
});

test('it is checked, also for what needs every value once or all in order', async () => {
  const those = [
    'unique(id)',
    `distinct_count(id) == ${rowCount}`,
    'x0 between 0 and 12',
    'median(x3) between 24 and 26',
    'median(id) between 999990 and 1000010',
    'mean(x3) between 24 and 26',
    'standard_deviation(x4) > 0',
    'outlier_count(x5) == 0',
    'strictly_increasing(id)',
    'increasing(id, order=x0)',
    'correlation(id, x6) between -0.01 and 0.01',
  ];
  const checks = those.map(
    (that): DeclaredCheck => ({ that, severity: 'fail', where: null, of: 'present', tolerance: 0, why: '' }),
  );
  const results = await runChecks(engine, source(), { checks });
  expect(results.map(({ outcome, message }) => (outcome === 'passed' ? outcome : message))).toEqual(
    those.map((that) => (that.includes('order') ? expect.stringMatching(/rows fail/) : 'passed')),
  );
});

test('it is compared with a part of itself', async () => {
  const current = `(SELECT * EXCLUDE (id) FROM ${source()} WHERE id >= ${rowCount / 2})`;
  const { columns } = await compareTables(engine, { reference: repeating(), current });
  expect(columns.map(({ name, drifted }) => [name, drifted])).toEqual(columns.map(({ name }) => [name, false]));
  expect(columns).toHaveLength(measures);
});

test('with a limit groups of rows go to the disk on any number of cores', async () => {
  const [threads] = await engine.rows("SELECT value FROM duckdb_settings() WHERE name = 'threads'");
  expect(Number(threads!['value'])).toBeGreaterThanOrEqual(3);
});
