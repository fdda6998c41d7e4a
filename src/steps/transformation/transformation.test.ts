import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { digestOf, type JsonObject, type JsonValue } from '../../encoding/index.ts';
import type { StepContext } from '../../pipeline/index.ts';
import { createDuckDb, parquetSource, type QueryEngine } from '../../tables/index.ts';
import { readTransform } from '../../transform/index.ts';
import type { TransformationParams } from './plan.ts';
import { runTransformation } from './run.ts';

let folder: string;
let engine: QueryEngine;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'transformation-'));
  engine = await createDuckDb({ tempDirectory: folder });
  const rows = (from: number, to: number) =>
    `SELECT i AS __row, 'k' || i AS id, i % 3 = 0 AS late, i AS delay, i::DOUBLE AS distance, ['SFO', 'LAX', 'ORD'][1 + i % 3] AS origin,
     TIMESTAMP '2001-01-01' + INTERVAL (i) HOUR AS date FROM range(${from}, ${to}) t(i)`;
  await engine.writeParquet(
    `${rows(0, 100)} UNION ALL SELECT 100, 'far', true, 0, 1e6, 'SFO', NULL ORDER BY 1`,
    join(folder, 'train.parquet'),
  );
  await engine.writeParquet(
    `${rows(200, 250)} UNION ALL SELECT 250, 'far', true, 0, 1e6, 'XXX', NULL ORDER BY 1`,
    join(folder, 'validation.parquet'),
  );
});

afterAll(async () => {
  await engine.close();
  await rm(folder, { recursive: true });
});

const params: TransformationParams = {
  label: 'late',
  key: ['id'],
  time: 'date',
  group: null,
  include: null,
  exclude: ['delay'],
  features: {},
  outliers: null,
  passthrough: true,
  parts: ['train', 'validation'],
};

async function run(changes: Partial<TransformationParams>, name: string) {
  const properties: Record<string, JsonObject> = {};
  const values: Record<string, JsonValue> = {};
  const output = (port: string) => ({
    path: join(folder, `${name}-${port}`),
    type: port === 'transform' ? ('Transform' as const) : ('Dataset' as const),
    setProperties: (given: JsonObject) => {
      properties[port] = given;
    },
    skip: () => {},
  });
  const input = (part: string) => ({
    path: join(folder, `${part}.parquet`),
    type: 'Dataset' as const,
    digest: digestOf(part),
    properties: {},
    from: { step: 'splitting', port: part },
  });
  const context = {
    params: { ...params, ...changes } as unknown as JsonObject,
    inputs: { train: [input('train')], validation: [input('validation')] },
    outputs: { train: output('train'), validation: output('validation'), transform: output('transform') },
    signal: new AbortController().signal,
    tables: async () => engine,
    progress: () => {},
    value: (key: string, value: JsonValue) => {
      values[key] = value;
    },
  } as unknown as StepContext;
  await runTransformation(context);
  const fitted = readTransform(await readFile(join(folder, `${name}-transform`), 'utf8'));
  const table = (part: string) => parquetSource(join(folder, `${name}-${part}`));
  return { fitted, properties, values, table };
}

test('the column that names the parts is no feature', async () => {
  const { fitted } = await run({ partColumn: 'origin' }, 'parts-named');
  expect(fitted.features.flatMap(({ columns }) => columns.map(({ name }) => name))).toEqual(['distance']);
  await expect(run({ partColumn: 'origin', features: { o: 'vocabulary(origin)' } }, 'parts-read')).rejects.toThrow(
    /it names the parts/,
  );
});

test('features, label, key and row number are written for every open part', async () => {
  const features = {
    hour: 'bucketize(hour(date), [6, 12, 18])',
    origin: 'vocabulary(origin, top=2)',
    far: 'standardize(log1p(distance))',
  };
  const { fitted, properties, table, values } = await run({ features, passthrough: false }, 'plain');
  const { fields } = await engine.describe(`SELECT * FROM ${table('validation')}`);
  expect(fields.map(({ name, type }) => `${name} ${type}`)).toEqual([
    'hour int64',
    'origin int64',
    'far float64',
    '__row int64',
    'id string',
    'late boolean',
  ]);
  expect(fitted.fit.rowCount).toBe(101);
  expect(values).toEqual({ features: 3, removed_rows: 0 });
  expect(properties['validation']).toMatchObject({
    rowCount: 51,
    features: ['hour', 'origin', 'far'],
    label: 'late',
    key: ['id'],
  });
  expect(properties['transform']).toMatchObject({ lineage: { hour: ['date'], origin: ['origin'], far: ['distance'] } });
  const [last] = await engine.rows(
    `SELECT hour, origin, __row FROM ${table('validation')} ORDER BY __row DESC LIMIT 1`,
  );
  expect(last).toEqual({ hour: null, origin: 2, __row: 250 });
});

test('what passes through leaves out label, key, time and excluded columns', async () => {
  const { properties } = await run({}, 'passed');
  expect(properties['train']!['features']).toEqual(['distance', 'origin']);
});

test('outliers leave the training part alone', async () => {
  const outliers = { columns: ['distance'], method: 'tukey' as const, factor: 3 };
  const { fitted, table, values } = await run({ outliers }, 'outliers');
  expect(fitted.outliers).toMatchObject([{ column: 'distance', method: 'tukey', removedRowCount: 1 }]);
  expect(values['removed_rows']).toBe(1);
  const [train] = await engine.rows(`SELECT count(*)::INTEGER n FROM ${table('train')}`);
  const [validation] = await engine.rows(`SELECT count(*)::INTEGER n FROM ${table('validation')}`);
  expect([train, validation]).toEqual([{ n: 100 }, { n: 51 }]);
});

test('sql() features are computed in every part', async () => {
  const { table } = await run({ features: { rest: "sql('distance % 7')" }, passthrough: false }, 'sql');
  const rows = await engine.rows(`SELECT rest FROM ${table('validation')} ORDER BY __row LIMIT 2`);
  expect(rows).toEqual([{ rest: 4 }, { rest: 5 }]);
});

test('the same parts give the same bytes', async () => {
  const features = { one: 'one_hot(origin)', far: 'quantile_buckets(distance, 5)' };
  const first = await run({ features }, 'first');
  await run({ features }, 'second');
  expect(first.properties['train']!['features']).toEqual([
    'one=LAX',
    'one=ORD',
    'one=SFO',
    'far',
    'distance',
    'origin',
  ]);
  for (const port of ['train', 'validation', 'transform']) {
    expect(await readFile(join(folder, `first-${port}`))).toEqual(await readFile(join(folder, `second-${port}`)));
  }
});

test('features that read the label or a hidden column, and no feature at all, are errors', async () => {
  for (const features of [{ f: 'delay' }, { f: 'if(late, 1, 0)' }, { f: 'log(nosuch)' }]) {
    await expect(run({ features }, 'wrong')).rejects.toMatchObject({ code: 'TRANSFORM_BAD_DECLARATION' });
  }
  await expect(run({ passthrough: false }, 'none')).rejects.toMatchObject({ code: 'TRANSFORM_BAD_DECLARATION' });
  await expect(run({ features: { f: "sql('sum(distance)')" } }, 'sum')).rejects.toMatchObject({
    code: 'TRANSFORM_BAD_SQL',
  });
});
