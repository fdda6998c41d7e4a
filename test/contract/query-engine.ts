import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type Batch,
  cellOf,
  columnOf,
  type EngineOptions,
  parquetSource,
  type QueryEngine,
  quoteIdentifier,
  quoteLiteral,
  type TableSchema,
} from '../../src/tables/index.ts';

type Open = (options?: EngineOptions) => Promise<QueryEngine>;

interface Given {
  readonly engine: QueryEngine;
  readonly open: Open;
  /** A path in a folder of the test. */
  readonly at: (path: string) => string;
}

/** What every adapter of `QueryEngine` promises. */
export function queryEngineContract(name: string, open: Open): void {
  describe(`QueryEngine contract: ${name}`, () => {
    let given: Given;
    let folder: string;
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'tables-'));
      given = { engine: await open({ tempDirectory: folder }), open, at: (path) => join(folder, path) };
    });
    afterAll(async () => {
      await given.engine.close();
      await rm(folder, { recursive: true, force: true });
    });
    for (const [promise, check] of Object.entries(promises)) test(promise, () => check(given));
  });
}

const code = (expected: string): object => expect.objectContaining({ code: expected });

async function all(engine: QueryEngine, sql: string, batchRows = 5_000): Promise<Batch[]> {
  return await Array.fromAsync(engine.batches(sql, { batchRows }));
}

async function digestOfFile(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}

