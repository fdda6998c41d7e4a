/** What is inferred of a table accepts it, of random tables and of real ones, whole and in parts, also after a file in between. */
import { isIP } from 'node:net';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDuckDb, parquetSource, type QueryEngine, quoteIdentifier, quoteLiteral } from '../../tables/index.ts';
import {
  type DataSchema,
  findAnomalies,
  findFormats,
  inferSchema,
  profileTable,
  readSchemaFile,
  schemaConditions,
  schemaNotes,
  writeSchemaFile,
} from '../index.ts';
import { formatSql, textFormats } from '../text-formats.ts';

let engine: QueryEngine;
beforeAll(async () => {
  engine = await createDuckDb({ threads: 2 });
});
afterAll(() => engine.close());

const vega = (name: string): string => join(import.meta.dirname, '../../../node_modules/vega-datasets/data', name);

async function inferred(source: string): Promise<{ readonly schema: DataSchema; readonly text: string }> {
  const statistics = await profileTable(engine, source);
  const schema = inferSchema(statistics, await findFormats(engine, { source, statistics }));
  return { schema, text: writeSchemaFile(schema, schemaNotes(statistics, schema)) };
}

/** What a table's own schema, once written and read, does not allow of it: anomalies, and rows that quarantine would take out. */
async function deviations(source: string): Promise<unknown[]> {
  const { schema, text } = await inferred(source);
  const read = readSchemaFile(text, 'own.yaml');
  expect(read).toEqual(schema);
  const statistics = await profileTable(engine, source);
  const found: unknown[] = await findAnomalies(engine, { source, statistics, schema: read });
  const table = await engine.describe(`SELECT * FROM ${source}`);
  for (const { reason, sql } of schemaConditions(read, table)) {
    const [broken] = await engine.rows(`SELECT count_if(NOT ${sql}) AS n FROM ${source}`);
    if (Number(broken!['n']) > 0) found.push(reason);
  }
  return found;
}

const hostileNames = [
  'a"b',
  'a\nb',
  "it's",
  '\u001b[2J',
  '\u009b2J',
  '👩‍🔬',
  '\u202Eabc',
  '- ',
  '? x',
  'ü: #',
  '',
  'yes',
  '1',
];

const numbers = fc.oneof(
  fc.double().map(String),
  fc.constantFrom('NaN', 'inf', '-inf', '0', '-0.0', '5e-324', '1.7976931348623157e308', '1e15', '1000000000000001'),
);
const cells = {
  DOUBLE: numbers,
  BIGINT: fc
    .oneof(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), fc.bigInt(0n, 1n), fc.bigInt(9007199254740990n, 9007199254741000n))
    .map(String),
  'DECIMAL(12,4)': fc.integer({ min: -1e7, max: 1e7 }).map((value) => String(value / 16)),
  BOOLEAN: fc.constantFrom('true', 'false'),
  VARCHAR: fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 5 }).map((text) => text.replaceAll('\0', '')),
    fc.constantFrom('', ' ', 'null', 'a', 'b', '1', '\u001b[31m', '2024-01-31', '::1', '{"a": 1}'),
    fc.ipV6(),
    fc.emailAddress(),
    fc.webUrl(),
    fc.uuid(),
  ),
  DATE: fc.constantFrom('infinity', '0044-03-15 (BC)', '2024-02-29', '1969-12-31', '9999-12-31', '12024-01-01'),
  TIMESTAMP: fc.constantFrom('infinity', '1970-01-01 00:00:00.000001', '2024-02-29 23:59:59.999999'),
} as const;

interface RandomColumn {
  readonly name: string;
  readonly type: keyof typeof cells;
  readonly values: readonly (string | null)[];
}

/** A column of a few values that repeat, or of many. */
const randomColumn = (name: string, rowCount: number): fc.Arbitrary<RandomColumn> =>
  fc.constantFrom(...(Object.keys(cells) as (keyof typeof cells)[])).chain((type) =>
    fc
      .record({
        pool: fc.array(fc.option(cells[type], { freq: 9 }), { minLength: 1, maxLength: 12 }),
        picks: fc.array(fc.nat(), { minLength: rowCount, maxLength: rowCount }),
      })
      .map(({ pool, picks }) => ({ name, type, values: picks.map((pick) => pool[pick % pool.length]!) })),
  );

const randomTable = fc
  .tuple(
    fc.constantFrom(0, 1, 29, 31, 150, 240),
    fc.uniqueArray(fc.constantFrom(...hostileNames), { minLength: 1, maxLength: 3 }),
  )
  .chain(([rowCount, names]) => fc.tuple(...names.map((name) => randomColumn(name === '' ? 'empty' : name, rowCount))));

function sourceOf(columns: readonly RandomColumn[]): string {
  const lists = columns.map(
    ({ name, type, values }) =>
      `unnest([${values.map((value) => quoteLiteral(value)).join(', ')}]::VARCHAR[])::${type} AS ${quoteIdentifier(name)}`,
  );
  return `(SELECT ${lists.join(', ')})`;
}

test('a schema of random data, and of a part of it, accepts what it was made from', async () => {
  await fc.assert(
    fc.asyncProperty(randomTable, fc.nat(), async (columns, seed) => {
      const source = sourceOf(columns);
      expect(await deviations(source)).toEqual([]);
      const part = columns.map((column) => ({
        ...column,
        values: column.values.filter((_, at) => (at * 7919 + seed) % 5 < 2),
      }));
      expect(await deviations(sourceOf(part))).toEqual([]);
    }),
    { numRuns: 20 },
  );
});

