import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { digestOf, type JsonObject, type JsonValue } from '../../encoding/index.ts';
import type { StepContext } from '../../pipeline/index.ts';
import { createDuckDb, parquetSource, type QueryEngine } from '../../tables/index.ts';
import { type EvaluationResult, evaluationResult } from './result.ts';
import { runEvaluation } from './run.ts';

let folder: string;
let engine: QueryEngine;
const signal = new AbortController().signal;

/** 1000 rows: late where x > 0.6, but for every tenth row; the model scores x; the island is A, B or missing. */
const table = `SELECT i AS __row, (i * 37 % 1000) / 1000.0 AS x, (i * 7 % 100) / 100.0 AS noise,
  CASE WHEN i % 10 = 0 THEN x <= 0.6 ELSE x > 0.6 END AS late, CASE i % 4 WHEN 0 THEN 'A' WHEN 1 THEN NULL ELSE 'B' END AS island,
  i % 1500 AS distance FROM range(1000) t(i)`;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evaluation-'));
  engine = await createDuckDb({ tempDirectory: folder });
  await engine.writeParquet(`SELECT __row, x, noise, late FROM (${table}) ORDER BY 1`, join(folder, 'part.parquet'));
  await engine.writeParquet(
    `SELECT __row, x, island, distance FROM (${table}) ORDER BY 1`,
    join(folder, 'raw.parquet'),
  );
  await engine.writeParquet(
    `SELECT __row, 0.5 AS score_0, 0.5 AS score_1 FROM (${table}) ORDER BY 1`,
    join(folder, 'old.parquet'),
  );
  const model = join(folder, 'model');
  await mkdir(model);
  await writeFile(
    join(model, 'model.ts'),
    `export function predict(_parameters: object, columns: Record<string, number[]>): object {
      const scores = columns['x']!;
      return { score_0: scores.map((score) => 1 - score), score_1: scores };
    }`,
  );
  await writeFile(join(model, 'model.json'), '{}');
  const mlspec = {
    format: 1,
    library: 'typescript',
    data: 'model.json',
    file: 'model.ts',
    features: ['x', 'noise'],
    classes: [false, true],
  };
  await writeFile(join(model, 'MLmodel'), JSON.stringify({ flavors: { mlspec } }));
});

afterAll(async () => {
  await engine.close();
  await rm(folder, { recursive: true });
});

const task = {
  kind: 'binary',
  label: 'late',
  labels: null,
  threshold: 0.6,
  positive: null,
  key: [],
  time: null,
  group: null,
  classes: null,
};

async function run(changes: JsonObject, inputs: Record<string, string> = {}) {
  const values: Record<string, JsonValue> = {};
  const metrics: Record<string, number> = {};
  const input = (port: string, file: string) => ({
    [port]: [
      { path: join(folder, file), type: 'Dataset', digest: digestOf(file), properties: {}, from: { step: 's', port } },
    ],
  });
  const output = (path: string) => ({
    path: join(folder, path),
    type: 'Metrics',
    setProperties: () => {},
    skip: () => {},
  });
  const context = {
    params: { task, costs: {}, on: 'validation', slices: [], explain: [], baselines: {}, ...changes } as JsonObject,
    inputs: {
      ...input('model', 'model'),
      ...input('part', 'part.parquet'),
      ...input('raw', 'raw.parquet'),
      ...input('train', 'part.parquet'),
      ...Object.assign({}, ...Object.entries(inputs).map(([port, file]) => input(port, file))),
    },
    outputs: { metrics: output('metrics.json'), predictions: output('predictions.parquet') },
    workDir: folder,
    python: null,
    seed: 7,
    signal,
    tables: async () => engine,
    progress: () => {},
    value: (key: string, value: JsonValue) => {
      values[key] = value;
    },
    metric: (name: string, value: number) => {
      metrics[name] = value;
    },
  } as unknown as StepContext;
  await runEvaluation(context);
  const result = JSON.parse(await readFile(join(folder, 'metrics.json'), 'utf8')) as EvaluationResult;
  return { result, values, metrics };
}

