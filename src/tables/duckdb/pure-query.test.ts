/** Attacks on what a project's SQL may reach, each tried against the text check and, behind it, against the locks of the engine alone. */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { QueryEngine } from '../query-engine.ts';
import { parquetSource } from '../sql-text.ts';
import { createDuckDb } from './duckdb-engine.ts';

let folder: string;
let room: QueryEngine;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pure-'));
  await mkdir(join(folder, 'spill'));
  await writeFile(join(folder, 'secret.csv'), 'a\nSECRET\n');
  const maker = await createDuckDb();
  await maker.writeParquet("SELECT 1 AS x, 'a' AS s", join(folder, 'rows.parquet'));
  await maker.writeParquet("SELECT 'SECRET' AS a", join(folder, 'other.parquet'));
  await maker.close();
  room = await createDuckDb({ threads: 1, tempDirectory: join(folder, 'spill') });
  await room.execute(`CREATE VIEW data AS SELECT * FROM ${parquetSource(join(folder, 'rows.parquet'))}`);
  await room.execute("CREATE MACRO as_of() AS TIMESTAMP '2020-01-01'");
  await room.confine({ files: [join(folder, 'rows.parquet')], directories: [] });
  await room.execute('SET lock_configuration = true');
});

afterAll(async () => {
  await room.close();
  await rm(folder, { recursive: true, force: true });
});

test.each([
  'SELECT count(*) FROM data',
  'FROM data',
  'SELECT * FROM DATA QUALIFY count(*) OVER (PARTITION BY x) > 1',
  'WITH a AS (SELECT * FROM data) SELECT * FROM a WHERE x IN (SELECT x FROM A)',
  'WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 5) SELECT max(n) FROM t',
  'SELECT * FROM data, range(3)',
  'SELECT unnest([1, 2])',
  'SELECT * FROM (PIVOT data ON x IN (1, 2) USING count(*))',
  'SELECT age(as_of(), as_of()), list_transform([1], lambda v: v + 1)',
  'SELECT 1;',
  'VALUES (1)',
])('%s is a query of data alone', async (sql) => {
  await room.requirePureQuery(sql, ['data']);
});

const reaching = (at: string): string[] => [
  `SELECT * FROM '${at}/other.parquet'`,
  `SELECT * FROM read_parquet('${at}/other.parquet')`,
  `SELECT * FROM parquet_scan('${at}/spill/../other.parquet')`,
  `SELECT * FROM parquet_metadata('${at}/other.parquet')`,
  `SELECT * FROM read_csv('${at}/secret.csv')`,
  `SELECT * FROM read_text('${at}/secret.csv')`,
  `SELECT * FROM read_blob('${at}/secret.csv')`,
  `SELECT * FROM read_json('${at}/secret.csv')`,
  `SELECT * FROM sniff_csv('${at}/secret.csv')`,
  `SELECT * FROM glob('${at}/*')`,
  `SELECT (SELECT file FROM glob('${at}/*') LIMIT 1)`,
  `SELECT * FROM data, LATERAL (SELECT * FROM read_text('${at}/secret.csv'))`,
  `SELECT * FROM unnest((SELECT list(content) FROM read_text('${at}/secret.csv')))`,
  `SELECT count(*) FROM data WHERE EXISTS (FROM '${at}/secret.csv' WHERE a = 'SECRET')`,
  `FROM data UNION ALL BY NAME SELECT a AS s FROM '${at}/secret.csv'`,
  `SELECT * FROM query('SELECT * FROM read_text(''${at}/secret.csv'')')`,
  `SELECT * FROM json_execute_serialized_sql(json_serialize_sql('SELECT * FROM read_text(''${at}/secret.csv'')'))`,
  "SELECT * FROM read_csv('https://example.org/x.csv')",
  "SELECT * FROM 's3://bucket/x.parquet'",
  `ATTACH '${at}/made.db'`,
  `COPY data TO '${at}/made.csv'`,
  `COPY (SELECT * FROM data) TO '${at}/made.csv'`,
  `EXPORT DATABASE '${at}/made'`,
  'INSTALL httpfs',
  'LOAD httpfs',
  `LOAD '${at}/made.duckdb_extension'`,
  'SET enable_external_access = true',
  'RESET enable_external_access',
  `SET temp_directory = '${at}'`,
  "PRAGMA enable_logging('QueryLog')",
  `PRAGMA import_database('${at}')`,
  "CREATE SECRET (TYPE s3, KEY_ID 'a', SECRET 'b')",
  `CREATE TABLE made AS SELECT * FROM '${at}/secret.csv'`,
  `SELECT 1; COPY data TO '${at}/made.csv'`,
  `SELECT 1) TO '${at}/made.csv'; --`,
];

