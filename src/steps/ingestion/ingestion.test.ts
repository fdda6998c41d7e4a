import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { planOf } from '../../../test/steps/data-project.ts';
import { ingestionProject } from '../../../test/steps/ingestion-project.ts';
import { parquetSource } from '../../tables/index.ts';
import { fingerprintIngestion } from './fingerprint.ts';
import { ingestionReport } from './result.ts';

const only = { until: 'ingestion' };

const { project, engine, rowsOf, failure } = await ingestionProject();

function digest(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

test('real files of every format come in, and a query over two of them joins them', async () => {
  const run = await project.run(
    `ingestion:
  sources:
    flights: {parquet: data/flights.parquet, sample: 10%}
    airports: data/airports.csv
    penguins: data/penguins.json
    unemployment: {csv: data/unemployment.tsv}
  query: |
    SELECT f.*, delay > 15 AS late, a.state AS origin_state -- where from
    FROM flights f LEFT JOIN airports a ON a.iata = f.origin;
  datasets:
    islands: {query: "SELECT Island, count(*) AS n FROM penguins GROUP BY 1 ORDER BY 1"}
    jobless: {query: "SELECT * FROM unemployment"}`,
    only,
  );
  const report = ingestionReport.parse(await run.json('ingestion', 'report'));
  expect(report.rowCount).toBeGreaterThan(29_000);
  expect(report.rowCount).toBeLessThan(31_000);
  expect(report.columns.map((column) => `${column.name} ${column.type}`)).toEqual([
    'date timestamp',
    'delay int64',
    'distance int64',
    'origin string',
    'destination string',
    'late boolean',
    'origin_state string',
  ]);
  expect(report.datasets).toEqual({ islands: { rowCount: 3 }, jobless: { rowCount: 3218 } });
  expect(report.sources['airports']!.files).toEqual([{ path: 'data/airports.csv', sizeBytes: expect.any(Number) }]);
  expect(run.steps['ingestion']!.left).toEqual([]);
  const [row] = await engine.rows(
    `SELECT count(origin_state) AS known FROM ${parquetSource(run.path('ingestion', 'dataset'))}`,
  );
  expect(Number(row!['known'])).toBeGreaterThan(29_000);
});

test('equal sources give equal bytes on any number of threads; the digest of rows does not know their order', async () => {
  const declared = (order: string): string => `ingestion:
  sources: {flights: {parquet: data/flights.parquet, sample: 10%}, airports: data/airports.csv}
  query: SELECT f.*, a.state FROM flights f JOIN airports a ON a.iata = f.origin JOIN (SELECT state, count(*) AS n FROM airports GROUP BY state) s ON s.state = a.state ${order}`;
  const [one, two, other] = [
    await project.run(declared(''), { ...only, threads: 1 }),
    await project.run(declared(''), { ...only, threads: 4 }),
    await project.run(declared('ORDER BY date DESC, origin, destination, delay, distance'), only),
  ];
  expect(digest(one.path('ingestion', 'dataset'))).toBe(digest(two.path('ingestion', 'dataset')));
  expect(digest(one.path('ingestion', 'dataset'))).not.toBe(digest(other.path('ingestion', 'dataset')));
  const reports = await Promise.all([one, two, other].map((run) => run.json('ingestion', 'report')));
  expect(new Set(reports.map((report) => report['rowDigest'])).size).toBe(1);
});

test('a sample keeps all rows of a key, and a smaller one is part of a larger one', async () => {
  const sampled = async (share: string): Promise<Set<unknown>> =>
    new Set(
      (
        await rowsOf(
          `task: {kind: binary, label: late, key: [origin]}\ningestion: {sources: {flights: {parquet: data/flights.parquet, sample: ${share}}}, query: "SELECT DISTINCT origin FROM flights"}`,
        )
      ).map((row) => row['origin']),
    );
  const [small, large] = [await sampled('10%'), await sampled('40%')];
  expect(small.size).toBeGreaterThan(5);
  expect(large.size).toBeGreaterThan(60);
  expect([...small].every((origin) => large.has(origin))).toBe(true);
  const whole = await rowsOf(
    `ingestion: {sources: {flights: {parquet: data/flights.parquet}}, query: "SELECT count(*) AS n FROM flights WHERE origin IN (${[...small].map((one) => `'${one}'`).join(', ')})"}`,
  );
  const kept = await rowsOf(
    'task: {kind: binary, label: late, key: [origin]}\ningestion: {sources: {flights: {parquet: data/flights.parquet, sample: 10%}}, query: "SELECT count(*) AS n FROM flights"}',
  );
  expect(kept).toEqual(whole);
});

test('text files: gzip, other delimiters, other encodings, globs in order, lines of JSON', async () => {
  await project.write('text/a.csv', 'a;b\n1;x\n2;"y;""z"""\n');
  await project.write('text/b.csv.gz', gzipSync('a,b\r\n3,x\r\n'));
  await project.write('text/latin.csv', Buffer.from('a,b\n1,caf\xe9\n', 'latin1'));
  await project.write('text/bom.csv', '\ufeffa,b\n1,ü\n');
  await project.write('parts/2.csv', 'a,b\n3,z\n');
  await project.write('parts/1.csv', 'a,b\n1,x\n2,y\n');
  await project.write('text/c.jsonl', '{"a":1}\n\n{"a":2,"b":"x"}\n');
  const from = (source: string): Promise<unknown> => rowsOf(`ingestion: {sources: {s: ${source}}}`);
  expect(await from('text/a.csv')).toEqual([
    { a: 1, b: 'x' },
    { a: 2, b: 'y;"z"' },
  ]);
  expect(await from('text/b.csv.gz')).toEqual([{ a: 3, b: 'x' }]);
  expect(await from("{csv: text/latin.csv, options: {encoding: 'latin-1'}}")).toEqual([{ a: 1, b: 'café' }]);
  expect(await from('text/bom.csv')).toEqual([{ a: 1, b: 'ü' }]);
  expect(await from("{csv: 'parts/*.csv'}")).toEqual([
    { a: 1, b: 'x' },
    { a: 2, b: 'y' },
    { a: 3, b: 'z' },
  ]);
  expect(await from("{csv: text/a.csv, options: {types: ['a VARCHAR']}}")).toMatchObject([{ a: '1' }, { a: '2' }]);
  expect(await from('text/c.jsonl')).toEqual([
    { a: 1, b: null },
    { a: 2, b: 'x' },
  ]);
});

const good = '1,x\n'.repeat(30_000);

test.each<[string, string, Record<string, string | Buffer>, string, RegExp, object]>([
  ['missing file', '{csv: bad/none.csv}', {}, 'INGESTION_SOURCE_MISSING', /expected a file at bad\/none.csv/, {}],
  ['glob without files', "{csv: 'bad/none*.csv'}", {}, 'INGESTION_SOURCE_MISSING', /no file matches/, {}],
  [
    'empty file',
    'bad/empty.csv',
    { 'bad/empty.csv': '' },
    'TABLE_FILE_UNREADABLE',
    /line 1: expected a header/,
    { line: 1 },
  ],
  [
    'name twice',
    'bad/twice.csv',
    { 'bad/twice.csv': 'a,b,A\n1,2,3\n' },
    'INGESTION_WRONG_HEADER',
    /names A twice/,
    { line: 1 },
  ],
  [
    'name missing',
    'bad/noname.csv',
    { 'bad/noname.csv': 'a,,c\n1,2,3\n' },
    'INGESTION_WRONG_HEADER',
    /column 2 of the header/,
    { line: 1 },
  ],
  [
    'other header',
    "{csv: 'bad/h*.csv'}",
    { 'bad/h1.csv': 'a,b\n1,2\n', 'bad/h2.csv': 'b,a\n1,2\n' },
    'INGESTION_WRONG_HEADER',
    /bad\/h2.csv, line 1.*another order/,
    { file: 'bad/h2.csv' },
  ],
  [
    'header with more',
    "{csv: 'bad/m*.csv'}",
    { 'bad/m1.csv': 'a,b\n1,2\n', 'bad/m2.csv': 'a,c\n1,2\n' },
    'INGESTION_WRONG_HEADER',
    /without b and with c/,
    {},
  ],
  [
    'broken row',
    'bad/broken.csv',
    { 'bad/broken.csv': `a,b\n${good}3,z,extra\n` },
    'TABLE_FILE_UNREADABLE',
    /bad\/broken.csv, line 30002: Expected Number of Columns: 2 Found: 3/,
    { file: 'bad/broken.csv', line: 30_002 },
  ],
  [
    'rows shorter and longer than the header, the last of which could be taken for one',
    'bad/ragged.csv',
    { 'bad/ragged.csv': 'a,b\n1,2\n3\n4,5,6\n' },
    'TABLE_FILE_UNREADABLE',
    /bad\/ragged.csv, line 3: Expected Number of Columns: 2 Found: 1/,
    { file: 'bad/ragged.csv', line: 3 },
  ],
  [
    'rows all shorter than the header',
    'bad/short.csv',
    { 'bad/short.csv': 'a,b\r\n1\r\n2\r\n' },
    'TABLE_FILE_UNREADABLE',
    /bad\/short.csv, line 2: Expected Number of Columns: 2 Found: 1/,
    { line: 2 },
  ],
  [
    'a title before the header',
    'bad/title.csv',
    { 'bad/title.csv': 'Report\n\na,b\n1,2\n' },
    'TABLE_FILE_UNREADABLE',
    /bad\/title.csv, line 3: Expected Number of Columns: 1 Found: 2/,
    { line: 3 },
  ],
  [
    'open quote',
    'bad/quote.csv',
    { 'bad/quote.csv': 'a,b\n1,"x\n2,y\n' },
    'TABLE_FILE_UNREADABLE',
    /bad\/quote.csv, line 2: Value with unterminated quote found/,
    { line: 2 },
  ],
  [
    'encoding',
    'bad/latin.csv',
    { 'bad/latin.csv': Buffer.from(`a,b\n${good}1,caf\xe9\n`, 'latin1') },
    'TABLE_FILE_UNREADABLE',
    /bad\/latin.csv, line 30002.*not utf-8/,
    { line: 30_002 },
  ],
  [
    'UTF-16',
    'bad/wide.csv',
    { 'bad/wide.csv': Buffer.from('\ufeffa,b\n1,2\n', 'utf16le') },
    'TABLE_FILE_UNREADABLE',
    /found UTF-16; declare/,
    { line: 1 },
  ],
  [
    'type',
    "{csv: bad/type.csv, options: {types: ['a BIGINT']}}",
    { 'bad/type.csv': `a,b\n${good}hello,y\n` },
    'TABLE_FILE_UNREADABLE',
    /line 30002, column a: .*hello/,
    { line: 30_002, column: 'a' },
  ],
  [
    'type of no column',
    "{csv: bad/t.csv, options: {types: ['z BIGINT']}}",
    { 'bad/t.csv': 'a\n1\n' },
    'TABLE_QUERY_FAILED',
    /"z" do not exist/,
    {},
  ],
  [
    'option',
    '{csv: bad/o.csv, options: {nonsense: 3}}',
    { 'bad/o.csv': 'a\n1\n' },
    'INGESTION_BAD_OPTION',
    /nonsense/,
    {},
  ],
  [
    'JSON',
    'bad/j.json',
    { 'bad/j.json': '[{"a":1},\n{"a":}]' },
    'TABLE_FILE_UNREADABLE',
    /bad\/j.json/,
    { file: 'bad/j.json' },
  ],
  ['Parquet', 'bad/p.parquet', { 'bad/p.parquet': 'PAR1 no' }, 'TABLE_FILE_UNREADABLE', /bad\/p.parquet/, {}],
  [
    'SQLite',
    '{sqlite: bad/s.db, table: t}',
    { 'bad/s.db': 'no database at all, certainly none' },
    'TABLE_FILE_UNREADABLE',
    /SQLite/,
    {},
  ],
  ['no rows', 'bad/none.csv', { 'bad/none.csv': 'a,b\n' }, 'INGESTION_NO_ROWS', /no rows/, {}],
])('bad input is an error with its place: %s', async (_, source, files, code, message, details) => {
  for (const [path, content] of Object.entries(files)) await project.write(path, content);
  const error = await failure(`ingestion: {sources: {s: ${source}}}`);
  expect(error).toMatchObject({ code, details });
  expect(error.message).toMatch(message);
  expect(error.message).not.toContain(project.root);
  for (const path of Object.keys(files)) await project.write(path, '');
});

test('what cannot be read is put aside and counted where that was declared, up to a limit', async () => {
  await project.write('q/rows.csv', `a,b\n${good}hello,y\n3,z,extra\n4\n5,ok\n`);
  await project.write('q/lines.jsonl', '{"a":1}\nnonsense\n[1]\n\n{"a":2}\n{"a":\n');
  const csv = (limit: string): string =>
    `ingestion: {sources: {s: {csv: q/rows.csv, on_error: quarantine, options: {types: ['a BIGINT']}${limit}}}}`;
  const run = await project.run(csv(''), only);
  const report = ingestionReport.parse(await run.json('ingestion', 'report'));
  expect(report.rowCount).toBe(30_001);
  expect(report.sources['s']).toMatchObject({
    quarantinedRows: 3,
    quarantined: [
      { file: 'q/rows.csv', line: 30_002, column: 'a', message: expect.stringContaining('hello') },
      { line: 30_003, column: null },
      { line: 30_004, column: 'b' },
    ],
  });
  expect(run.steps['ingestion']!.logs).toEqual(['warn: 3 rows of the sources cannot be read and are left out']);
  expect(await failure(csv(', quarantine_limit: 2'))).toMatchObject({
    code: 'INGESTION_TOO_MANY_BAD_ROWS',
    details: { file: 'q/rows.csv', line: 30_002, column: 'a' },
  });
  const lines = await project.run('ingestion: {sources: {s: {json: q/lines.jsonl, on_error: quarantine}}}', only);
  expect((await lines.json('ingestion', 'report'))['sources']).toMatchObject({
    s: { quarantinedRows: 3, quarantined: [{ line: 2 }, { line: 3 }, { line: 6 }] },
  });
});

test('a query reaches the declared sources alone, and is one SELECT', async () => {
  await project.write('secret.csv', 'a\n1\n');
  const query = (sql: string): string => `ingestion: {sources: {s: parts/1.csv}, query: ${JSON.stringify(sql)}}`;
  for (const [sql, code] of [
    [`SELECT * FROM '${join(project.root, 'secret.csv')}'`, 'TABLE_FILE_NOT_ALLOWED'],
    ["SELECT * FROM read_text('/etc/passwd')", 'TABLE_FILE_NOT_ALLOWED'],
    ['SELECT 1; SELECT 2', 'TABLE_NOT_A_QUERY'],
    ['CREATE TABLE t AS SELECT 1', 'TABLE_NOT_A_QUERY'],
    ["SELECT 1) TO 'x'; COPY (SELECT 1", 'TABLE_QUERY_FAILED'],
    ['SELECT * FROM nowhere', 'TABLE_QUERY_FAILED'],
    ['SELECT [a] AS list FROM s', 'TABLE_UNSUPPORTED_TYPE'],
    ['SELECT a, a AS A FROM s', 'TABLE_DUPLICATE_COLUMN'],
  ] as const)
    expect(await failure(query(sql)), sql).toMatchObject({ code });
  expect(await failure('ingestion: {sources: {s: parts/1.csv}, query: queries/none.sql}')).toMatchObject({
    code: 'INGESTION_SOURCE_MISSING',
  });
});

test('the identity of a source is that of its files, and none where there is no version', async () => {
  const [step] = planOf(`secrets: [DB]
ingestion:
  sources: {a: {csv: 'parts/*.csv'}, b: {postgres: DB, table: t}, c: {postgres: DB, table: t, version: v7}, d: {csv: gone.csv}}
  query: queries/q.sql`);
  const files = {
    root: project.root,
    digest: async (path: string) => (path.startsWith('gone') ? null : (`sha256:${path}` as never)),
    glob: async () => ['parts/1.csv', 'parts/2.csv'],
  };
  expect(await fingerprintIngestion(step!.params, files)).toEqual({
    'file:parts/1.csv': 'sha256:parts/1.csv',
    'file:parts/2.csv': 'sha256:parts/2.csv',
    'file:gone.csv': 'absent',
    'file:queries/q.sql': 'sha256:queries/q.sql',
    'source b': null,
    'source c': 'version v7',
  });
});
