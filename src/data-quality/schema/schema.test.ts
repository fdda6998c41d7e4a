import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDuckDb, type QueryEngine, quoteLiteral } from '../../tables/index.ts';
import {
  type Anomaly,
  type DataSchema,
  findAnomalies,
  inferSchema,
  profileTable,
  readSchemaFile,
  writeSchemaFile,
} from '../index.ts';

let engine: QueryEngine;
beforeAll(async () => {
  engine = await createDuckDb();
});
afterAll(() => engine.close());

const penguins = `read_json(${quoteLiteral(join(import.meta.dirname, '../../../node_modules/vega-datasets/data/penguins.json'))})`;

async function anomaliesOf(source: string, schema: DataSchema): Promise<Anomaly[]> {
  return await findAnomalies(engine, { source, schema, statistics: await profileTable(engine, source) });
}

function schemaOf(columns: string, more = ''): DataSchema {
  return readSchemaFile(`schema: 1\n${more}\ncolumns:\n${columns}`, 'test.yaml');
}

test('an inferred schema accepts what it was made from, in the file too, and knows its domains', async () => {
  const schema = inferSchema(await profileTable(engine, penguins));
  expect(schema.columns['Island']).toMatchObject({ type: 'string', domain: ['Biscoe', 'Dream', 'Torgersen'] });
  expect(schema.columns['Sex']).toMatchObject({ nullable: true });
  expect(await anomaliesOf(penguins, schema)).toEqual([]);
  const text = writeSchemaFile(schema);
  expect(readSchemaFile(text, 'penguins.schema.yaml')).toEqual(schema);
  expect(text).toContain('Beak Length (mm): {type: float64, presence: 0.95, min: 4, max: 88, nullable: true}');
});

test('odd names and values survive the file', () => {
  const schema: DataSchema = {
    schema: 1,
    rows: { min: 1 },
    additional: 'refuse',
    columns: {
      'a: b # c': {
        type: 'string',
        required: false,
        nullable: true,
        nan: false,
        domain: ['yes', 'no', '1', '', 'ü "'],
      },
      yes: { type: 'float64', required: true, nullable: false, nan: true, min: -1.5, max: 1e300, presence: 0.5 },
      when: { type: 'date', required: true, nullable: false, nan: false, min: '2001-01-01', unique: true },
    },
  };
  expect(readSchemaFile(writeSchemaFile(schema), 'odd.yaml')).toEqual(schema);
  expect(readSchemaFile(writeSchemaFile({ ...schema, columns: {} }), 'odd.yaml').columns).toEqual({});
});

test.each<
  [string, string, DataSchema['columns'] | string, readonly (readonly [string | null, string, number | null])[]]