const promises: Readonly<Record<string, (given: Given) => Promise<void>>> = {
  'every type arrives in its column, NULL and NaN kept apart': async ({ engine }) => {
    const [batch] = await all(
      engine,
      `SELECT * FROM (VALUES
        (1, 1.5::DOUBLE, true, 'a', DATE '1970-01-03', TIMESTAMP '1970-01-01 00:00:00.000007'),
        (NULL, 'NaN'::DOUBLE, NULL, NULL, NULL, NULL)) AS t(i, f, b, s, d, t)`,
    );
    expect(batch!.schema.fields.map((field) => field.type)).toEqual([
      'int64',
      'float64',
      'boolean',
      'string',
      'date',
      'timestamp',
    ]);
    expect([0, 1].map((row) => batch!.columns.map((column) => cellOf(column, row)))).toEqual([
      [1, 1.5, true, 'a', 2, 7],
      [null, Number.NaN, null, null, null, null],
    ]);
  },

  'every type of the engine has its documented place': async ({ engine }) => {
    const [batch] = await all(
      engine,
      `SELECT 1.25::DECIMAL(10,2) AS d, 5::HUGEINT AS h, 7::UTINYINT AS u, 0.5::FLOAT AS f, TIME '12:00:01' AS t, INTERVAL 1 DAY AS i,
        '00000000-0000-0000-0000-000000000001'::UUID AS uuid, 'a'::ENUM('a', 'b') AS e, '{"a":1}'::JSON AS j,
        TIMESTAMPTZ '2020-01-01 00:00:00+02' AS z, TIMESTAMP_NS '1970-01-01 00:00:00.000001999' AS ns, NULL AS n`,
    );
    expect(batch!.columns.map((column) => cellOf(column, 0))).toEqual([
      1.25,
      5,
      7,
      0.5,
      '12:00:01',
      '1 day',
      '00000000-0000-0000-0000-000000000001',
      'a',
      '{"a":1}',
      Date.UTC(2019, 11, 31, 22) * 1000,
      1,
      null,
    ]);
  },

  'what a batch cannot hold is an error that names the column': async ({ engine }) => {
    const big = all(engine, 'SELECT 9007199254740993::BIGINT AS big');
    await expect(big).rejects.toMatchObject({ code: 'TABLE_INTEGER_TOO_LARGE', details: { column: 'big' } });
    for (const type of ['DATE', 'TIMESTAMP', 'TIMESTAMPTZ']) {
      const infinite = all(engine, `SELECT 'infinity'::${type} AS ever`);
      await expect(infinite).rejects.toMatchObject({ code: 'TABLE_INFINITE_TIME', details: { column: 'ever' } });
    }
    await expect(engine.describe("SELECT [1] AS l, 1 AS ok, {'a': 1} AS s, 'x'::BLOB AS b")).rejects.toThrow(
      /l \(INTEGER\[\]\), s \(STRUCT.*\), b \(BLOB\)/,
    );
    await expect(engine.describe('SELECT 1 AS a, 2 AS "A"')).rejects.toEqual(code('TABLE_DUPLICATE_COLUMN'));
    await expect(all(engine, 'SELECT * FROM nowhere')).rejects.toEqual(code('TABLE_QUERY_FAILED'));
  },

  'an error behind the first rows of a stream is an error, never fewer rows': async ({ engine }) => {
    for (const expression of ["error('late')", '9007199254740993', "CAST('x' || i AS BIGINT)"]) {
      const late = all(
        engine,
        `SELECT CASE WHEN i = 900_000 THEN ${expression} ELSE i END AS a, i AS b FROM range(1_000_000) AS r(i)`,
      );
      await expect(late, expression).rejects.toMatchObject({ code: expect.stringMatching(/^TABLE_/) });
    }
  },

  'an ordered query arrives in order': async ({ engine }) => {
    const batches = await all(engine, 'SELECT hash(i) % 1000003 AS h FROM range(300_000) AS r(i) ORDER BY h', 50_000);
    const values = batches.flatMap((batch) => [...(batch.columns[0]!.values as Float64Array)]);
    expect(values).toHaveLength(300_000);
    expect(values.every((value, row) => row === 0 || values[row - 1]! <= value)).toBe(true);
  },

  'an empty result has a schema and no batches; sizes of batches do not change the rows': async ({ engine }) => {
    expect(await all(engine, 'SELECT 1 AS a WHERE false')).toEqual([]);
    expect((await engine.describe('SELECT 1 AS a WHERE false')).fields).toEqual([{ name: 'a', type: 'int64' }]);
    for (const batchRows of [1, 2_048, 100_000]) {
      const batches = await all(engine, 'SELECT i FROM range(10_000) AS r(i)', batchRows);
      expect(batches.flatMap((batch) => [...(batch.columns[0]!.values as Float64Array)])).toEqual(
        Array.from({ length: 10_000 }, (_, row) => row),
      );
    }
  },

  'texts of every length and script arrive whole': async ({ engine }) => {
    const text = fc.string({ unit: 'grapheme', maxLength: 30 }).filter((value) => !value.includes('\0'));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.option(text), { minLength: 1, maxLength: 40 }), async (texts) => {
        const [batch] = await all(
          engine,
          `SELECT s FROM (VALUES ${texts.map((value, row) => `(${row}, ${quoteLiteral(value)})`).join(', ')}) AS t(i, s) ORDER BY i`,
        );
        expect(texts.map((_, row) => cellOf(batch!.columns[0]!, row))).toEqual(texts);
      }),
      { numRuns: 50 },
    );
  },

  'batches written to Parquet come back equal, also while the same engine reads': async ({ engine, at }) => {
    const sql = `SELECT i, i / 3.0 AS f, CASE WHEN i % 7 = 0 THEN NULL ELSE 'text ' || i END AS s, i % 2 = 0 AS b,
      DATE '2001-01-01' + CAST(i % 1000 AS INTEGER) AS d, TIMESTAMP '2001-01-01' + to_seconds(i) AS t FROM range(200_000) AS r(i)`;
    const { rowCount } = await engine.appendBatches(
      at('round.parquet'),
      await engine.describe(sql),
      engine.batches(sql),
    );
    expect(rowCount).toBe(200_000);
    const differing = await engine.rows(
      `SELECT count(*) AS n FROM ((SELECT * FROM (${sql})) EXCEPT ALL SELECT * FROM ${parquetSource(at('round.parquet'))})`,
    );
    expect(differing).toEqual([{ n: 0 }]);
  },

  'a value that its column cannot hold fails the writing and leaves no file': async ({ engine, at }) => {
    const schema: TableSchema = { fields: [{ name: 'whole', type: 'int64' }] };
    const values = Float64Array.of(1, Number.NaN);
    const batch: Batch = { schema, rowCount: 2, columns: [{ type: 'int64', values, valid: null }] };
    await expect(engine.appendBatches(at('bad.parquet'), schema, [batch])).rejects.toEqual(code('TABLE_QUERY_FAILED'));
    await expect(stat(at('bad.parquet'))).rejects.toThrow();
    async function* broken(): AsyncGenerator<Batch> {
      yield { ...batch, rowCount: 1 };
      throw new Error('the source ended');
    }
    await expect(engine.appendBatches(at('bad.parquet'), schema, broken())).rejects.toThrow('the source ended');
    expect((await engine.appendBatches(at('good.parquet'), schema, [{ ...batch, rowCount: 1 }])).rowCount).toBe(1);
  },

  'equal rows give equal Parquet bytes whatever the number of threads': async ({ open, at }) => {
    const digests = new Set<string>();
    for (const [index, threads] of [1, 2, 4, 2].entries()) {
      const other = await open({ threads });
      const rows = `SELECT i, sin(i) AS s, 'v' || (i % 50) AS c, CASE WHEN i % 3 = 0 THEN i END AS n FROM range(500_000) AS r(i)`;
      await other.writeParquet(rows, at(`threads-${index}.parquet`));
      await other.writeParquet(
        `SELECT * FROM ${parquetSource(at(`threads-${index}.parquet`))} WHERE i % 5 <> 0`,
        at(`again-${index}.parquet`),
      );
      await other.close();
      digests.add(
        `${await digestOfFile(at(`threads-${index}.parquet`))} ${await digestOfFile(at(`again-${index}.parquet`))}`,
      );
    }
    expect(digests.size).toBe(1);
  },

  'tables side by side give equal Parquet bytes whatever the number of threads and however little memory there is, in groups of so many bytes':
    async ({ open, at }) => {
      const digests = new Set<string>();
      for (const [index, threads] of [1, 4, 2, 3].entries()) {
        const limit = index === 3 ? { memoryLimitBytes: 32e6, tempDirectory: at('little') } : {};
        const other = await open({ threads, ...limit });
        const [rows, kept] = [at(`rows-${index}.parquet`), at(`kept-${index}.parquet`)];
        await other.writeParquet(`SELECT i, 'number ' || i AS t FROM range(500_000) AS r(i)`, rows);
        // Vectors of rows that are kept are of every size.
        await other.execute(
          'CREATE TABLE marks AS SELECT i % 7 <> 0 AND i % 11 <> 3 AS kept FROM range(500_000) AS r(i)',
        );
        const both = `SELECT d.* FROM ${parquetSource(rows)} d POSITIONAL JOIN marks WHERE kept`;
        expect((await other.writeParquet(both, kept, { groupBytes: 2 << 20 })).rowCount).toBe(389_610);
        const order = `SELECT i, lag(i, 1, -1) OVER () AS before FROM ${parquetSource(kept)}`;
        expect(
          await other.rows(`SELECT count(*) AS n FROM (${order}) WHERE i <= before OR i % 7 = 0 OR i % 11 = 3`),
        ).toEqual([{ n: 0 }]);
        const [groups] = await other.rows(
          `SELECT count(DISTINCT row_group_id) AS n FROM parquet_metadata(${quoteLiteral(kept)})`,
        );
        expect(Number(groups!['n'])).toBeGreaterThan(5);
        await other.close();
        digests.add(await digestOfFile(kept));
      }
      expect(digests.size).toBe(1);
    },

  'a user text must be one SELECT, whatever stands in its comments and quotes': async ({ engine }) => {
    await engine.requireQuery('WITH a AS (SELECT 1 AS x) SELECT * FROM a -- ; DROP TABLE x');
    await engine.requireQuery('FROM range(3)');
    await engine.requireQuery("SELECT ';' AS a;");
    for (const text of [
      'SELECT 1; SELECT 2',
      "COPY (SELECT 1) TO 'x'",
      'CREATE TABLE t AS SELECT 1',
      'SET threads = 1',
      "ATTACH ':memory:' AS other",
      'INSTALL httpfs',
      '',
      '-- nothing',
    ]) {
      await expect(engine.requireQuery(text), text).rejects.toEqual(code('TABLE_NOT_A_QUERY'));
    }
    await expect(engine.requireQuery('SELEC 1')).rejects.toEqual(code('TABLE_QUERY_FAILED'));
    await expect(engine.requireQuery("SELECT 1) TO 'x'; --")).rejects.toEqual(code('TABLE_QUERY_FAILED'));
  },

  'a query may end with a comment': async ({ engine, at }) => {
    expect(await all(engine, 'SELECT 1 AS a -- the end')).toHaveLength(1);
    expect(await engine.writeParquet('SELECT 1 AS a -- the end', at('comment.parquet'))).toEqual({ rowCount: 1 });
  },

  'a confined engine reaches only what it was allowed, for good': async ({ open, at }) => {
    await mkdir(at('in'), { recursive: true });
    await mkdir(at('out'), { recursive: true });
    await writeFile(at('in/a.csv'), 'a\n1\n');
    await writeFile(at('b.csv'), 'a\n1\n');
    await writeFile(at('secret.csv'), 'a\n1\n');
    const other = await open({ tempDirectory: at('work') });
    await other.confine({ files: [at('b.csv')], directories: [at('in'), at('out')] });
    for (const path of [at('in/a.csv'), at('b.csv')])
      expect(await other.rows(`SELECT * FROM ${quoteLiteral(path)}`)).toHaveLength(1);
    await other.writeParquet('SELECT 1 AS a', at('out/a.parquet'));
    expect(await all(other, 'SELECT 1 AS a')).toHaveLength(1);
    for (const sql of [
      `SELECT * FROM ${quoteLiteral(at('secret.csv'))}`,
      `SELECT * FROM ${quoteLiteral(at('in/../secret.csv'))}`,
      `SELECT * FROM read_text('/etc/passwd')`,
      `SELECT * FROM glob('/etc/*')`,
    ])
      await expect(other.rows(sql), sql).rejects.toEqual(code('TABLE_FILE_NOT_ALLOWED'));
    await expect(other.writeParquet('SELECT 1 AS a', at('elsewhere.parquet'))).rejects.toEqual(
      code('TABLE_FILE_NOT_ALLOWED'),
    );
    await expect(other.execute('SET enable_external_access = true')).rejects.toThrow();
    await other.close();
  },

  'a canceled query ends, whenever the signal comes': async ({ engine }) => {
    const slow = 'SELECT count(*) FROM range(10_000_000_000) AS r(i) WHERE hash(i) % 7 = 3';
    for (const afterMs of [0, 1, 100]) {
      await expect(engine.rows(slow, { signal: AbortSignal.timeout(afterMs) })).rejects.toEqual(code('CANCELED'));
    }
    await expect(engine.rows(slow, { signal: AbortSignal.abort() })).rejects.toEqual(code('CANCELED'));
    const reading = Array.fromAsync(engine.batches('FROM range(1_000_000_000)', { signal: AbortSignal.timeout(50) }));
    await expect(reading.then((batches) => batches.length)).rejects.toEqual(code('CANCELED'));
    expect(await engine.rows('SELECT 1 AS a')).toEqual([{ a: 1 }]);
  },

  'memory has a limit': async ({ open }) => {
    const other = await open({ memoryLimitBytes: 40e6 });
    await expect(
      other.rows(
        "SELECT max(length(t)) AS a FROM (SELECT string_agg('some text ' || i) AS t FROM range(20_000_000) AS r(i))",
      ),
    ).rejects.toEqual(code('TABLE_OUT_OF_MEMORY'));
    await other.close();
  },

  'a file that cannot be read is an error with file, line and column': async ({ engine, at }) => {
    const csv = at('typed.csv');
    await writeFile(csv, `a,b\n${'1,x\n'.repeat(30_000)}hello,y\n`);
    const typed = engine.rows(
      `SELECT * FROM read_csv(${quoteLiteral(csv)}, header = true, columns = {'a': 'BIGINT', 'b': 'VARCHAR'})`,
    );
    await expect(typed).rejects.toMatchObject({
      code: 'TABLE_FILE_UNREADABLE',
      details: { file: csv, line: 30_002, column: 'a' },
    });
    await writeFile(at('latin.csv'), Buffer.from('a,b\n1,x\n2,caf\xe9\n', 'latin1'));
    await expect(
      engine.rows(`SELECT * FROM read_csv(${quoteLiteral(at('latin.csv'))}, header = true, delim = ',')`),
    ).rejects.toMatchObject({ code: 'TABLE_FILE_UNREADABLE', details: { file: at('latin.csv'), line: 3 } });
    await writeFile(at('bad.ndjson'), '{"a":1}\n{"a":2\n{"a":3}\n');
    await expect(engine.rows(`SELECT * FROM read_json(${quoteLiteral(at('bad.ndjson'))})`)).rejects.toMatchObject({
      code: 'TABLE_FILE_UNREADABLE',
      details: { file: at('bad.ndjson') },
    });
    await writeFile(at('bad.parquet'), 'PAR1 but no more');
    for (const path of [at('bad.parquet'), at('absent.parquet')])
      await expect(engine.rows(`SELECT * FROM ${parquetSource(path)}`)).rejects.toEqual(code('TABLE_FILE_UNREADABLE'));
  },

  'names and texts are quoted so that they stay names and texts': async ({ engine, at }) => {
    const name = 'a "b" c; --';
    const [row] = await engine.rows(`SELECT ${quoteLiteral("it's")} AS ${quoteIdentifier(name)}`);
    expect(row).toEqual({ [name]: "it's" });
    const [batch] = await all(engine, `SELECT 1 AS ${quoteIdentifier(name)}`);
    expect(columnOf(batch!, name)).not.toBeNull();
    expect(columnOf(batch!, 'other')).toBeNull();
    await engine.writeParquet('SELECT 1 AS a', at("it's [odd]*.parquet"));
    expect(await engine.rows(`SELECT * FROM ${parquetSource(at("it's [odd]*.parquet"))}`)).toEqual([{ a: 1 }]);
  },

  'a number keeps its bits on its way through SQL': async ({ engine }) => {
    const numbers = [0, -0, 0.1, 1e-320, 1.7976931348623157e308, Number.NaN, Infinity, -Infinity, 2 ** 53 - 1];
    const [batch] = await all(
      engine,
      `SELECT CAST(x AS DOUBLE) AS x FROM (VALUES ${numbers.map((value, row) => `(${row}, ${quoteLiteral(value)})`).join(', ')}) AS t(i, x) ORDER BY i`,
    );
    expect([...(batch!.columns[0]!.values as Float64Array)]).toEqual(numbers);
  },
};