test('nothing that reaches for another file is a query of data alone, and the locks alone keep it out too', async () => {
  const before = await readdir(folder);
  for (const sql of reaching(folder)) {
    await expect(room.requirePureQuery(sql, ['data']), sql).rejects.toMatchObject({ code: 'TABLE_NOT_A_QUERY' });
    const told = await room.rows(sql).then(
      (rows) => JSON.stringify(rows, (_, value) => (typeof value === 'bigint' ? String(value) : value)),
      (error) => String(error.message),
    );
    expect(told, sql).not.toContain('SECRET\\n');
    expect(told, sql).not.toContain('"SECRET"');
  }
  expect(await readdir(folder)).toEqual(before);
  await expect(room.rows('SET threads = 2')).rejects.toThrow(/locked/);
});

test('functions that write, wait or know of the engine are none of a query, wherever they stand', async () => {
  const log = join(folder, 'log');
  for (const sql of [
    'SELECT * FROM enable_profiling()',
    `SELECT * FROM enable_profiling(save_location => '${log}')`,
    `SELECT * FROM enable_logging(storage => 'file', storage_path => '${log}')`,
    "SELECT write_log('x')",
    'SELECT x FROM data WHERE (SELECT write_log(s)) IS NULL',
    'SELECT * FROM duckdb_secrets()',
    'SELECT * FROM duckdb_settings()',
    'SELECT * FROM duckdb_tables',
    'SELECT * FROM information_schema.tables',
    'SELECT * FROM pg_catalog.pg_class',
    'SELECT * FROM memory.main.data',
    "SELECT current_setting('temp_directory')",
    "SELECT getvariable('x')",
    'SELECT sleep_ms(5)',
    'SELECT pg_sleep(5)',
    'SELECT * FROM checkpoint()',
    'SUMMARIZE data',
    'DESCRIBE data',
    'SHOW TABLES',
    'SELECT * FROM (SHOW TABLES)',
    'PRAGMA version',
    'CALL pragma_version()',
    'EXPLAIN ANALYZE SELECT 1',
  ])
    await expect(room.requirePureQuery(sql, ['data']), sql).rejects.toMatchObject({ code: 'TABLE_NOT_A_QUERY' });
  expect(existsSync(log)).toBe(false);
});

test('what gives something else each time is no query', async () => {
  for (const sql of [
    'SELECT random()',
    'SELECT uuid()',
    'SELECT now()',
    'SELECT current_date',
    'SELECT CURRENT_TIMESTAMP',
    'SELECT localtimestamp',
    'SELECT today()',
    'SELECT age(as_of())',
    'SELECT ago(INTERVAL 1 DAY)',
    'SELECT avg(x) FILTER (WHERE random() > 0.5) FROM data',
    'SELECT list_transform([1], lambda v: random())',
    'SELECT x FROM data ORDER BY random()',
    'VALUES (uuid())',
    'SELECT * FROM data USING SAMPLE 1 ROWS',
    'SELECT * FROM data TABLESAMPLE 10%',
  ])
    await expect(room.requirePureQuery(sql, ['data']), sql).rejects.toThrow(/gives the same each time/);
});

test.each([
  ['', /found no statement/],
  ['SELECT 1; SELECT 2', /found 2 statements/],
  ['SELEC 1', /expected one SELECT: syntax error/],
  ['DELETE FROM data', /found another statement/],
  ['SELECT * FROM dat', /expected a query of data, airports alone, found dat/],
])('%s: says what it is', async (sql, says) => {
  await expect(room.requirePureQuery(sql, ['data', 'airports'])).rejects.toThrow(says);
});
