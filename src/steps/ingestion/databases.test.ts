import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { hasPostgres, postgresUrl } from '../../../test/contract/databases.ts';
import { ingestionProject } from '../../../test/steps/ingestion-project.ts';
import { withPostgresSchema } from '../../../test/steps/postgres-schema.ts';

const { project, rowsOf, failure } = await ingestionProject();

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

test.runIf(await hasPostgres())('tables of PostgreSQL come in by a secret address that no error tells', async () => {
  const url = postgresUrl;
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
