import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { digestJson, digestOf, type JsonObject, type JsonValue } from '../../encoding/index.ts';
import { answerRawFile } from '../../models/index.ts';
import type { StepContext } from '../../pipeline/index.ts';
import type { TaskSpec } from '../../spec/index.ts';
import { createDuckDb, parquetSource, type QueryEngine } from '../../tables/index.ts';
import { canonicalTransform, compileTransform, fitTransform, writeTransform } from '../../transform/index.ts';
import type { MeasuredVerdict } from '../measured-verdict.ts';
import { readObservations } from '../observations.ts';
import { answerRegistered } from '../registered-models.ts';
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
  await writeModel('model', ['x', 'noise'], '{ score_0: columns.x.map((one) => 1 - one), score_1: columns.x }');
  await writePackage('old', '{ score_0: columns.x.map(() => 0.5), score_1: columns.x.map(() => 0.5) }');
  await writePackage('short', '{ score_0: [0.5], score_1: [0.5] }');
});

/** A model in TypeScript whose answer is an expression over its columns. */
async function writeModel(name: string, features: readonly string[], answer: string): Promise<void> {
  const path = join(folder, name);
  await mkdir(path, { recursive: true });
  const code = `export const predict = (_: object, columns: Record<'x', number[]>) => (${answer});`;
  await writeFile(join(path, 'model.ts'), code);
  await writeFile(join(path, 'model.json'), '{}');
  const facts = { format: 1, library: 'typescript', data: 'model.json', file: 'model.ts' };
  const mlspec = { ...facts, features, classes: [false, true] };
  await writeFile(join(path, 'MLmodel'), JSON.stringify({ flavors: { mlspec } }));
}

/** A package of such a model over the raw column x, with a threshold of its own. */
async function writePackage(name: string, answer: string): Promise<void> {
  await writeModel(join(name, 'data', 'model'), ['x'], answer);
  const raw = parquetSource(join(folder, 'raw.parquet'));
  const { graph } = compileTransform({ x: 'x' }, await engine.describe(`SELECT * FROM ${raw}`), {});
  const fitted = canonicalTransform(
    await fitTransform(graph, () => engine.batches(`SELECT * FROM ${raw}`), { signal }),
  );
  await writeFile(join(folder, name, 'data', 'transform.json'), writeTransform(fitted));
  const facts = {
    format: 1,
    name,
    kind: 'binary',
    library: 'typescript',
    inputs: [{ name: 'x', type: 'float64' }],
    features: ['x'],
    classes: [false, true],
    scores: ['score_false', 'score_true'],
    positive: 1,
    threshold: 0.4,
    onnx: null,
  };
  await writeFile(join(folder, name, 'data', 'package.json'), JSON.stringify(facts));
}

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
  let stated: JsonObject = {};
  const context = {
    params: { task, costs: {}, on: 'validation', slices: [], explain: [], baselines: {}, ...changes } as JsonObject,
    inputs: {
      ...input('model', 'model'),
      ...input('part', 'part.parquet'),
      ...input('raw', 'raw.parquet'),
      ...input('train', 'part.parquet'),
      ...input('transform', 'transform.json'),
      ...Object.assign({}, ...Object.entries(inputs).map(([port, file]) => input(port, file))),
    },
    outputs: {
      metrics: output('metrics.json'),
      predictions: output('predictions.parquet'),
      verdict: output('verdict.json'),
    },
    workDir: folder,
    python: null,
    pythons: {},
    callCode: async () => ({ kind: 'failed', message: 'there are no functions here' }),
    seed: 7,
    signal,
    tables: async () => engine,
    progress: () => {},
    log: () => {},
    value: (key: string, value: JsonValue) => {
      values[key] = value;
    },
    keep: () => {},
    metric: (name: string, value: number) => {
      metrics[name] = value;
    },
    attest: ({ predicate }: { predicate: JsonObject }) => {
      stated = predicate;
    },
  } as unknown as StepContext;
  await runEvaluation(context);
  const result = JSON.parse(await readFile(join(folder, 'metrics.json'), 'utf8')) as EvaluationResult;
  const verdict = JSON.parse(await readFile(join(folder, 'verdict.json'), 'utf8')) as MeasuredVerdict;
  return { result, values, metrics, verdict, stated };
}

