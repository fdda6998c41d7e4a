import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makePackage, python, runPython } from '../../../test/packages/make-package.ts';
import { createLocalArtifacts } from '../../artifacts/index.ts';
import { packagingReport } from './result.ts';

let root: string;
const signal = new AbortController().signal;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'mlspec-packaging-'));
});

afterAll(async () => {
  await rm(root, { recursive: true, force: true });
});

/** Loads a package with MLflow from a folder of its own and compares with the model asked directly. */
const throughMlflow = `
import json, sys, mlflow, numpy as np, pandas as pd
package, raw, part, model = sys.argv[1:]
loaded = mlflow.pyfunc.load_model(package)
frame = pd.read_parquet(raw)
inputs = frame[[column.name for column in loaded.metadata.signature.inputs.inputs]]
answer = loaded.predict(inputs)
from mlspec.predict import Worker
worker = Worker(model)
features = pd.read_parquet(part)
expected = worker.predict(features)
names = [name for name in answer.columns if name.startswith("score_")] or ["prediction"]
largest = max(np.abs(answer[name].to_numpy() - values).max() for name, values in zip(names, expected.values()))
one = loaded.predict(inputs.iloc[[3]])
print(json.dumps({"columns": list(answer.columns), "largest": float(largest), "rows": len(answer),
  "prediction": answer.prediction.tolist()[:20], "scores": answer[names[-1]].tolist()[:20], "one": one.prediction.tolist(),
  "example": len(loaded.predict(loaded.input_example)), "given": json.load(open(package + "/input_example.json"))["data"][1]}))
`;

/** What a package answers in a process that finds no program, Node among them, and nothing of this repository. */
function answersAlone(
  folder: string,
  raw: string,
): { prediction: unknown[]; scores: number[]; programs: string | null } {
  const code = `
import json, shutil, sys, mlflow, pandas as pd
package, raw = sys.argv[1:]
loaded = mlflow.pyfunc.load_model(package)
answer = loaded.predict(pd.read_parquet(raw)[[column.name for column in loaded.metadata.signature.inputs.inputs]])
print(json.dumps({"prediction": answer.prediction.tolist()[:20], "scores": answer.iloc[:20, -1].tolist(), "programs": shutil.which("node")}))
`;
  const result = spawnSync(python, ['-I', '-W', 'ignore', '-c', code, folder, raw], {
    encoding: 'utf8',
    cwd: folder,
    env: { PATH: '/nowhere', HOME: root },
  });
  expect(result.stderr).not.toContain('Traceback');
  return JSON.parse(result.stdout);
}

