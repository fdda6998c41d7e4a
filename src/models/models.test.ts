import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toOnnx } from '../../examples/penguins/onnx-writer.ts';
import { testPython } from '../../tools/python-env.ts';
import { createDuckDb, parquetSource } from '../tables/index.ts';
import { type LoadedModel, openModel } from './index.ts';
import { loadInWorker } from './worker/worker-model.ts';

const python = testPython();
const pythonPath = join(import.meta.dirname, '..', '..', 'python');
const signal = new AbortController().signal;
const open: LoadedModel[] = [];
let folder: string;

async function load(path: string, given: string | null = python): Promise<LoadedModel> {
  const model = await openModel(path, { python: given, signal });
  open.push(model);
  return model;
}

const training = `
import sys, numpy as np, pandas as pd
from sklearn.linear_model import LogisticRegression, LinearRegression
from lightgbm import LGBMClassifier
from mlspec import Model
root = sys.argv[1]
rng = np.random.default_rng(0)
X = pd.DataFrame({"a": rng.normal(size=200), "b": rng.normal(size=200)})
y = X.a + X.b > 0
def write(name, model): Model(f"{root}/{name}").save(model)
write("logistic", LogisticRegression().fit(X, y))
write("linear", LinearRegression().fit(X, X.a * 2 + 1))
write("trees", LGBMClassifier(n_estimators=5, verbose=-1).fit(X, np.where(y, "yes", "no")))
pd.DataFrame({"__row": range(200), "a": X.a, "b": X.b, "label": y}).to_parquet(f"{root}/part.parquet")
`;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mlspec-models-'));
  const made = spawnSync(python, ['-c', training, folder], {
    encoding: 'utf8',
    env: { ...process.env, PYTHONPATH: pythonPath },
  });
  expect(made.stderr, made.stderr).not.toContain('Traceback');
}, 600_000);

afterAll(async () => {
  await Promise.all(open.map((model) => model.close()));
  await rm(folder, { recursive: true, force: true });
});

async function readScores(path: string): Promise<Record<string, unknown>[]> {
  const engine = await createDuckDb();
  try {
    return await engine.rows(`SELECT * FROM ${parquetSource(path)} ORDER BY __row`);
  } finally {
    await engine.close();
  }
}

describe('models in Python', () => {
  it('answers scores of a classifier in the order of its classes, for rows as for a file', async () => {
    const model = await load(join(folder, 'logistic'));
    expect(model.description).toEqual({ library: 'sklearn', features: ['a', 'b'], classes: [false, true] });
    const rows = await model.predictRows({ b: [3, -3], a: [3, -3] }, { signal });
    expect(rows['score_1']![0]).toBeGreaterThan(0.99);
    expect(rows['score_1']![1]).toBeLessThan(0.01);
    const output = join(folder, 'answers.parquet');
    expect(await model.predictFile(join(folder, 'part.parquet'), output, { keep: ['__row'], signal })).toEqual({
      rows: 200,
    });
    const answers = await readScores(output);
    const part = await readScores(join(folder, 'part.parquet'));
    const again = await model.predictRows(
      { a: part.map((row) => Number(row['a'])), b: part.map((row) => Number(row['b'])) },
      { signal },
    );
    expect(answers.map((row) => row['score_1'])).toEqual(again['score_1']);
  });

  it('answers numbers of a regression', async () => {
    const model = await load(join(folder, 'linear'));
    expect(model.description.classes).toBeNull();
    const answer = await model.predictRows({ a: [1], b: [0] }, { signal });
    expect(answer['prediction']![0]).toBeCloseTo(3, 9);
  });

  it('takes missing values where the library does, also where a whole column is missing', async () => {
    const model = await load(join(folder, 'trees'));
    expect(model.description.classes).toEqual(['no', 'yes']);
    const answer = await model.predictRows({ a: [null], b: [null] }, { signal });
    expect(Number(answer['score_0']![0]) + Number(answer['score_1']![0])).toBeCloseTo(1, 12);
  });

  it('refuses wrong rows and goes on', async () => {
    const model = await load(join(folder, 'logistic'));
    await expect(model.predictRows({ a: [1] }, { signal })).rejects.toMatchObject({
      code: 'MODEL_REFUSED',
      message: expect.stringContaining('missing: b'),
    });
    await expect(model.predictRows({ a: ['x'], b: [1] }, { signal })).rejects.toMatchObject({ code: 'MODEL_REFUSED' });
    await expect(model.predictRows({ a: [null], b: [1] }, { signal })).rejects.toMatchObject({ code: 'MODEL_REFUSED' });
    expect((await model.predictRows({ a: [1], b: [1] }, { signal }))['score_0']).toHaveLength(1);
  });

  it('says what is missing where a directory is no model, there is no Python, or loading fails', async () => {
    await expect(load(join(folder, 'nothing'))).rejects.toMatchObject({ code: 'MODEL_NOT_A_MODEL' });
    await expect(load(join(folder, 'logistic'), null)).rejects.toMatchObject({ code: 'MODEL_NEEDS_PYTHON' });
    await expect(load(join(folder, 'logistic'), '/no/such/python')).rejects.toMatchObject({
      code: 'MODEL_CANNOT_LOAD',
    });
    await mkdir(join(folder, 'broken'));
    await writeFile(join(folder, 'broken', 'MLmodel'), '{"flavors": {"sklearn": {"pickled_model": "model.pkl"}}}');
    await expect(load(join(folder, 'broken'))).rejects.toMatchObject({ code: 'MODEL_CANNOT_LOAD' });
  });
});

