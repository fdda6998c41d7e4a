/** Makes packages as a release makes them, for the tests of packaging and serving. */
import { spawnSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JsonObject, JsonValue } from '../../src/encoding/index.ts';
import type { StepContext } from '../../src/pipeline/index.ts';
import { packaging } from '../../src/steps/packaging/index.ts';
import type { PackagingReport } from '../../src/steps/packaging/result.ts';
import { type Batch, createDuckDb, parquetSource } from '../../src/tables/index.ts';
import {
  canonicalTransform,
  compileTransform,
  fitTransform,
  preparedQuery,
  prepareTransform,
  writeTransform,
} from '../../src/transform/index.ts';
import { testPython } from '../../tools/python-env.ts';

const repository = join(import.meta.dirname, '..', '..');
const signal = new AbortController().signal;

/** What to package. `train` is Python that leaves a model object in `model`, from the frame `X` and the column `y`. */
export interface PackageRequest {
  readonly train: string;
  readonly task: JsonObject;
  readonly label: string;
  readonly features?: Readonly<Record<string, string>>;
  readonly formats?: readonly string[];
  readonly tolerance?: number;
  readonly save?: string;
  /** What a gate said of the model. */
  readonly verdict?: string;
}

/** What came of it. */
export interface MadePackage {
  readonly folder: string;
  readonly report: PackagingReport;
  readonly raw: string;
  readonly part: string;
  readonly model: string;
  readonly values: Readonly<Record<string, JsonValue>>;
}

/** 400 raw rows of every type, some values missing, with labels that depend on them. */
const rawRows = `SELECT i AS __row, i % 7 AS whole, CASE WHEN i % 11 = 0 THEN NULL ELSE i % 5 END AS gaps,
  CASE WHEN i % 13 = 0 THEN NULL ELSE sin(i) * 10 END AS wave, CASE WHEN i % 17 = 0 THEN NULL ELSE 'c' || (i % 4) END AS kind,
  TIMESTAMP '2024-01-01 00:00:00' + INTERVAL (i * 37) MINUTE AS moment, DATE '2024-01-01' + CAST(i AS INTEGER) AS day, i % 3 = 0 AS flag,
  (coalesce(sin(i) * 10, 0) + (i % 4) > 1) AS late, coalesce(sin(i) * 3, 0) + (i % 7) AS amount, 'k' || (i % 3) AS species
  FROM range(400) t(i)`;

const features = {
  whole: 'standardize(whole)',
  gaps: 'impute(gaps, mean)',
  wave: 'standardize(impute(wave, median))',
  kind: 'one_hot(kind)',
  hour: 'hour(moment)',
  weekday: 'weekday(day)',
  flag: 'if(flag, 1, 0)',
};

/** The interpreter of the tests. */
export const python: string = testPython();

/** Runs Python with the package of the product; answers its standard output. */
export function runPython(code: string, ...args: readonly string[]): string {
  const result = spawnSync(python, ['-W', 'ignore', '-c', code, ...args], {
    encoding: 'utf8',
    env: { ...process.env, PYTHONPATH: join(repository, 'python') },
  });
  if (result.status !== 0) throw new Error(result.stderr);
  return result.stdout;
}

/** Makes raw rows, features, a model and its package below a folder. */
export async function makePackage(root: string, request: PackageRequest): Promise<MadePackage> {
  const at = (name: string): string => join(root, name);
  const [raw, part, model, transform] = [at('raw.parquet'), at('part.parquet'), at('model'), at('transform.json')];
  const work = at('work');
  await mkdir(work, { recursive: true });
  await writeParts({ raw, part, transform, label: request.label, features: request.features ?? features });
  runPython(
    `import sys, pandas as pd, numpy as np
from mlspec import Model
frame = pd.read_parquet(sys.argv[1])
X, y = frame.drop(columns=["__row", ${JSON.stringify(request.label)}]), frame[${JSON.stringify(request.label)}]
${request.train}
Model(sys.argv[2]).save(model, ${request.save ?? 'input_example=X.head()'})`,
    part,
    model,
  );
  const values: Record<string, JsonValue> = {};
  const [folder, report] = [at('package'), at('report.json')];
  const params = {
    name: 'example',
    task: { positive: null, threshold: null, classes: null, key: [], label: request.label, ...request.task },
    formats: request.formats ?? ['mlmodel'],
    tolerance: request.tolerance ?? 1e-5,
    requirements: [],
    resources: {},
    on: 'validation',
  };
  const engine = await createDuckDb();
  try {
    const input = (path: string) => [{ path, from: { step: 'testing/promotion', port: 'verdict' } }];
    const output = (path: string) => ({ path, type: 'Report', setProperties: () => undefined, skip: () => undefined });
    const verdict = at('verdict.json');
    await writeFile(verdict, JSON.stringify({ verdict: request.verdict ?? 'pass' }));
    const context = {
      params,
      inputs: {
        model: input(model),
        transform: input(transform),
        raw: input(raw),
        part: input(part),
        verdicts: input(verdict),
      },
      outputs: { package: output(folder), report: output(report) },
      workDir: work,
      signal,
      python,
      tables: async () => engine,
      progress: () => undefined,
      log: () => undefined,
      value: (name: string, value: JsonValue) => {
        values[name] = value;
      },
    } as unknown as StepContext;
    await packaging.run(context);
  } finally {
    await engine.close();
  }
  return { folder, report: JSON.parse(await readFile(report, 'utf8')), raw, part, model, values };
}

async function writeParts(paths: {
  readonly raw: string;
  readonly part: string;
  readonly transform: string;
  readonly label: string;
  readonly features: Readonly<Record<string, string>>;
}): Promise<void> {
  const engine = await createDuckDb();
  try {
    await engine.writeParquet(rawRows, paths.raw);
    const source = parquetSource(paths.raw);
    const { graph, findings } = compileTransform(paths.features, await engine.describe(`SELECT * FROM ${source}`), {});
    const wrong = findings.filter((finding) => finding.severity === 'error');
    if (wrong.length > 0) throw new Error(JSON.stringify(wrong));
    const sql = preparedQuery(graph.prepared, source);
    const fitted = canonicalTransform(await fitTransform(graph, () => engine.batches(sql), { signal }));
    await writeFile(paths.transform, writeTransform(fitted));
    const prepared = prepareTransform(fitted);
    const whole = await collect(engine.batches(sql, { batchRows: 1_000 }));
    const answer = prepared.apply(whole);
    const along = ['__row', paths.label].map((name) => whole.schema.fields.findIndex((field) => field.name === name));
    const schema = { fields: [...prepared.fields, ...along.map((index) => whole.schema.fields[index]!)] };
    const columns = [...answer.columns, ...along.map((index) => whole.columns[index]!)];
    await engine.appendBatches(paths.part, schema, [{ schema, rowCount: whole.rowCount, columns }]);
  } finally {
    await engine.close();
  }
}

async function collect(batches: AsyncIterable<Batch>): Promise<Batch> {
  for await (const batch of batches) return batch;
  throw new Error('no rows');
}