test('measures the model, baselines, slices and objectives; the result fits its schema', async () => {
  const { result, values, metrics, stated } = await run({
    slices: [
      { name: 'island', column: 'island', edges: null },
      { name: 'distance', column: 'distance', edges: [250, 500] },
    ],
    baselines: { trivial: 'majority', usual: 'prior' },
    registered: { old: { absent: 'skip', identity: null } },
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
  // `better` and `even` stop nothing; whether they are met is told by their values.
  expect(stated).toMatchObject({ result: 'WARNED', failedTests: [], warnedTests: expect.arrayContaining(['older']) });
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
  // Every metric, overall and by slice; where it is defined, with its interval.
  for (const { metrics: own } of result.slices) {
    expect(Object.keys(own)).toEqual(Object.keys(result.metrics));
    for (const [name, { value, interval }] of Object.entries(own))
      expect([name, interval === null]).toEqual([name, value === null]);
  }
  expect(result.importance!.map(({ feature }) => feature)).toEqual(['x', 'noise']);
  expect(result.importance![1]!.drop).toBe(0);
  expect(result.objectives['good']).toMatchObject({ met: true, sure: true });
  expect(result.objectives['better']!.interval!.method).toContain('paired');
  expect(result.objectives['even']!.value).toBeGreaterThan(0);
  expect(result.objectives['older']).toMatchObject({ value: null, met: null });
  expect(values).toMatchObject({ objectives_met: true, accuracy: result.metrics['accuracy']!.value });
  expect(metrics['validation.accuracy']).toBe(result.metrics['accuracy']!.value);
});

const older = { older: { that: 'new.auc - old.auc > 0.2', gate: 'measured' } };
const registered = (absent: string) => ({ old: { absent, identity: digestOf('another model') } });

test('a registered model answers the same raw rows by its own transformation and threshold, and is compared', async () => {
  const changes = { objectives: older, registered: registered('fail') };
  const { result, verdict } = await run(changes, { 'baseline.old': 'old' });
  expect(result.baselines['old']!['auc']!.value).toBe(0.5);
  // 0.5 is above its threshold of 0.4: it says yes to every row
  expect(result.baselines['old']!['recall']!.value).toBe(1);
  expect(result.objectives['older']).toMatchObject({ met: true, sure: true, reason: null });
  expect(verdict).toEqual({ passed: true, missed: [], incomparable: {} });
});

test('a registered model that is absent is skipped or stops the release, as declared', async () => {
  const absent = (declared: string) => ({
    objectives: older,
    registered: { old: { absent: declared, identity: null } },
  });
  const skipped = await run(absent('skip'));
  expect(skipped.result.objectives['older']).toMatchObject({ value: null, reason: 'old has no model to compare with' });
  expect(skipped.verdict).toEqual({ passed: true, missed: [], incomparable: {} });
  expect((await run(absent('fail'))).verdict).toEqual({ passed: false, missed: ['older'], incomparable: {} });
});

test('a model is not compared with itself, but with what it was compared with when it was judged', async () => {
  const itself = digestJson({ model: digestOf('model'), transform: digestOf('transform.json') });
  const changes = { objectives: older, registered: { old: { absent: 'skip', identity: itself } } };
  const alone = await run(changes, { 'baseline.old': 'short' });
  expect(alone.result.objectives['older']).toMatchObject({ value: null, reason: 'old has no model to compare with' });
  const before = await run(changes, { 'baseline.old': 'short', 'before.old': 'old' });
  expect(before.result.objectives['older']).toMatchObject({ met: true });
});

test('a registered model that cannot answer the rows is told, and stops a release that asks for it', async () => {
  const changes = { objectives: older, registered: registered('skip') };
  const { result, verdict } = await run(changes, { 'baseline.old': 'short' });
  expect(result.objectives['older']!.reason).toContain('cannot answer these rows');
  expect(result.baselines).not.toHaveProperty('old');
  expect(verdict).toMatchObject({ passed: false, missed: ['older'], incomparable: { old: expect.any(String) } });
  await engine.writeParquet(
    `SELECT __row, island FROM ${parquetSource(join(folder, 'raw.parquet'))} ORDER BY 1`,
    join(folder, 'narrow.parquet'),
  );
  const narrow = await run(changes, { 'baseline.old': 'old', raw: 'narrow.parquet' });
  expect(narrow.verdict.incomparable['old']).toContain('reads x float64; the rows have x (absent)');
  const files = { raw: join(folder, 'narrow.parquet'), answers: join(folder, 'none.parquet') };
  await expect(answerRawFile(join(folder, 'old'), files, { engine, python: null, signal })).rejects.toMatchObject({
    code: 'MODEL_INPUTS_MISSING',
  });
  const model = {
    port: 'baseline.old',
    label: 'old/1.0.0',
    digest: digestOf('old'),
    folder: join(folder, 'old'),
    python: null,
  };
  const others = { ...task, kind: 'regression' } as unknown as TaskSpec;
  const work = { engine, task: others, context: { signal } as StepContext };
  await expect(answerRegistered(model, files, work)).rejects.toMatchObject({ code: 'EVALUATION_OTHER_TASK' });
});

test('a model that does not answer every row is refused', async () => {
  const [part, predictions] = [join(folder, 'part.parquet'), join(folder, 'few.parquet')];
  await engine.writeParquet(`SELECT __row, 0.5 AS score_0, 0.5 AS score_1 FROM range(10) t(__row)`, predictions);
  const reading = { task: task as unknown as TaskSpec, costs: {}, classes: [false, true] };
  await expect(readObservations(engine, { part, predictions }, reading)).rejects.toMatchObject({
    code: 'EVALUATION_ROWS_DIFFER',
  });
});

test('latency and size of both models are measured where an objective names them', async () => {
  const objectives = {
    slow: { that: 'new.latency.p50 >= 8 ms', gate: 'measured' },
    slower: { that: 'new.latency.mean - old.latency.mean > 0 ms', gate: 'none' },
    quick: { that: 'latency.p99 <= 1 us', gate: 'none' },
    light: { that: 'new.size - old.size > 0 B', gate: 'none' },
  };
  const wait = 'const end = performance.now() + 8; while (performance.now() < end); return';
  await writeModel('slow', ['x', 'noise'], `(() => { ${wait} { score_0: columns.x, score_1: columns.x }; })()`);
  const changes = { objectives, registered: registered('fail') };
  const { result, verdict } = await run(changes, { 'baseline.old': 'old', model: 'slow' });
  expect(evaluationResult.parse(result)).toEqual(result);
  // The new model takes eight milliseconds by its own will.
  expect(result.objectives['slow']).toMatchObject({ met: true });
  expect(result.objectives['slower']!.interval!.method).toContain('of requests');
  expect(result.objectives['quick']).toMatchObject({ met: false, sure: true });
  expect(Object.keys(result.latency!)).toEqual(['new', 'old']);
  expect(result.latency!['new']!.requestCount).toBeGreaterThanOrEqual(30);
  const sizes = await Promise.all(
    ['slow', join('old', 'data', 'model')].map(async (model) => {
      const files = await Promise.all(
        ['MLmodel', 'model.ts', 'model.json'].map((file) => readFile(join(folder, model, file))),
      );
      return files.reduce((sum, file) => sum + file.length, 0);
    }),
  );
  expect(result.objectives['light']!.value).toBe(sizes[0]! - sizes[1]!);
  expect(verdict).toMatchObject({ passed: true, missed: [] });
  expect((await run({})).result.latency).toBeNull();
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

test('a model that is better on its training rows by more than it may be is told, and fails where that is declared', async () => {
  // Of its own rows the label is the score itself.
  const known = `SELECT * REPLACE (x >= 0.6 AS late) FROM ${parquetSource(join(folder, 'part.parquet'))} ORDER BY __row`;
  await engine.writeParquet(known, join(folder, 'known.parquet'));
  const judged = async (mostGap: number, severity: string, train = 'known.parquet') =>
    await run({ overfitting: { metric: 'accuracy', mostGap, severity } }, { train });
  const { result, values, metrics } = await judged(0.001, 'warn');
  const { overfitting } = evaluationResult.parse(result);
  expect(overfitting).toMatchObject({ metric: 'accuracy', verdict: 'overfitted', train: { value: 1 } });
  expect(overfitting!.gap.value).toBeCloseTo(1 - result.metrics['accuracy']!.value!, 12);
  expect(values['overfitting']).toBe('overfitted');
  expect(metrics['train.gap.accuracy']).toBe(overfitting!.gap.value);
  await expect(judged(0.001, 'fail')).rejects.toMatchObject({ code: 'EVALUATION_OVERFITTED' });
  expect((await judged(0.001, 'fail', 'part.parquet')).result.overfitting!.gap.value).toBe(0);
  expect((await judged(0.99, 'fail')).result.overfitting!.verdict).toBe('fine');
  await expect(run({ overfitting: { metric: 'rmse', mostGap: 1, severity: 'warn' } })).rejects.toMatchObject({
    code: 'EVALUATION_UNKNOWN_METRIC',
  });
});