>([
  [
    'missing column',
    'SELECT 1 AS a',
    '  b: {type: int64}',
    [
      ['b', 'SCHEMA_MISSING_COLUMN', null],
      ['a', 'SCHEMA_NEW_COLUMN', null],
    ],
  ],
  ['optional column', 'SELECT 1 AS a', '  a: {type: int64}\n  b: {type: int64, required: false}', []],
  ['type', "SELECT 'x' AS a", '  a: {type: int64}', [['a', 'INT_TYPE_NOT_INT_STRING', 1]]],
  ['whole numbers are floats too', 'SELECT 1 AS a', '  a: {type: float64}', []],
  ['floats are not whole', 'SELECT 1.5 AS a', '  a: {type: int64}', [['a', 'UNEXPECTED_DATA_TYPE', 1]]],
  [
    'texts that say no truth value',
    "SELECT unnest(['true', 'maybe', NULL]) AS a",
    '  a: {type: boolean, nullable: true}',
    [['a', 'BOOL_TYPE_UNEXPECTED_STRING', 1]],
  ],
  ['texts that all do', "SELECT 'true' AS a", '  a: {type: boolean}', [['a', 'UNEXPECTED_DATA_TYPE', null]]],
  ['a large truth value', 'SELECT unnest([0, 2]) AS a', '  a: {type: boolean}', [['a', 'BOOL_TYPE_BIG_INT', 1]]],
  ['a small one', 'SELECT unnest([0, -1]) AS a', '  a: {type: boolean}', [['a', 'BOOL_TYPE_SMALL_INT', 1]]],
  ['half a one', 'SELECT 0.5::DOUBLE AS a', '  a: {type: boolean}', [['a', 'BOOL_TYPE_UNEXPECTED_FLOAT', 1]]],
  [
    'texts that say no date',
    "SELECT unnest(['2024-02-29', '2023-02-29']) AS a",
    '  a: {type: date}',
    [['a', 'UNEXPECTED_DATA_TYPE', 1]],
  ],
  ['domain of decimals', 'SELECT 0.50::DECIMAL(4, 2) AS a', '  a: {type: float64, domain: [0.5]}', []],
  ['domain of small floats', 'SELECT 0.1::FLOAT AS a', '  a: {type: float64, domain: [0.1]}', []],
  [
    'an empty domain',
    "SELECT unnest(['x', NULL]) AS a",
    '  a: {type: string, domain: [], nullable: true}',
    [['a', 'ENUM_TYPE_UNEXPECTED_STRING_VALUES', 1]],
  ],
  ['no value has no type', 'SELECT NULL AS a', '  a: {type: string, nullable: true}', []],
  [
    'missing values',
    'SELECT unnest([1, NULL, NULL]) AS a',
    '  a: {type: int64}',
    [['a', 'FEATURE_TYPE_NOT_PRESENT', 2]],
  ],
  [
    'presence',
    'SELECT unnest([1, NULL, NULL]) AS a',
    '  a: {type: int64, nullable: true, presence: 0.5}',
    [['a', 'FEATURE_TYPE_LOW_FRACTION_PRESENT', 2]],
  ],
  [
    'NaN and infinity',
    "SELECT unnest(['1', 'NaN', 'inf', '-inf'])::DOUBLE AS a",
    '  a: {type: float64}',
    [
      ['a', 'FLOAT_TYPE_HAS_NAN', 1],
      ['a', 'FLOAT_TYPE_HAS_INF', 2],
    ],
  ],
  ['NaN allowed', "SELECT unnest(['1', 'NaN', 'inf'])::DOUBLE AS a", '  a: {type: float64, nan: true, max: 2}', []],
  [
    'range of whole numbers',
    'SELECT unnest([1, 9]) AS a',
    '  a: {type: int64, min: 2, max: 8}',
    [
      ['a', 'INT_TYPE_SMALL_INT', 1],
      ['a', 'INT_TYPE_BIG_INT', 1],
    ],
  ],
  [
    'range of floats',
    'SELECT unnest([1.5, 9])::DOUBLE AS a',
    '  a: {type: float64, min: 2, max: 8}',
    [
      ['a', 'FLOAT_TYPE_SMALL_FLOAT', 1],
      ['a', 'FLOAT_TYPE_BIG_FLOAT', 1],
    ],
  ],
  [
    'range of dates',
    "SELECT DATE '2001-01-01' AS a",
    "  a: {type: date, min: '2001-01-02', max: '2001-12-31'}",
    [['a', 'TIME_TOO_EARLY', 1]],
  ],
  [
    'range of instants',
    "SELECT TIMESTAMP '2001-01-01 10:00:00' AS a",
    "  a: {type: timestamp, max: '2001-01-01T09:59:59Z'}",
    [['a', 'TIME_TOO_LATE', 1]],
  ],
  [
    'domain',
    "SELECT unnest(['a', 'b', 'c', 'c', NULL]) AS a",
    '  a: {type: string, domain: [a, b], nullable: true}',
    [['a', 'ENUM_TYPE_UNEXPECTED_STRING_VALUES', 2]],
  ],
  [
    'domain of numbers',
    'SELECT unnest([1, 2, 3]) AS a',
    '  a: {type: int64, domain: [1, 2]}',
    [['a', 'ENUM_TYPE_UNEXPECTED_STRING_VALUES', 1]],
  ],
  ['domain of floats', 'SELECT unnest([1.0, 0.5])::DOUBLE AS a', '  a: {type: float64, domain: [1, 0.5]}', []],
  [
    'unique',
    'SELECT unnest([1, 1, 2]) AS a',
    '  a: {type: int64, unique: true}',
    [['a', 'FEATURE_TYPE_LOW_UNIQUE', 2]],
  ],
  [
    'too few rows with a value',
    'SELECT unnest([1, 2, NULL]) AS a',
    '  a: {type: int64, nullable: true, min_present: 3}',
    [['a', 'FEATURE_TYPE_LOW_NUMBER_PRESENT', 1]],
  ],
  ['enough', 'SELECT unnest([1, 2, NULL]) AS a', '  a: {type: int64, nullable: true, min_present: 2}', []],
  [
    'too few different values',
    'SELECT unnest([1, 1, 2, NULL]) AS a',
    '  a: {type: int64, nullable: true, distinct: {min: 3}}',
    [['a', 'FEATURE_TYPE_LOW_UNIQUE', null]],
  ],
  [
    'no value at all',
    'SELECT NULL::INTEGER AS a',
    '  a: {type: int64, nullable: true, distinct: {min: 1}}',
    [['a', 'FEATURE_TYPE_NO_UNIQUE', null]],
  ],
  [
    'too many different values',
    "SELECT unnest(['NaN', 'NaN', 'inf', '1', '2'])::DOUBLE AS a",
    '  a: {type: float64, nan: true, distinct: {max: 3}}',
    [['a', 'FEATURE_TYPE_HIGH_UNIQUE', null]],
  ],
  [
    'just as many',
    "SELECT unnest(['NaN', 'NaN', 'inf', '1', '2'])::DOUBLE AS a",
    '  a: {type: float64, nan: true, distinct: {min: 4, max: 4}}',
    [],
  ],
  [
    'a share of the values in the domain',
    "SELECT unnest(['a', 'a', 'a', 'x', NULL]) AS a",
    '  a: {type: string, nullable: true, domain: [a], domain_share: 0.75}',
    [],
  ],
  [
    'less than that',
    "SELECT unnest(['a', 'a', 'a', 'x', 'y', NULL]) AS a",
    '  a: {type: string, nullable: true, domain: [a], domain_share: 0.75}',
    [['a', 'ENUM_TYPE_UNEXPECTED_STRING_VALUES', 2]],
  ],
  ['planned', "SELECT 'x' AS a", '  a: {type: int64, stage: planned}\n  b: {type: date, stage: alpha}', []],
  ['deprecated', "SELECT 'x' AS a", '  a: {type: int64, stage: deprecated}\n  b: {type: date, stage: debug}', []],
  ['beta', 'SELECT 1.5 AS a', '  a: {type: int64, stage: beta}', [['a', 'UNEXPECTED_DATA_TYPE', 1]]],
])('%s', async (_, query, columns, expected) => {
  const found = await anomaliesOf(`(${query})`, schemaOf(String(columns)));
  expect(found.map((one) => [one.column, one.reason, one.rowCount])).toEqual(expected);
});

