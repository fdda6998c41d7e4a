import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { canonicalJson, type JsonValue } from '../../encoding/index.ts';
import {
  type ModelDescription,
  type ModelSignature,
  type PackageFacts,
  type SignatureColumn,
  signatureColumns,
  signatureDocument,
} from '../../models/index.ts';
import { type Field, parquetSource, type QueryEngine, quoteIdentifier } from '../../tables/index.ts';
import type { FittedTransform } from '../../transform/index.ts';
import type { PackagingParams } from './plan.ts';
import { programRoot } from './python.ts';

const exampleRows = 5;
const sources = ['package_loader.py', 'predict.py', 'loader.py', 'mlmodel.py', 'errors.py'];

/** The facts of a package, as evaluation reads a model's answers. */
export function packageFacts(
  params: PackagingParams,
  model: ModelDescription,
  transform: FittedTransform,
): Omit<PackageFacts, 'onnx'> {
  const { task } = params;
  const isClassifier = task.kind === 'binary' || task.kind === 'multiclass';
  const classes = isClassifier
    ? (model.classes ?? task.classes ?? (task.kind === 'binary' ? [false, true] : null))
    : null;
  const isBinary = task.kind === 'binary' && classes?.length === 2;
  const declared =
    task.positive === null ? -1 : (classes ?? []).findIndex((one) => String(one) === String(task.positive));
  return {
    format: 1,
    name: params.name,
    kind: task.kind,
    library: model.library,
    inputs: rawInputs(transform),
    features: transform.features.flatMap((feature) => feature.columns.map((column) => column.name)),
    classes: classes === null ? null : [...classes],
    scores: (classes ?? []).map((value) => `score_${value}`),
    positive: isBinary ? (declared === 0 ? 0 : 1) : null,
    threshold: isBinary ? (task.threshold ?? 0.5) : null,
  };
}

