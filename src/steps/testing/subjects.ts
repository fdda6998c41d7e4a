import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { compileCondition } from '../../data-quality/index.ts';
import { assert } from '../../errors/index.ts';
import { type ClassObservations, observe } from '../../metrics/index.ts';
import type { Selections, Subjects } from '../../model-ci/index.ts';
import { openModel } from '../../models/index.ts';
import type { StepContext } from '../../pipeline/index.ts';
import { unseal } from '../../provenance/index.ts';
import { type Batch, columnOf, parquetSource, type QueryEngine, quoteIdentifier } from '../../tables/index.ts';
import { preparedQuery, prepareTransform, readTransform } from '../../transform/index.ts';
import type { TestingParams } from './plan.ts';

/**
 * Opens the sealed part into a file of this attempt alone, and answers what the model and the trivial baselines say of
 * its rows. Files made on the way are removed before it returns or throws; the caller removes `plain`.
 */
export async function readSubjects(
  plain: string,
  params: TestingParams,
  context: StepContext,
): Promise<{ readonly subjects: Subjects; readonly selections: Selections }> {
  const transformed = join(context.workDir, 'sealed-features.parquet');
  const predictions = join(context.workDir, 'sealed-predictions.parquet');
  const engine = await context.tables();
  try {
    const binding = { project: params.name, part: params.part };
    await unseal({ source: context.inputs['part']![0]!.path, destination: plain }, context.sealingKey!, {
      binding,
      signal: context.signal,
    });
    await transformPart(engine, { plain, transformed }, context);
    const answers = await predict({ transformed, predictions }, context);
    const { model, selections } = await readAnswers(engine, { plain, predictions, classes: answers.classes }, params);
    return { subjects: { new: model, ...(await trivialSubjects(engine, params, { model, context })) }, selections };
  } finally {
    await Promise.all([rm(transformed, { force: true }), rm(predictions, { force: true })]);
  }
}

async function transformPart(
  engine: QueryEngine,
  files: { readonly plain: string; readonly transformed: string },
  context: StepContext,
): Promise<void> {
  const { readFile } = await import('node:fs/promises');
  const transform = prepareTransform(readTransform(await readFile(context.inputs['transform']![0]!.path, 'utf8')));
  const rowField = { name: '__row', type: 'int64' } as const;
  const source = engine.batches(preparedQuery(transform.fitted.prepared, parquetSource(files.plain)), {
    signal: context.signal,
  });
  async function* batches(): AsyncGenerator<Batch> {
    for await (const batch of source) {
      const features = transform.apply(batch);
      yield {
        schema: { fields: [...transform.fields, rowField] },
        rowCount: batch.rowCount,
        columns: [...features.columns, columnOf(batch, '__row')!],
      };
    }
  }
  await engine.appendBatches(files.transformed, { fields: [...transform.fields, rowField] }, batches());
}

async function predict(
  files: { readonly transformed: string; readonly predictions: string },
  context: StepContext,
): Promise<{ classes: readonly (string | number | boolean)[] | null }> {
  const model = await openModel(context.inputs['model']![0]!.path, { python: context.python, signal: context.signal });
  try {
    await model.predictFile(files.transformed, files.predictions, { keep: ['__row'], signal: context.signal });
    return { classes: model.description.classes };
  } finally {
    await model.close();
  }
}

async function readAnswers(
  engine: QueryEngine,
  files: {
    readonly plain: string;
    readonly predictions: string;
    readonly classes: readonly (string | number | boolean)[] | null;
  },
  params: TestingParams,
): Promise<{ readonly model: ClassObservations; readonly selections: Selections }> {
  const { fields } = await engine.describe(`SELECT * FROM ${parquetSource(files.predictions)}`);
  const answers = fields.map((field) => field.name).filter((name) => name === 'prediction' || /^score_\d+$/.test(name));
  const conditions = conditionsOf(params);
  const part = await engine.describe(`SELECT * FROM ${parquetSource(files.plain)}`);
  // A condition that is neither true nor false for a row does not choose it.
  const chosen = conditions.map(
    (text, index) => `coalesce(${compileCondition(text, part)}, false) AS __chosen_${index}`,
  );
  const labels = `SELECT __row, ${quoteIdentifier(params.task.label!)} AS __label${chosen.map((one) => `, ${one}`).join('')} FROM ${parquetSource(files.plain)}`;
  const columns = [...answers.map((name) => `a.${quoteIdentifier(name)}`), ...chosen.map((_, i) => `p.__chosen_${i}`)];
  const sql = `SELECT p.__label, ${columns.join(', ')}
    FROM (${labels}) p JOIN ${parquetSource(files.predictions)} a USING (__row) ORDER BY __row`;
  const batches: Batch[] = [];
  for await (const batch of engine.batches(sql, { batchRows: Number.MAX_SAFE_INTEGER })) batches.push(batch);
  const [batch] = batches;
  assert(batch !== undefined, 'a sealed part has no rows');
  const observations = observe(
    {
      rowCount: batch.rowCount,
      label: columnOf(batch, '__label')!,
      prediction: columnOf(batch, 'prediction'),
      scores: answers.filter((name) => name !== 'prediction').map((name) => columnOf(batch, name)!),
      group: null,
    },
    { task: params.task as never, modelClasses: files.classes, costs: params.costs },
  );
  assert(observations.kind === 'classes', 'a gate needs a classifier');
  const selections = conditions.map((text, index) => [
    text,
    columnOf(batch, `__chosen_${index}`)!.values as Uint8Array,
  ]);
  return { model: observations, selections: Object.fromEntries(selections) as Selections };
}

/** The conditions on rows that objectives name, each once. */
function conditionsOf(params: TestingParams): string[] {
  const texts = params.clauses.flatMap(({ objective }) => objective.terms.flatMap((term) => term.where ?? []));
  return [...new Set(texts)];
}

/** The trivial baselines: the class that occurs most often in the training part, on every row. */
async function trivialSubjects(
  engine: QueryEngine,
  params: TestingParams,
  from: { readonly model: ClassObservations; readonly context: StepContext },
): Promise<Subjects> {
  const { model, context } = from;
  const names = Object.entries(params.trivial)
    .filter(([, kind]) => kind === 'majority')
    .map(([name]) => name);
  if (names.length === 0) return {};
  const label = quoteIdentifier(params.task.label!);
  const [row] = await engine.rows(
    `SELECT CAST(${label} AS VARCHAR) AS value, count(*) AS n FROM ${parquetSource(context.inputs['train']![0]!.path)} GROUP BY 1 ORDER BY n DESC, value LIMIT 1`,
  );
  const majority = model.classes.findIndex((value) => String(value) === row!['value']);
  const answers: ClassObservations = {
    ...model,
    predicted: new Int32Array(model.rowCount).fill(Math.max(0, majority)),
    scores: null,
  };
  return Object.fromEntries(names.map((name) => [name, answers]));
}