test('measures the model, baselines, slices and objectives; the result fits its schema', async () => {
  const { result, values, metrics } = await run({
    slices: [
      { name: 'island', column: 'island', edges: null },
      { name: 'distance', column: 'distance', edges: [250, 500] },
    ],
    baselines: { trivial: 'majority', usual: 'prior' },
    costs: {
      false_alarm: { when: 'predicted and not actual', cost: 1 },
      missed: { when: 'not predicted and actual', cost: 4 },
    },
    explain: ['permutation_importance'],
    objectives: {
      good: { that: 'new.accuracy > 0.8', gate: 'measured' },
      better: { that: 'trivial.cost - new.cost > 0.05 +/- 0.05', gate: 'every' },
      even: { that: 'gap(recall by island where x > 0.1) <= 0.5', gate: 'none' },
      older: { that: 'new.auc - old.auc > 0', gate: 'measured' },
    },
  });
  expect(evaluationResult.parse(result)).toEqual(result);
  expect(result).toMatchObject({ on: 'validation', rowCount: 1_000, classes: [false, true], threshold: 0.6 });
  // x is k/1000; the score 0.6 itself is a yes, and the label is x > 0.6
  expect(result.metrics['accuracy']!.value).toBeCloseTo(0.9, 2);
  expect(result.metrics['accuracy']!.interval).toMatchObject({ method: 'Wilson', confidence: 0.95 });
  expect(Object.keys(result.metrics)).toContain('cost');
  expect(result.confusion!.flat().reduce((sum, count) => sum + count, 0)).toBe(1_000);
  expect(result.baselines['usual']!['auc']!.value).toBe(0.5);
  expect(result.baselines['trivial']).not.toHaveProperty('auc');
  expect(result.slices.map(({ slice, value, rowCount }) => [slice, value, rowCount])).toEqual([
    ['island', 'B', 500],
    ['island', '(missing)', 250],
    ['island', 'A', 250],
    ['distance', '>= 500', 500],
    ['distance', '250 to 500', 250],
    ['distance', '< 250', 250],
  ]);
  expect(result.importance!.map(({ feature }) => feature)).toEqual(['x', 'noise']);
  expect(result.importance![1]!.drop).toBe(0);
  expect(result.objectives['good']).toMatchObject({ met: true, sure: true });
  expect(result.objectives['better']!.interval!.method).toContain('paired');
  expect(result.objectives['even']!.value).toBeGreaterThan(0);
  expect(result.objectives['older']).toMatchObject({ value: null, met: null });
  expect(values).toMatchObject({ objectives_met: true, accuracy: result.metrics['accuracy']!.value });
  expect(metrics['validation.accuracy']).toBe(result.metrics['accuracy']!.value);
});

test('an old model is measured on the same rows and compared', async () => {
  const objectives = { older: { that: 'new.auc - old.auc > 0.2', gate: 'measured' } };
  const { result } = await run({ objectives }, { old: 'old.parquet' });
  expect(result.baselines['old']!['auc']!.value).toBe(0.5);
  expect(result.objectives['older']).toMatchObject({ met: true, sure: true });
  await engine.writeParquet(
    `SELECT * FROM ${parquetSource(join(folder, 'old.parquet'))} WHERE __row < 10 ORDER BY 1`,
    join(folder, 'short.parquet'),
  );
  await expect(run({ objectives }, { old: 'short.parquet' })).rejects.toMatchObject({ code: 'EVALUATION_ROWS_DIFFER' });
});

test('the same part gives the same bytes', async () => {
  const params = { explain: ['permutation_importance'], slices: [{ name: 'island', column: 'island', edges: null }] };
  await run(params);
  const first = await readFile(join(folder, 'metrics.json'));
  await run(params);
  expect(digestOf(await readFile(join(folder, 'metrics.json')))).toBe(digestOf(first));
});

test('one metric alone for a trial; an unknown one is named with those that there are', async () => {
  const { values } = await run({ only: 'brier' });
  expect(values['objective']).toBeGreaterThan(0);
  await expect(run({ only: 'rmse' })).rejects.toMatchObject({ code: 'EVALUATION_UNKNOWN_METRIC' });
});

test('a part without labels is refused', async () => {
  const missing = { ...task, label: 'absent' };
  await expect(run({ task: missing })).rejects.toMatchObject({ code: 'EVALUATION_LABEL_MISSING' });
});