test('numbers that are close together far from zero, or as far apart as can be, stay within their range', async () => {
  for (const pair of [
    ['1e15', '1000000000000001'],
    ['-1.7e308', '1.7e308'],
    ['0', '5e-324'],
    ['123456789012.5', '123456789012.51'],
  ]) {
    const values = Array.from({ length: 40 }, (_, at) => `'${pair[at % 2]}'`);
    expect(await deviations(`(SELECT unnest([${values.join(', ')}])::DOUBLE AS x)`), pair.join()).toEqual([]);
  }
});

test.each([
  'penguins.json',
  'seattle-weather.csv',
  'zipcodes.csv',
  'birdstrikes.csv',
  'github.csv',
  'movies.json',
  'us-employment.csv',
])('a schema of %s, and of parts of it, accepts what it was made from', async (file) => {
  const read = file.endsWith('.csv') ? 'read_csv' : 'read_json';
  const table = `(SELECT * FROM ${read}(${quoteLiteral(vega(file))}))`;
  expect(await deviations(table)).toEqual([]);
  for (const seed of [1, 2]) {
    const part = `(SELECT * FROM ${table} USING SAMPLE reservoir(200 ROWS) REPEATABLE (${seed}))`;
    await engine.execute(`CREATE OR REPLACE TEMP TABLE part AS SELECT * FROM ${part}`);
    expect(await deviations('part')).toEqual([]);
  }
});

test('a schema of the flights of one month accepts those of the next', async () => {
  const flights = parquetSource(vega('flights-3m.parquet'));
  for (const month of [1, 2])
    await engine.execute(
      `CREATE OR REPLACE TEMP TABLE month${month} AS SELECT * FROM ${flights} WHERE month(date) = ${month} AND day(date) < 8`,
    );
  const { schema } = await inferred('month1');
  expect(Object.keys(schema.columns)).toHaveLength(5);
  const statistics = await profileTable(engine, 'month2');
  expect(await findAnomalies(engine, { source: 'month2', statistics, schema })).toEqual([]);
});

test('what is written is what a person would keep', async () => {
  const rows = `(SELECT i AS order_id, 'person' || i || '@example.org' AS mail, 'https://example.org/' || (i % 90) AS page,
    ['card', 'cash', 'bank'][i % 3 + 1] AS paid_by, i % 2 AS is_new, (i * 37) % 400 / 4.0 AS price,
    DATE '2024-03-01' + (i % 50)::INTEGER AS day, if(i % 20 = 0, NULL, 'text ' || i) AS note,
    if(i = 7, 'rare', 'often') AS kind, NULL::VARCHAR AS nothing, '10.0.0.' || (i % 150) AS host FROM range(200) t(i))`;
  expect((await inferred(rows)).text).toBe(`schema: 1
additional: warn
columns:
  order_id: {type: int64, unique: true}
  mail: {type: string, format: email} # no value twice: add unique: true if it names rows
  page: {type: string, format: url}
  paid_by: {type: string, domain: [bank, card, cash]}
  is_new: {type: int64, domain: [0, 1]}
  price: {type: float64, min: 0, max: 199} # seen 0 to 99.5
  day: {type: date, min: 2024-01-01} # seen 2024-03-01 to 2024-04-19
  note: {type: string, presence: 0.87, nullable: true} # 10 of 200 missing
  kind: {type: string}
  nothing: {type: string, nullable: true} # no value was seen
  host: {type: string, format: ip}
`);
});

test('formats: addresses are those that Node takes, and each format takes its own', async () => {
  const edge = [
    '::',
    '::1',
    '1::',
    '1::8',
    '1:2:3:4:5:6:7::',
    '1:2:3:4:5:6:7:8',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '::1::',
    ':1',
    '1:',
    '::ffff:1.2.3.4',
    '1:2:3:4:5:6:1.2.3.4',
    '1:2:3:4:5:6:7:1.2.3.4',
    '::1.2.3',
    '1.2.3.4',
    '01.2.3.4',
    '256.1.1.1',
    '1.2.3',
    '12345::',
    'g::',
    ':::',
    '::2:3:4:5:6:7:8',
    '1::3:4:5:6:7:8',
    '1::2:3:4:5:6:7:8',
    '::3:4:5:6:7:1.2.3.4',
  ];
  const made = fc.sample(
    fc.oneof(fc.ipV6(), fc.ipV4(), fc.string({ unit: fc.constantFrom('1', 'f', ':', '.', '::'), maxLength: 12 })),
    3000,
  );
  const texts = [...new Set([...edge, ...made])];
  const list = `[${texts.map((text) => quoteLiteral(text)).join(', ')}]`;
  const rows = await engine.rows(`SELECT x, ${formatSql('ip', 'x')} AS is FROM (SELECT unnest(${list}) AS x)`);
  const wrong = rows.filter((row) => row['is'] !== isIP(String(row['x'])) > 0).map((row) => row['x']);
  expect(wrong).toEqual([]);
  const samples: Readonly<Record<(typeof textFormats)[number], readonly [string, string]>> = {
    date: ['2024-02-29', '2023-02-29'],
    'date-time': ['2024-02-29T23:59:59.5+01:00', '2024-02-29T25:00:00Z'],
    email: ['a.b+c@x.example', 'a@b'],
    url: ['https://example.org/ü?q', 'example.org'],
    uuid: ['0189d3c0-7c2e-7000-8000-000000000000', '0189d3c07c2e70008000000000000000'],
    ip: ['2001:db8::1', '2001:db8:::1'],
    json: ['{"a": [1, null]}', '{"a": [1, }'],
  };
  for (const format of textFormats) {
    const [yes, no] = samples[format];
    const [found] = await engine.rows(
      `SELECT ${formatSql(format, quoteLiteral(yes))} AS yes, ${formatSql(format, quoteLiteral(no))} AS no, ${formatSql(format, 'NULL')} AS none`,
    );
    expect(found, format).toEqual({ yes: true, no: false, none: null });
  }
});
