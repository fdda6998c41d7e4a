import { writeFile } from 'node:fs/promises';
import type { JsonObject } from '../../encoding/index.ts';
import type { StepContext } from '../../pipeline/index.ts';
import { type Batch, type Column, type Field, parquetSource, type QueryEngine } from '../../tables/index.ts';
import {
  canonicalTransform,
  checkPreparedColumns,
  fitTransform,
  type PreparedTransform,
  preparedQuery,
  prepareTransform,
  removeOutliers,
  writeTransform,
} from '../../transform/index.ts';
import { compileDeclared } from './declared-features.ts';
import { divideFold } from './divide-fold.ts';
import type { TransformationParams } from './plan.ts';
import { refusedColumns } from './refused-columns.ts';

/** Fits the transformation on the training part and writes every open part transformed; in a fold, on the rows that the fold trains on. */
export async function runTransformation(context: StepContext): Promise<void> {
  const params = context.params as unknown as TransformationParams;
  const engine = await context.tables();
  const { paths, facts } = await rowsOf(engine, params, context);
  const train = parquetSource(paths['train']!);
  const schema = await engine.describe(`SELECT * FROM ${train}`);
  const graph = compileDeclared(params, schema, await refusedColumns(params, context));
  await checkPreparedColumns(engine, graph.prepared, train);
  const fitted = canonicalTransform(
    await fitTransform(graph, () => engine.batches(preparedQuery(graph.prepared, train), { signal: context.signal }), {
      signal: context.signal,
      onProgress: ({ rowCount, pass }) =>
        context.progress({ done: rowCount, unit: 'rows', message: `fitting, pass ${pass}` }),
    }),
  );
  const transform = prepareTransform(fitted);
  await writeFile(context.outputs['transform']!.path, writeTransform(fitted));
  const lineage = Object.fromEntries(fitted.features.map((feature) => [feature.feature, [...feature.sources]]));
  context.outputs['transform']!.setProperties({
    features: transform.fields.map((field) => field.name),
    lineage,
    removedRowCount: fitted.fit.removedRowCount,
  });
  for (const part of params.parts)
    await writePart(engine, part, { params, transform, context, facts, path: paths[part]! });
  context.value('features', transform.fields.length);
  context.value('removed_rows', fitted.fit.removedRowCount);
}

interface Work {
  readonly params: TransformationParams;
  readonly transform: PreparedTransform;
  readonly context: StepContext;
  /** Where the rows of the part are. */
  readonly path: string;
  /** What is told of every output beside itself. */
  readonly facts: JsonObject;
}

/** Where the rows of each part are. In a fold those of `train` and `held_out` are divided first, so that nothing behind this sees both. */
async function rowsOf(
  engine: QueryEngine,
  { parts, fold }: TransformationParams,
  context: StepContext,
): Promise<{ readonly paths: Readonly<Record<string, string>>; readonly facts: JsonObject }> {
  const given = parts.flatMap((part) => (part in context.inputs ? [[part, context.inputs[part]![0]!.path]] : []));
  const paths = Object.fromEntries(given) as Record<string, string>;
  if (fold === undefined) return { paths, facts: {} };
  const divided = await divideFold(engine, fold, context);
  return {
    paths: { ...paths, train: divided.train, held_out: divided.heldOut },
    facts: { fold: fold.number, trainRowCount: divided.trainRowCount },
  };
}

async function writePart(engine: QueryEngine, part: string, work: Work): Promise<void> {
  const { params, transform, context } = work;
  const source = parquetSource(work.path);
  const sql = preparedQuery(transform.fitted.prepared, source);
  const { fields } = await engine.describe(`SELECT * FROM ${source}`);
  const kept = keptFields(params, { fields, features: transform.fields });
  const output = context.outputs[part]!;
  const batches = transformed(engine.batches(sql, { signal: context.signal }), {
    transform,
    kept,
    isTrain: part === 'train',
  });
  const { rowCount } = await engine.appendBatches(output.path, { fields: [...transform.fields, ...kept] }, batches);
  output.setProperties({
    part,
    rowCount,
    ...work.facts,
    features: transform.fields.map((field) => field.name),
    ...(params.label === null ? {} : { label: params.label }),
    key: kept.map((field) => field.name).filter((name) => params.key.includes(name)),
    ...(params.group === null ? {} : { group: params.group }),
  });
}

/** The columns that go along beside the features: label, group, key and the row's number, unless a feature has the name. */
function keptFields(
  params: TransformationParams,
  from: { readonly fields: readonly Field[]; readonly features: readonly Field[] },
): Field[] {
  const taken = new Set(from.features.map((field) => field.name));
  const wanted = new Set([params.label, params.group, ...params.key, '__row']);
  return from.fields.filter((field) => wanted.has(field.name) && !taken.has(field.name));
}

async function* transformed(
  batches: AsyncIterable<Batch>,
  options: { readonly transform: PreparedTransform; readonly kept: readonly Field[]; readonly isTrain: boolean },
): AsyncGenerator<Batch> {
  const { transform, kept } = options;
  for await (const whole of batches) {
    const batch = options.isTrain ? removeOutliers(transform.fitted, whole) : whole;
    const features = transform.apply(batch);
    const along = kept.map(
      (field): Column => batch.columns[batch.schema.fields.findIndex((candidate) => candidate.name === field.name)]!,
    );
    yield {
      schema: { fields: [...transform.fields, ...kept] },
      rowCount: batch.rowCount,
      columns: [...features.columns, ...along],
    };
  }
}