test('rows, and columns that are not in the schema', async () => {
  const few = await anomaliesOf('(SELECT 1 AS a)', schemaOf('  a: {type: int64}', 'rows: {min: 2, max: 3}'));
  expect(few.map((one) => one.reason)).toEqual(['DATASET_LOW_NUM_EXAMPLES']);
  for (const [additional, severity] of [
    ['warn', 'warn'],
    ['refuse', 'fail'],
  ] as const) {
    const found = await anomaliesOf(
      '(SELECT 1 AS a, 2 AS b)',
      schemaOf('  a: {type: int64}', `additional: ${additional}`),
    );
    expect(found).toMatchObject([{ column: 'b', severity, reason: 'SCHEMA_NEW_COLUMN' }]);
  }
  expect(await anomaliesOf('(SELECT 1 AS a, 2 AS b)', schemaOf('  a: {type: int64}', 'additional: allow'))).toEqual([]);
});

test('an environment has its columns alone; without one all are looked at', async () => {
  const schema = schemaOf(
    '  x: {type: int64}\n  label: {type: int64, environments: [training]}\n  asked_at: {type: date, environments: [serving]}',
    'environments: [training, serving]',
  );
  const reasonsIn = async (query: string, environment: string | null): Promise<unknown> => {
    const source = `(${query})`;
    const statistics = await profileTable(engine, source);
    const found = await findAnomalies(engine, { source, schema, statistics, environment });
    return found.map(({ column, reason }) => [column, reason]);
  };
  const missing = (column: string): unknown => [column, 'SCHEMA_MISSING_COLUMN'];
  expect(await reasonsIn('SELECT 1 AS x, 0 AS label', 'training')).toEqual([]);
  expect(await reasonsIn("SELECT 1 AS x, DATE '2024-01-01' AS asked_at", 'serving')).toEqual([]);
  expect(await reasonsIn('SELECT 1 AS x', 'training')).toEqual([missing('label')]);
  expect(await reasonsIn('SELECT 1 AS x', null)).toEqual([missing('label'), missing('asked_at')]);
  // A column of another environment is none that the schema does not know.
  expect(await reasonsIn("SELECT 1 AS x, 'odd' AS label, DATE '2024-01-01' AS asked_at", 'serving')).toEqual([]);
  await expect(reasonsIn('SELECT 1 AS x', 'trainig')).rejects.toThrow(/training, serving.*found trainig/);
  expect(() => schemaOf('  x: {type: int64, environments: [training]}')).toThrow(/columns\.x\.environments\.0.*none/);
});