describe('packaging', () => {
  it('makes what MLflow loads and asks with raw rows, for a binary LightGBM model, and its ONNX form', async () => {
    const made = await makePackage(join(root, 'binary'), {
      label: 'late',
      task: { kind: 'binary', threshold: 0.3 },
      train: 'from lightgbm import LGBMClassifier\nmodel = LGBMClassifier(n_estimators=20, verbose=-1).fit(X, y)',
      formats: ['mlmodel', 'onnx'],
    });
    expect(made.report.mlmodel).toMatchObject({ checked: true, difference: { rowCount: 400, maximum: 0 } });
    // How far the forms lie from the original on the validation part, and what was allowed, is in the record.
    expect(packagingReport.parse(made.report)).toMatchObject({
      on: 'validation',
      onnx: {
        converter: 'onnxmltools',
        check: { checked: true, tolerance: 1e-5, difference: { rowCount: 400, maximum: expect.any(Number) } },
      },
    });
    const found = JSON.parse(runPython(throughMlflow, made.folder, made.raw, made.part, made.model));
    expect(found).toMatchObject({
      columns: ['prediction', 'score_false', 'score_true'],
      largest: 0,
      rows: 400,
      example: 5,
    });
    expect(found.prediction).toEqual(found.scores.map((score: number) => score >= 0.3));
    expect(found.one).toEqual([found.prediction[3]]);
    const { prediction, scores } = found;
    expect(answersAlone(made.folder, made.raw)).toEqual({ prediction, scores, programs: null });
    const requirements = await readFile(join(made.folder, 'requirements.txt'), 'utf8');
    expect(requirements).toMatch(/^lightgbm==/m);
    expect(requirements).toMatch(/^pandas==/m);
  }, 600_000);

  it('packages a scikit-learn regression and a multi-class PyTorch network', async () => {
    const regression = await makePackage(join(root, 'regression'), {
      label: 'amount',
      task: { kind: 'regression' },
      train: 'from sklearn.linear_model import LinearRegression\nmodel = LinearRegression().fit(X, y)',
      formats: ['mlmodel', 'onnx'],
      tolerance: 1e-4,
    });
    const numbers = JSON.parse(
      runPython(throughMlflow, regression.folder, regression.raw, regression.part, regression.model),
    );
    expect(numbers).toMatchObject({ columns: ['prediction'] });
    expect(regression.report.onnx).toMatchObject({ converter: 'skl2onnx', check: { checked: true, tolerance: 1e-4 } });
    expect(numbers.largest).toBeLessThan(1e-12);
    const network = await makePackage(join(root, 'network'), {
      label: 'species',
      task: { kind: 'multiclass' },
      train: `import torch
torch.manual_seed(0)
model = torch.nn.Sequential(torch.nn.Linear(X.shape[1], 4), torch.nn.ReLU(), torch.nn.Linear(4, 3))`,
      save: 'input_example=X.head(), classes=["k0", "k1", "k2"]',
      formats: ['mlmodel', 'onnx'],
    });
    expect(network.report.onnx).toMatchObject({ converter: 'torch.onnx', check: { checked: true } });
    const found = JSON.parse(runPython(throughMlflow, network.folder, network.raw, network.part, network.model));
    expect(found.columns).toEqual(['prediction', 'score_k0', 'score_k1', 'score_k2']);
  }, 600_000);

  it('packages an XGBoost model', async () => {
    const made = await makePackage(join(root, 'xgboost'), {
      label: 'late',
      task: { kind: 'binary', threshold: 0.5 },
      train: 'from xgboost import XGBClassifier\nmodel = XGBClassifier(n_estimators=10).fit(X, y.astype(int))',
      save: 'input_example=X.head(), classes=[False, True]',
      formats: ['mlmodel', 'onnx'],
    });
    expect(made.report.onnx).toMatchObject({ converter: 'onnxmltools', check: { checked: true } });
    const found = JSON.parse(runPython(throughMlflow, made.folder, made.raw, made.part, made.model));
    expect(found).toMatchObject({ columns: ['prediction', 'score_false', 'score_true'] });
    expect(found.largest).toBeLessThan(1e-6);
  }, 600_000);

  it('gives the same bytes again', async () => {
    const request = {
      label: 'amount',
      task: { kind: 'regression' },
      train: 'from sklearn.linear_model import LinearRegression\nmodel = LinearRegression().fit(X, y)',
      formats: ['mlmodel', 'onnx'],
      tolerance: 1e-4,
    };
    const digests = [];
    for (const name of ['once', 'again']) {
      const { folder } = await makePackage(join(root, name), request);
      const store = createLocalArtifacts({ root: join(root, name, 'store') });
      digests.push((await store.put(folder, { signal })).digest);
    }
    expect(digests[0]).toBe(digests[1]);
  }, 600_000);

  it('refuses a form that is not equal, and says what cannot be converted', async () => {
    const request = {
      label: 'late',
      task: { kind: 'binary', threshold: 0.5 },
      train: 'from sklearn.linear_model import LogisticRegression\nmodel = LogisticRegression().fit(X, y)',
      formats: ['mlmodel', 'onnx'],
    };
    await expect(makePackage(join(root, 'strict'), { ...request, tolerance: 0 })).rejects.toMatchObject({
      code: 'PACKAGING_NOT_EQUAL',
      message: expect.stringContaining('the ONNX form'),
    });
    const train = 'from sklearn.dummy import DummyClassifier\nmodel = DummyClassifier().fit(X, y)';
    await expect(makePackage(join(root, 'dummy'), { ...request, train })).rejects.toMatchObject({
      code: 'PACKAGING_CONVERSION',
      message: expect.stringContaining('DummyClassifier'),
    });
    await expect(makePackage(join(root, 'failed'), { ...request, verdict: 'fail' })).rejects.toMatchObject({
      code: 'PACKAGING_GATE_FAILED',
    });
  }, 600_000);
});
