import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { metricValue, type Observations } from '../../metrics/index.ts';
import type { LoadedModel } from '../../models/index.ts';
import type { StepContext } from '../../pipeline/index.ts';
import { parquetSource, type QueryEngine, quoteIdentifier } from '../../tables/index.ts';
import { readObservations } from '../observations.ts';
import { featureNames } from './latency.ts';
import type { EvaluationParams } from './plan.ts';
import type { EvaluationResult } from './result.ts';

const maximumRows = 5_000;
const sampledColumns = '(SELECT * EXCLUDE (__place, __shuffled) FROM importance_sample)';

/** What measuring importance works with. */
export interface ImportanceWork {
  readonly params: EvaluationParams;
  readonly engine: QueryEngine;
  readonly model: LoadedModel;
  readonly context: StepContext;
}

/**
 * Permutation importance: how much worse the metric becomes when one feature's values are shuffled among rows, most
 * important first. On at most 5,000 rows, one shuffle a feature, by a hash of row and seed: repeatable.
 * @see Breiman 2001, section 10; Fisher, Rudin and Dominici 2019
 */
export async function measureImportance(
  observations: Observations,
  work: ImportanceWork,
): Promise<EvaluationResult['importance']> {
  const metric =
    observations.kind === 'classes'
      ? observations.scores === null
        ? 'accuracy'
        : 'auc'
      : observations.kind === 'numbers'
        ? 'rmse'
        : 'ndcg';
  const sign = metric === 'rmse' ? -1 : 1;
  await makeSample(work);
  const features = await featureNames(work.model, work.engine, { source: sampledColumns, task: work.params.task });
  const base = await measureOn(work, `SELECT * FROM ${sampledColumns}`, metric);
  const drops = [];
  for (const feature of features) {
    const name = quoteIdentifier(feature);
    const sql = `SELECT s.* EXCLUDE (__place, __shuffled) REPLACE (o.${name} AS ${name}) FROM importance_sample s JOIN importance_sample o ON s.__shuffled = o.__place`;
    drops.push({ feature, drop: sign * (base - (await measureOn(work, sql, metric))), metric });
  }
  return drops
    .filter(({ drop }) => Number.isFinite(drop))
    .sort((a, b) => b.drop - a.drop || (a.feature < b.feature ? -1 : 1));
}

async function makeSample({ engine, context }: ImportanceWork): Promise<void> {
  const part = parquetSource(context.inputs['part']![0]!.path);
  const hashed = `md5_number_lower(concat('${context.seed}/', __row))`;
  await engine.execute(`CREATE OR REPLACE TABLE importance_sample AS SELECT *, row_number() OVER (ORDER BY __row) AS __place, row_number() OVER (ORDER BY md5_number_upper(concat('shuffle/', __row))) AS __shuffled
    FROM (SELECT * FROM ${part} ORDER BY ${hashed} LIMIT ${maximumRows})`);
}

async function measureOn(work: ImportanceWork, sql: string, metric: string): Promise<number> {
  const { engine, context, model, params } = work;
  const input = join(context.workDir, 'importance.parquet');
  const answers = join(context.workDir, 'importance-answers.parquet');
  await engine.writeParquet(`${sql} ORDER BY __row`, input, { signal: context.signal });
  await model.predictFile(input, answers, { keep: ['__row'], signal: context.signal });
  const observations = await readObservations(
    engine,
    { part: input, predictions: answers },
    { ...params, classes: model.description.classes },
  );
  await Promise.all([rm(input, { force: true }), rm(answers, { force: true })]);
  return metricValue(observations, metric) ?? Number.NaN;
}