test('how much a reason matters: the column decides before the schema', async () => {
  const severities = async (columns: string, more = ''): Promise<readonly string[]> =>
    (await anomaliesOf("(SELECT NULL::INTEGER AS a, 'nan'::DOUBLE AS b)", schemaOf(columns, more))).map(
      ({ column, severity }) => `${column} ${severity}`,
    );
  const columns = '  a: {type: int64}\n  b: {type: float64}\n  c: {type: date}';
  expect(await severities(columns)).toEqual(['a fail', 'b fail', 'c fail']);
  const ofReasons =
    'severity: {FLOAT_TYPE_HAS_NAN: warn, SCHEMA_MISSING_COLUMN: warn, DATASET_LOW_NUM_EXAMPLES: warn}\nrows: {min: 9}';
  expect(await severities(columns, ofReasons)).toEqual(['null warn', 'a fail', 'b warn', 'c warn']);
  const ofColumns = '  a: {type: int64, severity: warn}\n  b: {type: float64, severity: fail}';
  expect(await severities(ofColumns, 'severity: {FLOAT_TYPE_HAS_NAN: warn}')).toEqual(['a warn', 'b fail']);
  expect(() => schemaOf('  a: {type: int64}', 'severity: {SCHEMA_NEW_COLUMN: warn}')).toThrow(/SCHEMA_NEW_COLUMN/);
});

test('the patch of an anomaly repairs it', async () => {
  const source = `(SELECT unnest(['1.5', '9', 'NaN', NULL])::DOUBLE AS x, unnest(['a', 'b', 'c', 'c']) AS s, 1 AS extra, 2 AS d)`;
  let schema = schemaOf(
    '  x: {type: int64, min: 2, max: 8, min_present: 4}\n  s: {type: string, domain: [a], domain_share: 0.9, unique: true}\n  gone: {type: date}\n  d: {type: int64, distinct: {min: 2, max: 5}}',
    'rows: {min: 9}',
  );
  for (let round = 0; round < 3; round++) {
    for (const { patch } of await anomaliesOf(source, schema)) {
      const changed = structuredClone(schema) as unknown as Record<string, unknown>;
      let place = changed;
      for (const step of patch!.path.slice(0, -1)) {
        place[step] ??= {};
        place = place[step] as Record<string, unknown>;
      }
      place[patch!.path.at(-1)!] = patch!.value;
      schema = readSchemaFile(JSON.stringify(changed), 'patched.json');
    }
  }
  expect(await anomaliesOf(source, schema)).toEqual([]);
});

test('a file that is no schema says where it is wrong', () => {
  for (const [text, message] of [
    ['schema: 2\ncolumns: {}', /schema/],
    ['schema: 1\ncolumns: {a: {type: number, nulable: true}}', /columns\.a.*\n?.*nulable/s],
    ['schema: 1\ncolumns: [', /cannot be read/],
    ['- 1', /the document/],
    ['', /the document/],
    [`a: &a [x]\nb: [${Array(20).fill('*a').join(',')}]`, /cannot be read/],
  ] as const)
    expect(() => readSchemaFile(text, 'bad.yaml'), text).toThrow(message);
});
