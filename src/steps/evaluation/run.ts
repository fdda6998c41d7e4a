import { readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PlatformError } from '../../errors/index.ts';
import { confusionOf, curvesOf, measureAll, measureOne, type Observations, selectRows } from '../../metrics/index.ts';
import { type LoadedModel, openModel } from '../../models/index.ts';
import type { StepContext } from '../../pipeline/index.ts';
import type { SliceSpec } from '../../spec/index.ts';
import type { QueryEngine } from '../../tables/index.ts';
import { trivialBaselines } from './baselines.ts';
import { type Groups, readCondition, readGroups } from './groups.ts';
import { measureImportance } from './importance.ts';
import { measureObjectives, needsOf, stopsNothing } from './objectives.ts';
import { readObservations } from './observations.ts';
import type { EvaluationParams } from './plan.ts';
import type { Scope } from './quantities.ts';
import type { EvaluationResult } from './result.ts';
import { measureSlices } from './slices.ts';
import { toJson } from './to-json.ts';

/** Predicts the part, measures the model on it, and writes metrics and predictions; for a trial, one metric alone. */
export async function runEvaluation(context: StepContext): Promise<void> {
  const params = context.params as unknown as EvaluationParams;
  const engine = await context.tables();
  const part = context.inputs['part']![0]!;
  const model = await openModel(context.inputs['model']![0]!.path, {
    python: context.python,
    signal: context.signal,
  });
  try {
    const predictions = context.outputs['predictions']?.path ?? join(context.workDir, 'predictions.parquet');
    context.progress({ done: 0, total: 3, message: 'predicting' });
    await model.predictFile(part.path, predictions, { keep: ['__row'], signal: context.signal });
    const { classes } = model.description;
    const observations = await readObservations(engine, { part: part.path, predictions }, { params, classes });
    if (params.only !== undefined) return await writeObjective(observations, params.only, context);
    context.progress({ done: 1, total: 3, message: 'measuring' });
    const result = await measure(observations, { params, engine, model, context, predictions });
    await writeFile(context.outputs['metrics']!.path, JSON.stringify(result));
    context.value('objectives_met', stopsNothing(result.objectives));
    for (const [name, one] of Object.entries(result.metrics)) {
      context.value(name, one.value);
      if (one.value !== null) context.metric(`${result.on}.${name}`, one.value);
    }
  } finally {
    await model.close();
  }
}

async function writeObjective(observations: Observations, metric: string, context: StepContext): Promise<void> {
  const measured = measureOne(observations, metric);
  if (measured === null) {
    throw new PlatformError('EVALUATION_UNKNOWN_METRIC', {
      message: `expected a metric of this task, found ${metric}; there are: ${Object.keys(measureAll(selectRows(observations, [0]))).join(', ')}`,
    });
  }
  const objective = Number.isFinite(measured.value) ? measured.value : null;
  await writeFile(context.outputs['metrics']!.path, JSON.stringify({ objective, metric }));
  context.value('objective', objective);
  if (objective !== null) context.metric(metric, objective);
}

interface Measuring {
  readonly params: EvaluationParams;
  readonly engine: QueryEngine;
  readonly model: LoadedModel;
  readonly context: StepContext;
  readonly predictions: string;
}

async function measure(observations: Observations, work: Measuring): Promise<EvaluationResult> {
  const { params } = work;
  const others = await otherSubjects(observations, work);
  const groups = await groupsOf([...(params.slices ?? []), ...(params.objectiveSlices ?? [])], work);
  const reported = Object.fromEntries((params.slices ?? []).map(({ name }) => [name, groups[name]!]));
  const further = params.metrics ?? [];
  const isClasses = observations.kind === 'classes';
  return {
    on: params.on ?? '',
    rowCount: observations.rowCount,
    classes: isClasses ? [...observations.classes] : null,
    threshold: params.task.threshold,
    metrics: toJson(measureAll(observations, further)),
    baselines: Object.fromEntries(
      Object.entries(others).map(([name, answers]) => [name, toJson(measureAll(answers, further))]),
    ),
    ...measureSlices(reported, observations),
    confusion: isClasses ? confusionRows(observations) : null,
    curves: isClasses ? (curvesOf(observations) as EvaluationResult['curves']) : null,
    importance: params.explain?.includes('permutation_importance') ? await measureImportance(observations, work) : null,
    objectives: await measureDeclared({ subjects: { ...others, new: observations }, groups }, work),
  };
}

/** The trivial baselines, and `old` where predictions of an old model are given. */
async function otherSubjects(observations: Observations, work: Measuring): Promise<Record<string, Observations>> {
  const { params, engine, context, model } = work;
  const source = { train: context.inputs['train']![0]!.path, label: params.task.label!, kinds: params.baselines ?? {} };
  const trivial = await trivialBaselines(engine, source, observations);
  const old = context.inputs['old']?.[0];
  if (old === undefined) return trivial;
  const files = { part: context.inputs['part']![0]!.path, predictions: old.path };
  const classes =
    (old.properties['classes'] as typeof model.description.classes | undefined) ?? model.description.classes;
  const answers = await readObservations(engine, files, { params, classes });
  if (answers.rowCount !== observations.rowCount) {
    throw new PlatformError('EVALUATION_ROWS_DIFFER', {
      message: `expected predictions of the old model for ${observations.rowCount} rows, found ${answers.rowCount}`,
    });
  }
  return { ...trivial, old: answers };
}

async function groupsOf(slices: readonly SliceSpec[], work: Measuring): Promise<Record<string, Groups>> {
  const source = { raw: work.context.inputs['raw']![0]!.path, predictions: work.predictions };
  const groups: Record<string, Groups> = {};
  for (const slice of slices) groups[slice.name] = await readGroups(work.engine, source, slice);
  return groups;
}

async function measureDeclared(
  measured: Pick<Scope, 'subjects' | 'groups'>,
  work: Measuring,
): Promise<EvaluationResult['objectives']> {
  const { params, engine, context, predictions } = work;
  const objectives = params.objectives ?? {};
  const source = { raw: context.inputs['raw']![0]!.path, predictions };
  const conditions: Record<string, Uint8Array> = {};
  for (const text of needsOf(objectives).conditions) conditions[text] = await readCondition(engine, source, text);
  const constants = { size: await folderSize(context.inputs['model']![0]!.path) };
  return measureObjectives(objectives, { ...measured, conditions, constants });
}

/** Bytes of all files in a folder. */
async function folderSize(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const sizes = await Promise.all(files.map(async (file) => (await stat(join(file.parentPath, file.name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}

function confusionRows(observations: Extract<Observations, { kind: 'classes' }>): number[][] {
  const { size, counts } = confusionOf(observations);
  return Array.from({ length: size }, (_, row) => Array.from(counts.subarray(row * size, (row + 1) * size)));
}
