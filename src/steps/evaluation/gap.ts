import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PlatformError } from '../../errors/index.ts';
import { judgeGap, measureOne, metricNamed, type Observations } from '../../metrics/index.ts';
import type { LoadedModel } from '../../models/index.ts';
import type { StepContext } from '../../pipeline/index.ts';
import { parquetSource, type QueryEngine } from '../../tables/index.ts';
import { readObservations } from '../observations.ts';
import type { EvaluationParams } from './plan.ts';
import type { EvaluationResult } from './result.ts';
import { toJson } from './to-json.ts';

/** More rows tell nothing more of a gap that matters. */
const maximumRows = 20_000;

type Overfitting = NonNullable<EvaluationResult['overfitting']>;

interface GapWork {
  readonly params: EvaluationParams;
  readonly engine: QueryEngine;
  readonly model: LoadedModel;
  readonly context: StepContext;
}

/**
 * How much better the model is on its training part than on the part it is measured on, over at most 20,000 rows of the former, taken by a hash of their place.
 * @throws PlatformError EVALUATION_UNKNOWN_METRIC where the metric does not apply to what the model answers
 */
export async function measureGap(
  observations: Observations,
  { metric: declared, mostGap }: NonNullable<EvaluationParams['overfitting']>,
  work: GapWork,
): Promise<Overfitting> {
  const metric = declared ?? usualMetric(observations);
  const trained = await observeTraining(work);
  const [seen, unseen] = [measureOne(trained, metric), measureOne(observations, metric)];
  if (seen === null || unseen === null)
    throw new PlatformError('EVALUATION_UNKNOWN_METRIC', {
      message: `expected evaluation.overfitting.metric to be one that the answers of the model allow, found ${metric}`,
    });
  const { verdict, ...gap } = judgeGap({ seen, unseen }, metricNamed(metric)!, mostGap);
  const told = toJson({ train: seen, part: unseen, gap });
  return {
    metric,
    trainRowCount: trained.rowCount,
    ...{ train: told['train']!, part: told['part']!, gap: told['gap']! },
    mostGap,
    verdict,
  };
}

function usualMetric(observations: Observations): string {
  if (observations.kind === 'numbers') return 'r2';
  if (observations.kind === 'ranking') return 'ndcg';
  return observations.scores === null ? 'accuracy' : 'auc';
}

async function observeTraining({ params, engine, model, context }: GapWork): Promise<Observations> {
  const train = parquetSource(context.inputs['train']![0]!.path);
  const [part, predictions] = ['trained.parquet', 'trained-answers.parquet'].map((name) => join(context.workDir, name));
  const places = `SELECT __row FROM ${train} ORDER BY md5_number_lower(concat('gap/', __row)) LIMIT ${maximumRows}`;
  const { signal } = context;
  try {
    await engine.writeParquet(`SELECT t.* FROM ${train} t JOIN (${places}) p USING (__row) ORDER BY __row`, part!, {
      signal,
    });
    await model.predictFile(part!, predictions!, { keep: ['__row'], signal });
    const { classes } = model.description;
    return await readObservations(engine, { part: part!, predictions: predictions! }, { ...params, classes });
  } finally {
    await Promise.all([rm(part!, { force: true }), rm(predictions!, { force: true })]);
  }
}

/** Says in the log where the model knows its training rows by heart, or where that cannot be told apart from chance. */
export function tellGap({ overfitting, on }: EvaluationResult, context: StepContext): void {
  if (overfitting === undefined) return;
  context.value('overfitting', overfitting.verdict);
  if (overfitting.gap.value !== null) context.metric(`train.gap.${overfitting.metric}`, overfitting.gap.value);
  if (overfitting.verdict === 'overfitted') context.log('warn', messageOf(overfitting, on));
}

/** @throws PlatformError EVALUATION_OVERFITTED where an overfitted model is declared to fail the run */
export function requireGap({ overfitting, on }: EvaluationResult, context: StepContext): void {
  const { overfitting: declared } = context.params as unknown as EvaluationParams;
  if (declared?.severity !== 'fail' || overfitting?.verdict !== 'overfitted') return;
  context.keep(context.outputs['metrics']!.path, 'metrics.json');
  throw new PlatformError('EVALUATION_OVERFITTED', { message: messageOf(overfitting, on) });
}

function messageOf({ metric, train, part, gap, mostGap }: Overfitting, on: string): string {
  const figure = (value: number | null | undefined): string => String(Number((value ?? Number.NaN).toPrecision(3)));
  const { interval } = gap;
  return `${metric} is ${figure(train.value)} on train and ${figure(part.value)} on ${on}: a gap of ${figure(gap.value)} (${figure(interval?.low)} to ${figure(interval?.high)}), above ${mostGap}: the model knows its training rows by heart`;
}
