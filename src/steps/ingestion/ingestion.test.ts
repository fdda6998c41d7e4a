import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DataProject, dataProject, planOf } from '../../../test/steps/data-project.ts';
import { testDatabase, withPostgresSchema } from '../../../test/steps/postgres-schema.ts';
import { createDuckDb, parquetSource, type QueryEngine } from '../../tables/index.ts';
import { ingestion } from './index.ts';
import { ingestionReport } from './result.ts';

const vega = join(import.meta.dirname, '../../../node_modules/vega-datasets/data');
const only = { until: 'ingestion' };

let project: DataProject;
let engine: QueryEngine;
beforeAll(async () => {
  project = await dataProject();
  engine = await createDuckDb();
  for (const name of ['airports.csv', 'penguins.json', 'unemployment.tsv'])
    await project.copy(join(vega, name), `data/${name}`);
  const flights = parquetSource(join(vega, 'flights-3m.parquet'));
  await engine.writeParquet(`SELECT * FROM ${flights} LIMIT 300_000`, join(project.root, 'data/flights.parquet'));
});
afterAll(async () => {
  await engine.close();
  await project.dispose();
});

function digest(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

async function rowsOf(sections: string, options = {}): Promise<Record<string, unknown>[]> {
  const run = await project.run(sections, { ...only, ...options });
  return await engine.rows(`SELECT * FROM ${parquetSource(run.path('ingestion', 'dataset'))}`);
}

async function failure(sections: string, options = {}): Promise<{ code: string; message: string; details: object }> {
  return await project.run(sections, { ...only, ...options }).then(
    () => expect.fail('it did not fail'),
    (error) => error,
  );
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
    'open quote',
    'bad/quote.csv',
    { 'bad/quote.csv': 'a,b\n1,"x\n2,y\n' },
    'TABLE_FILE_UNREADABLE',
    /bad\/quote.csv: .*quote/,
    {},
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

test('tables of SQLite come in with their types, and say which value does not fit', async () => {
  const database = new DatabaseSync(join(project.root, 'shop.db'));
  database.exec(`CREATE TABLE "the orders" (id INTEGER PRIMARY KEY, price REAL, paid BOOLEAN, note TEXT, n INTEGER);
    INSERT INTO "the orders" VALUES (1, 1.5, 1, 'x', NULL), (2, 2, 0, NULL, 7), (3, NULL, NULL, '', 8);
    CREATE TABLE mixed (a INTEGER); INSERT INTO mixed VALUES (1), ('two'); CREATE TABLE big (a INTEGER); INSERT INTO big VALUES (9007199254740993);
    CREATE TABLE blobs (a); INSERT INTO blobs VALUES (x'00');`);
  database.close();
  const from = (table: string): string => `ingestion: {sources: {s: {sqlite: shop.db, table: ${table}}}}`;
  expect(await rowsOf(from('the orders'))).toEqual([
    { id: 1, price: 1.5, paid: true, note: 'x', n: null },
    { id: 2, price: 2, paid: false, note: null, n: 7 },
    { id: 3, price: null, paid: null, note: '', n: 8 },
  ]);
  expect(await failure(from('mixed'))).toMatchObject({ code: 'TABLE_MIXED_COLUMN', details: { column: 'a', row: 2 } });
  expect(await failure(from('big'))).toMatchObject({ code: 'TABLE_INTEGER_TOO_LARGE', details: { column: 'a' } });
  expect(await failure(from('blobs'))).toMatchObject({ code: 'TABLE_UNSUPPORTED_TYPE' });
  const none = await failure(from('none'));
  expect(none).toMatchObject({ code: 'TABLE_NOT_FOUND' });
  expect(none.message).toMatch(/big, blobs, mixed, the orders/);
});

test('tables of PostgreSQL come in by a secret address that no error tells', async () => {
  const url = testDatabase;
  const statements = `CREATE TABLE $SCHEMA.orders (id bigint PRIMARY KEY, price numeric(10,2), x float8, paid boolean, note text, day date, at timestamptz, kind varchar(3));
    INSERT INTO $SCHEMA.orders SELECT i, i / 4.0, CASE WHEN i = 3 THEN 'NaN'::float8 ELSE i END, i % 2 = 0, nullif('n' || i, 'n2'), DATE '2001-01-01' + i, TIMESTAMPTZ '2001-01-01 00:00:00.000001+02' + i * interval '1 hour', 'k' FROM generate_series(20000, 1, -1) AS i;
    CREATE TABLE $SCHEMA.odd (id int, tags text[])`;
  await withPostgresSchema(statements, async (schema) => {
    const sections = `secrets: [DB]\ningestion: {sources: {s: {postgres: DB, table: ${schema}.orders}}, query: "SELECT * FROM s WHERE id <= 3 OR id = 20000"}`;
    const rows = await rowsOf(sections, { secrets: { DB: url } });
    expect(rows.map((row) => row['id'])).toEqual([1, 2, 3, 20_000]);
    expect(rows[1]).toMatchObject({ price: 0.5, x: 2, paid: true, note: null, kind: 'k' });
    expect(rows[2]!['x']).toBeNaN();
    expect(rows[0]).toMatchObject({ day: '2001-01-02T00:00:00.000Z', at: '2000-12-31T23:00:00.000Z' });
    const odd = sections.replace('orders', 'odd').replace(/, query.*/, '}');
    expect(await failure(odd, { secrets: { DB: url } })).toMatchObject({
      code: 'TABLE_UNSUPPORTED_TYPE',
      details: { columns: ['tags'] },
    });
    for (const address of ['postgres://u:hunter2@127.0.0.1:1/test', 'postgres://nobody:hunter2@127.0.0.1:5432/none']) {
      const error = await failure(sections, { secrets: { DB: address } });
      expect(error).toMatchObject({ code: 'TABLE_DATABASE_UNAVAILABLE' });
      expect(`${error.message} ${JSON.stringify(error)}`).not.toMatch(/hunter2|nobody/);
    }
    expect(await failure(sections)).toMatchObject({ code: 'INGESTION_SOURCE_MISSING' });
  });
});

test('a Python function brings a table, by returning or by writing it; what it says when it fails is in the error', async () => {
  const python = await pythonEnvironment();
  await project.write(
    'bring.py',
    `import shutil\ndef rows():\n    print("reading")\n    return [{"a": i, "b": str(i)} for i in range(3)]\n\ndef write(path):\n    shutil.copyfile("data/flights.parquet", path)\n\ndef nothing():\n    pass\n\ndef broken():\n    raise ValueError("no rows today")\n`,
  );
  const from = (name: string): string => `ingestion: {sources: {s: {python: 'bring.py:${name}'}}}`;
  if (python.hasArrow)
    expect(await rowsOf(from('rows'), python)).toEqual([
      { a: 0, b: '0' },
      { a: 1, b: '1' },
      { a: 2, b: '2' },
    ]);
  expect(await rowsOf(`${from('write').slice(0, -1)}, query: "SELECT count(*) AS n FROM s"}`, python)).toEqual([
    { n: 300_000 },
  ]);
  for (const [name, message] of [
    ['nothing', /returned nothing and wrote nothing/],
    ['broken', /ValueError: no rows today/],
    ['absent', /has no function absent/],
  ] as const) {
    const error = await failure(from(name), python);
    expect(error).toMatchObject({ code: 'INGESTION_PYTHON_FAILED' });
    expect(error.message).toMatch(message);
  }
  expect(await failure(from('rows'))).toMatchObject({ code: 'INGESTION_PYTHON_FAILED' });
});

async function pythonEnvironment(): Promise<{ python: string; hasArrow: boolean }> {
  const { findPython } = await import('../../../tools/python-env.ts');
  const python = findPython()?.path ?? expect.fail('there is no Python on this machine');
  const { status } = spawnSync(python, ['-c', 'import pyarrow']);
  return { python, hasArrow: status === 0 };
}

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
  expect(await ingestion.fingerprint!(step!.params, files)).toEqual({
    'file:parts/1.csv': 'sha256:parts/1.csv',
    'file:parts/2.csv': 'sha256:parts/2.csv',
    'file:gone.csv': 'absent',
    'file:queries/q.sql': 'sha256:queries/q.sql',
    'source b': null,
    'source c': 'version v7',
  });
});