/** The columns that raw rows must have: those that the transformation reads, and those that its SQL texts read. */
function rawInputs(transform: FittedTransform): Field[] {
  const fields = new Map<string, Field>();
  for (const { name, type } of transform.inputs) fields.set(name, { name, type });
  for (const prepared of transform.prepared)
    for (const { name, type } of prepared.columns) if (!fields.has(name)) fields.set(name, { name, type });
  return [...fields.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Where the package is made, and of what. */
export interface PackageSource {
  readonly folder: string;
  readonly model: string;
  readonly transform: string;
  readonly facts: PackageFacts;
  readonly requirements: readonly string[];
  /** The version of the interpreter that loads the model; null where no Python loads it. */
  readonly pythonVersion: string | null;
}

/** Copies model, transformation and the code that joins them. */
export async function layOut(source: PackageSource): Promise<void> {
  const data = join(source.folder, 'data');
  await mkdir(data, { recursive: true });
  await cp(source.model, join(data, 'model'), { recursive: true });
  await writeFile(join(data, 'transform.json'), await readFile(source.transform));
  await writeJson(join(data, 'package.json'), source.facts as unknown as JsonValue);
  await copyCode(join(source.folder, 'code', 'mlspec_package'));
}

async function copyCode(target: string): Promise<void> {
  const package_ = join(programRoot, 'python', 'mlspec');
  await mkdir(join(target, 'transform'), { recursive: true });
  const twin = (await readdir(join(package_, 'transform'))).filter((name) => name.endsWith('.py'));
  for (const name of [...sources, ...twin.sort().map((one) => `transform/${one}`)])
    await writeFile(join(target, name), await readFile(join(package_, name)));
  await writeFile(join(target, '__init__.py'), '"""A model with its transformation; see package_loader."""\n');
}

/** The signature over raw rows: whole numbers with missing values are doubles, as pandas has them. */
export async function describeSignature(
  engine: QueryEngine,
  raw: string,
  facts: PackageFacts,
): Promise<{ readonly signature: ModelSignature; readonly inputs: readonly Field[] }> {
  const { fields } = await engine.describe(`SELECT * FROM ${parquetSource(raw)}`);
  const inputs = facts.inputs.map(({ name, type }) => fields.find((field) => field.name === name) ?? { name, type });
  const present = inputs.filter((input) => fields.some((field) => field.name === input.name));
  const counts = present.map(({ name }, index) => `count(*) FILTER (${quoteIdentifier(name)} IS NULL) AS c${index}`);
  const [row] = await engine.rows(`SELECT ${[...counts, '1 AS one'].join(', ')} FROM ${parquetSource(raw)}`);
  const hasNulls = new Set(present.filter((_, index) => Number(row![`c${index}`]) > 0).map(({ name }) => name));
  const columns = signatureColumns(inputs).map(
    (column): SignatureColumn => ({
      ...column,
      type: column.type === 'long' && hasNulls.has(column.name) ? 'double' : column.type,
      required: true,
    }),
  );
  return { signature: { inputs: columns, outputs: outputColumns(facts) }, inputs };
}

function outputColumns(facts: PackageFacts): SignatureColumn[] {
  const kinds = new Set((facts.classes ?? [0.5]).map((value) => typeof value));
  const whole = facts.classes?.every((value) => Number.isInteger(value)) ?? false;
  const type = kinds.has('string') ? 'string' : kinds.has('boolean') ? 'boolean' : whole ? 'long' : 'double';
  return [{ name: 'prediction', type }, ...facts.scores.map((name): SignatureColumn => ({ name, type: 'double' }))];
}

/** Writes the example, the files of the environment and `MLmodel`. JSON is YAML, so MLflow reads it. */
export async function describePackage(engine: QueryEngine, source: PackageSource, raw: string): Promise<void> {
  const { signature, inputs } = await describeSignature(engine, raw, source.facts);
  await writeExample(engine, source, { raw, inputs });
  const { pythonVersion, facts } = source;
  const python = {
    loader_module: 'mlspec_package.package_loader',
    code: 'code',
    data: 'data',
    env: { conda: 'conda.yaml', virtualenv: 'python_env.yaml' },
    python_version: pythonVersion,
  };
  await writeEnvironment(source);
  await writeJson(join(source.folder, 'MLmodel'), {
    flavors: {
      mlspec_package: { format: 1, data: 'data/package.json' },
      ...(pythonVersion === null ? {} : { python_function: python }),
    },
    signature: signatureDocument(signature),
    saved_input_example_info: {
      artifact_path: 'input_example.json',
      pandas_orient: 'split',
      serving_input_path: 'serving_input_example.json',
      type: 'dataframe',
    },
    metadata: {
      mlspec: {
        name: facts.name,
        kind: facts.kind,
        classes: facts.classes === null ? null : [...facts.classes],
        onnx: facts.onnx,
      },
    },
  });
}

async function writeExample(
  engine: QueryEngine,
  source: PackageSource,
  from: { readonly raw: string; readonly inputs: readonly Field[] },
): Promise<void> {
  const names = from.inputs.map(({ name }) => name);
  const columns = names.length === 0 ? '1' : names.map(quoteIdentifier).join(', ');
  const rows = await engine.rows(
    `SELECT ${columns} FROM ${parquetSource(from.raw)} ORDER BY __row LIMIT ${exampleRows}`,
  );
  const split = {
    columns: names,
    data: rows.map((row) => from.inputs.map(({ name, type }) => plain(row[name], type))),
  };
  await writeJson(join(source.folder, 'input_example.json'), split);
  await writeJson(join(source.folder, 'serving_input_example.json'), { dataframe_split: split });
}

/** As MLflow reads it back: times without a zone, which are UTC. */
function plain(value: unknown, type: Field['type']): JsonValue {
  if (type === 'date' && typeof value === 'string') return value.slice(0, 10);
  if (type === 'timestamp' && typeof value === 'string') return value.replace(/(Z|[+]00(:00)?)$/, '');
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'number' && !Number.isFinite(value)) return null;
  return (value ?? null) as JsonValue;
}

async function writeEnvironment({ folder, requirements, pythonVersion }: PackageSource): Promise<void> {
  const lines = [...requirements];
  await writeFile(join(folder, 'requirements.txt'), lines.map((line) => `${line}\n`).join(''));
  if (pythonVersion === null) return;
  await writeJson(join(folder, 'python_env.yaml'), {
    python: pythonVersion,
    build_dependencies: ['pip'],
    dependencies: ['-r requirements.txt'],
  });
  await writeJson(join(folder, 'conda.yaml'), {
    name: 'mlflow-env',
    channels: ['conda-forge'],
    dependencies: [`python=${pythonVersion}`, 'pip', { pip: lines }],
  });
}

async function writeJson(path: string, value: JsonValue): Promise<void> {
  await writeFile(path, `${canonicalJson(value)}\n`);
}
