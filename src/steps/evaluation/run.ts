import { readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PlatformError } from '../../errors/index.ts';
import { confusionOf, curvesOf, measureAll, measureOne, type Observations, selectRows } from '../../metrics/index.ts';
import { type LoadedModel, openModel } from '../../models/index.ts';
import type { StepContext } from '../../pipeline/index.ts';
import { type TestOutcomes, testResult, testResultPredicateType } from '../../provenance/index.ts';
import type { SliceSpec } from '../../spec/index.ts';
import type { QueryEngine } from '../../tables/index.ts';
import type { MeasuredVerdict } from '../measured-verdict.ts';
import { readObservations } from '../observations.ts';
import { readCondition } from '../row-conditions.ts';
import { writeFoldMetrics } from './fold.ts';
import { measureGap, requireGap, tellGap } from './gap.ts';
import { type Groups, readGroups } from './groups.ts';
import { measureImportance } from './importance.ts';
import { describeLatency } from './latency.ts';
import { judgeMeasured, measureObjectives, needsOf } from './objectives.ts';
import type { EvaluationParams } from './plan.ts';
import type { Scope } from './quantities.ts';
import { writeRefit } from './refit.ts';
import type { EvaluationResult } from './result.ts';
import { measureSlices } from './slices.ts';
import { type ComparedModels, compareModels } from './subjects.ts';
import { toJson } from './to-json.ts';

/** Predicts the part, measures the model on it, and writes metrics and predictions; for a trial, one metric alone, and for a fold, values alone. */
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
    const observations = await readObservations(engine, { part: part.path, predictions }, { ...params, classes });
    if (params.only !== undefined) return await writeObjective(observations, params.only, context);
    if (params.isRefit === true) return await writeRefit(observations, context);
    if (params.fold !== undefined)
      return await writeFoldMetrics(observations, { ...params, fold: params.fold }, context);
    context.progress({ done: 1, total: 3, message: 'measuring' });
    const compared = await compareModels(observations, { params, engine, model, context });
    const result = await measure({ observations, compared }, { params, engine, model, context, predictions });
    await writeFile(context.outputs['metrics']!.path, JSON.stringify(result));
    await writeVerdict(result, compared, context);
    tellGap(result, context);
    for (const [name, one] of Object.entries(result.metrics)) {
      context.value(name, one.value);
      if (one.value !== null) context.metric(`${result.on}.${name}`, one.value);
    }
    requireGap(result, context);
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

async function measure(
  { observations, compared }: { readonly observations: Observations; readonly compared: ComparedModels },
  work: Measuring,
): Promise<EvaluationResult> {
  const { params } = work;
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
      Object.entries(compared.subjects).map(([name, answers]) => [name, toJson(measureAll(answers, further))]),
    ),
    ...measureSlices(reported, observations, further),
    confusion: isClasses ? confusionRows(observations) : null,
    curves: isClasses ? (curvesOf(observations) as EvaluationResult['curves']) : null,
    ...(params.overfitting === undefined
      ? {}
      : { overfitting: await measureGap(observations, params.overfitting, work) }),
    importance: params.explain?.includes('permutation_importance') ? await measureImportance(observations, work) : null,
    latency: describeLatency(compared.requests),
    objectives: await measureDeclared({ compared, observations, groups }, work),
  };
}

async function groupsOf(slices: readonly SliceSpec[], work: Measuring): Promise<Record<string, Groups>> {
  const source = { raw: work.context.inputs['raw']![0]!.path, predictions: work.predictions };
  const groups: Record<string, Groups> = {};
  for (const slice of slices) groups[slice.name] = await readGroups(work.engine, source, slice);
  return groups;
}

async function measureDeclared(
  { compared, observations, groups }: Pick<Scope, 'groups'> & { compared: ComparedModels; observations: Observations },
  work: Measuring,
): Promise<EvaluationResult['objectives']> {
  const { params, engine, context, predictions } = work;
  const objectives = params.objectives ?? {};
  const source = { raw: context.inputs['raw']![0]!.path, predictions };
  const conditions: Record<string, Uint8Array> = {};
  for (const text of needsOf(objectives).conditions) conditions[text] = await readCondition(engine, source, text);
  return measureObjectives(objectives, {
    subjects: { ...compared.subjects, new: observations },
    groups,
    conditions,
    constants: await sizesOf(compared, context),
    requests: compared.requests,
    missing: compared.missing,
  });
}

/** Bytes of each model: of its own folder, without the transformation and the code around it in a package. */
async function sizesOf({ registered }: ComparedModels, context: StepContext): Promise<Record<string, number>> {
  const sizes: Record<string, number> = { 'new.size': await folderSize(context.inputs['model']![0]!.path) };
  for (const [name, { folder }] of Object.entries(registered))
    sizes[`${name}.size`] = await folderSize(join(folder, 'data', 'model'));
  return sizes;
}

/** Writes the bit that a release needs: whether a measured objective stops it. */
async function writeVerdict(result: EvaluationResult, compared: ComparedModels, context: StepContext): Promise<void> {
  const { registered = {} } = context.params as unknown as EvaluationParams;
  const isOptional = (name: string): boolean => registered[name]?.absent === 'skip' && !(name in compared.incomparable);
  const optional = new Set(Object.keys(compared.missing).filter(isOptional));
  const verdict: MeasuredVerdict = {
    ...judgeMeasured(result.objectives, optional),
    incomparable: compared.incomparable,
  };
  await writeFile(context.outputs['verdict']!.path, JSON.stringify(verdict));
  context.value('objectives_met', verdict.passed);
  context.attest({
    predicateType: testResultPredicateType,
    about: ['model', 'part', 'metrics', 'verdict'],
    predicate: testResult(outcomesOf(result.objectives, verdict)),
  });
}

/** Objectives by whether their estimates meet them. One that is missed counts as a warning where it stops nothing. */
function outcomesOf(objectives: EvaluationResult['objectives'], { missed }: MeasuredVerdict): TestOutcomes {
  const names = Object.keys(objectives);
  const passed = names.filter((name) => objectives[name]!.met === true && !missed.includes(name));
  return { passed, failed: missed, warned: names.filter((name) => !passed.includes(name) && !missed.includes(name)) };
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
