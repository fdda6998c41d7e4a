/*
 * Leakage between folds, as an attack: whatever stands in the rows that a fold holds out, the transformation of the fold and every table that its model
 * is trained with are the same bits. A row that the fold does train on changes them, so that the test could fail.
 */
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { digestOf, type JsonObject } from '../../encoding/index.ts';
import type { StepContext } from '../../pipeline/index.ts';
import { createDuckDb, parquetSource, type QueryEngine } from '../../tables/index.ts';
import type { TransformationParams } from './plan.ts';
import { runTransformation } from './run.ts';

type StepAssertion = Parameters<StepContext['attest']>[0];

let folder: string;
let engine: QueryEngine;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fold-transform-'));
  await mkdir(join(folder, 'work'));
  engine = await createDuckDb({ tempDirectory: folder });
  await engine.writeParquet('SELECT i AS __row, 1 + i % 3 AS __fold, 1 AS __from FROM range(90) t(i)', file('folds'));
  await engine.writeParquet(tableSql('false', 200, 230), file('validation'));
});
afterAll(async () => {
  await engine.close();
  await rm(folder, { recursive: true });
});

const file = (name: string): string => join(folder, `${name}.parquet`);

/** Rows with what standard transformations learn from; where `attacked` holds, values that none of them could pass by. */
function tableSql(attacked: string, from: number, to: number): string {
  const or = (evil: string, usual: string): string => `CASE WHEN ${attacked} THEN ${evil} ELSE ${usual} END`;
  return `SELECT i AS __row, 'k' || i AS id, ${or('NOT (i % 2 = 0)', 'i % 2 = 0')} AS late, ${or('1e9 * i', '(i * 7) % 31')}::DOUBLE AS x,
    ${or("'evil' || i", "['a', 'b', 'c'][1 + i % 3]")} AS word, ${or('NULL', 'i % 5')} AS gap FROM range(${from}, ${to}) t(i)`;
}

const params: TransformationParams = {
  label: 'late',
  key: ['id'],
  time: null,
  group: null,
  include: null,
  exclude: [],
  features: {
    scaled: 'standardize(x)',
    ranged: 'minmax(x)',
    robust: 'robust_scale(x)',
    bucket: 'quantile_buckets(x, 5)',
    word: 'vocabulary(word, top=50)',
    each: 'one_hot(word)',
    gap: 'impute(gap, median)',
  },
  outliers: { columns: ['x'], method: 'tukey', factor: 3 },
  passthrough: false,
  parts: ['train', 'validation', 'held_out'],
};

interface Fitted {
  readonly bytes: Readonly<Record<string, Buffer>>;
  readonly properties: Readonly<Record<string, JsonObject>>;
  readonly assertions: readonly StepAssertion[];
}

/** Fits the transformation of a fold on a training part in which rows were replaced. */
async function transformIn(fold: number, attacked: string, folds = 'folds'): Promise<Fitted> {
  await engine.writeParquet(tableSql(attacked, 0, 90), file('train'));
  const properties: Record<string, JsonObject> = {};
  const assertions: StepAssertion[] = [];
  const output = (port: string) => ({
    path: join(folder, `out-${port}`),
    type: 'Dataset' as const,
    setProperties: (given: JsonObject) => Object.assign(properties, { [port]: given }),
    skip: () => {},
  });
  const input = (name: string) => [
    {
      path: file(name),
      type: 'Dataset' as const,
      digest: digestOf(name),
      properties: {},
      from: { step: 's', port: name },
    },
  ];
  const ports = ['train', 'validation', 'held_out', 'transform'];
  const context = {
    params: { ...params, fold: { number: fold, together: ['id'] } } as unknown as JsonObject,
    inputs: { train: input('train'), validation: input('validation'), folds: input(folds) },
    outputs: Object.fromEntries(ports.map((port) => [port, output(port)])),
    workDir: join(folder, 'work'),
    signal: new AbortController().signal,
    tables: async () => engine,
    progress: () => {},
    value: () => {},
    attest: (assertion: StepAssertion) => assertions.push(assertion),
  } as unknown as StepContext;
  await runTransformation(context);
  const bytes = await Promise.all(
    ports.map(async (port) => [port, await readFile(join(folder, `out-${port}`))] as const),
  );
  return { bytes: Object.fromEntries(bytes), properties, assertions };
}

test.each([1, 2, 3])('nothing that fold %i holds out is in what its model is trained with', async (fold) => {
  const plain = await transformIn(fold, 'false');
  const attacked = await transformIn(fold, `1 + i % 3 = ${fold}`);
  for (const port of ['transform', 'train', 'validation'])
    expect(attacked.bytes[port]!.equals(plain.bytes[port]!), port).toBe(true);
  expect(attacked.bytes['held_out']!.equals(plain.bytes['held_out']!)).toBe(false);
  const other = await transformIn(fold, `i = ${fold % 3}`);
  expect(other.bytes['transform']!.equals(plain.bytes['transform']!)).toBe(false);
});

test('the fold says what it trained on and held out, and that they share no key', async () => {
  const { properties, assertions } = await transformIn(2, 'false');
  expect(properties['held_out']).toMatchObject({ part: 'held_out', rowCount: 30, fold: 2, trainRowCount: 60 });
  const held = await engine.rows(
    `SELECT DISTINCT __row % 3 AS rest FROM ${parquetSource(join(folder, 'out-held_out'))}`,
  );
  expect(held).toEqual([{ rest: 1 }]);
  expect(assertions).toMatchObject([
    {
      about: ['train', 'validation', 'held_out', 'transform'],
      predicate: { manifest: { fold: 2, overlap: { keysInSeveralParts: 0, verdict: 'none' } } },
    },
  ]);
});

test('folds that somebody made so that rows are held out and trained on are refused', async () => {
  await engine.writeParquet(
    'SELECT i AS __row, 1 + i % 3 AS __fold, 1 AS __from FROM range(90) t(i) UNION ALL SELECT 0, 2, 1',
    file('forged'),
  );
  await expect(transformIn(1, 'false', 'forged')).rejects.toMatchObject({ code: 'SPLITTING_OVERLAP' });
  await engine.writeParquet('SELECT i AS __row, 1 + i % 3 AS __fold, 1 AS __from FROM range(80) t(i)', file('short'));
  await expect(transformIn(1, 'false', 'short')).rejects.toThrow(/10 rows of the training part are in no fold/);
});