async function writeModule(name: string, code: string, classes: string[] | null = null): Promise<string> {
  const path = join(folder, name);
  await mkdir(path);
  await writeFile(join(path, 'model.ts'), code);
  await writeFile(join(path, 'model.json'), '{"factor": 2}');
  const mlspec = { format: 1, library: 'typescript', data: 'model.json', file: 'model.ts', features: ['a'], classes };
  await writeFile(join(path, 'MLmodel'), JSON.stringify({ flavors: { mlspec } }));
  return path;
}

describe('models in Node', () => {
  it('answers with a module in TypeScript, whatever it prints', async () => {
    const path = await writeModule(
      'module',
      `export function predict(parameters: { factor: number }, columns: Record<string, number[]>): object {
        console.log('hello'); process.stdout.write('there\\n');
        return { prediction: columns['a']!.map((value) => value * parameters.factor) };
      }`,
    );
    const model = await load(path, null);
    expect(await model.predictRows({ a: [1, 2] }, { signal })).toEqual({ prediction: [2, 4] });
    const output = join(folder, 'module.parquet');
    await model.predictFile(join(folder, 'part.parquet'), output, { keep: ['__row'], signal });
    expect(await readScores(output)).toHaveLength(200);
  });

  it('names NaN, wrong lengths and a wrong number of scores', async () => {
    for (const [name, body, message] of [
      ['nan', '{ prediction: [NaN] }', /NaN/],
      ['short', '{ prediction: [] }', /expected 1 values/],
      ['scores', '{ score_0: [1] }', /2 classes/],
      ['nothing-at-all', '{}', /neither/],
    ] as const) {
      const path = await writeModule(name, `export const predict = () => (${body});`, ['x', 'y']);
      const model = await load(path, null);
      await expect(model.predictRows({ a: [1] }, { signal })).rejects.toMatchObject({
        message: expect.stringMatching(message),
      });
      await model.close();
    }
  });

  it('ends a model that hangs, and notices one that crashes', async () => {
    const hanging = await load(await writeModule('hanging', 'export const predict = () => { for (;;) {} };'), null);
    const hung = hanging.predictRows({ a: [1] }, { signal, timeoutMs: 300 });
    await expect(hung).rejects.toMatchObject({ code: 'MODEL_TIMEOUT' });
    expect(hanging.alive).toBe(false);
    await expect(hanging.predictRows({ a: [1] }, { signal })).rejects.toMatchObject({ code: 'MODEL_TIMEOUT' });
    const crashing = await load(await writeModule('crashing', 'export const predict = () => process.abort();'), null);
    await expect(crashing.predictRows({ a: [1] }, { signal })).rejects.toMatchObject({
      code: 'MODEL_ENDED',
      message: expect.stringContaining('SIGABRT'),
    });
    const canceled = await load(await writeModule('canceled', 'export const predict = () => { for (;;) {} };'), null);
    const answer = canceled.predictRows({ a: [1] }, { signal: AbortSignal.timeout(200) });
    await expect(answer).rejects.toMatchObject({ code: 'CANCELED' });
  });

  it('answers with ONNX Runtime', async () => {
    const path = join(folder, 'onnx');
    await mkdir(path);
    const model = {
      classes: ['x', 'y'],
      features: ['a', 'b'],
      weights: [Float64Array.of(1, 0), Float64Array.of(0, 1)],
      offsets: Float64Array.of(0, 0),
    };
    await writeFile(join(path, 'model.onnx'), toOnnx(model));
    const mlspec = { format: 1, library: 'onnx', data: 'model.onnx', features: ['a', 'b'], classes: ['x', 'y'] };
    await writeFile(join(path, 'MLmodel'), JSON.stringify({ flavors: { mlspec } }));
    const loaded = await load(path, null);
    const answer = await loaded.predictRows({ b: [0], a: [1] }, { signal });
    expect(answer['score_0']![0]).toBeCloseTo(Math.E / (Math.E + 1), 6);
    expect(await loaded.predictRows({ a: [], b: [] }, { signal })).toEqual({ score_0: [], score_1: [] });
    await expect(loaded.predictRows({ a: ['text'], b: [1] }, { signal })).rejects.toMatchObject({
      code: 'MODEL_REFUSED',
    });
  });

  it('refuses paths out of the directory', async () => {
    const path = join(folder, 'escape');
    await mkdir(path);
    const mlspec = { format: 1, library: 'onnx', data: '../onnx/model.onnx', features: null, classes: null };
    await writeFile(join(path, 'MLmodel'), JSON.stringify({ flavors: { mlspec } }));
    await expect(load(path, null)).rejects.toMatchObject({ code: 'MODEL_NOT_A_MODEL' });
  });
});

describe('a worker', () => {
  const run = (code: string) =>
    loadInWorker({ command: process.execPath, args: ['-e', code] }, { signal, timeoutMs: 2_000 });

  it('that writes garbage, says nothing, ends or is slow is an error and leaves no process', async () => {
    const marker = join(folder, 'survivor');
    const late = `setTimeout(() => require('fs').writeFileSync(${JSON.stringify(marker)}, ''), 2500);`;
    await expect(run(`${late} console.log('not json')`)).rejects.toMatchObject({ code: 'MODEL_BAD_ANSWER' });
    await expect(run(`console.log('{"ready": true}'); ${late}`)).rejects.toMatchObject({ code: 'MODEL_BAD_ANSWER' });
    await expect(run('process.stderr.write("out of luck"); process.exit(3)')).rejects.toMatchObject({
      code: 'MODEL_CANNOT_LOAD',
      message: expect.stringContaining('out of luck'),
    });
    await expect(run('setInterval(() => {}, 1000)')).rejects.toMatchObject({ code: 'MODEL_TIMEOUT' });
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(existsSync(marker)).toBe(false);
  });
});
