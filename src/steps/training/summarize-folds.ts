import { readFile, writeFile } from 'node:fs/promises';
import type { StepContext } from '../../pipeline/index.ts';
import { foldMean } from '../../stats/index.ts';
import type { FoldMetrics } from '../fold-metrics.ts';
import type { FoldSummaryParams } from './plan-folds.ts';
import type { CrossValidation } from './result.ts';

/** Sums up what was measured on each fold: mean, deviation and interval of every metric that all folds have. */
export async function summarizeFolds(context: StepContext): Promise<void> {
  const { folds: steps, metric } = context.params as unknown as FoldSummaryParams;
  const scores = new Map(context.inputs['scores']!.map(({ from, path }) => [from.step, path]));
  const folds = await Promise.all(
    steps.map(async (step) => ({ step, ...(JSON.parse(await readFile(scores.get(step)!, 'utf8')) as FoldMetrics) })),
  );
  const names = [...new Set(folds.flatMap(({ metrics }) => Object.keys(metrics)))];
  const metrics = Object.fromEntries(names.map((name) => [name, overFolds(folds, name)]));
  const objective = metric === null ? null : (metrics[metric]?.mean ?? null);
  const report: CrossValidation = { metric, objective, folds, metrics };
  await writeFile(context.outputs['metrics']!.path, JSON.stringify(report));
  for (const { fold, metrics: ofFold } of folds)
    for (const [name, value] of Object.entries(ofFold)) if (value !== null) context.metric(name, value, fold);
  for (const [name, { mean, deviation }] of Object.entries(metrics)) {
    context.value(name, mean);
    if (mean === null) continue;
    context.metric(`${name}.mean`, mean);
    if (deviation !== null) context.metric(`${name}.deviation`, deviation);
  }
  if (metric !== null) context.value('objective', objective);
}

/** A metric that is undefined in one fold has no mean: one over the other folds would be of other rows. */
function overFolds(folds: readonly FoldMetrics[], name: string): CrossValidation['metrics'][string] {
  const values = folds.map(({ metrics }) => metrics[name] ?? null);
  const undefinedFolds = folds.filter((_, index) => values[index] === null).map(({ fold }) => fold);
  if (undefinedFolds.length > 0) return { mean: null, deviation: null, interval: null, undefinedFolds };
  const ratios = folds.map(({ rowCount, trainRowCount }) => rowCount / trainRowCount);
  const heldOutRatio = ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length;
  return { ...foldMean(values as number[], { heldOutRatio }), undefinedFolds };
}
