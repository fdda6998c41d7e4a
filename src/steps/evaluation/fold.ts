import { writeFile } from 'node:fs/promises';
import { assert } from '../../errors/index.ts';
import { applicableMetrics, metricValue, type Observations } from '../../metrics/index.ts';
import type { StepContext } from '../../pipeline/index.ts';
import type { FoldMetrics } from '../fold-metrics.ts';
import type { EvaluationParams } from './plan.ts';

/** Measures every metric of the task, and those that evaluation names, on the rows that a fold holds out. */
export async function writeFoldMetrics(
  observations: Observations,
  { fold, metrics: further = [] }: EvaluationParams & { readonly fold: number },
  context: StepContext,
): Promise<void> {
  const names = new Set([...applicableMetrics(observations).map(({ name }) => name), ...further]);
  const values = [...names].map((name): [string, number | null] => {
    const value = metricValue(observations, name);
    return [name, value !== null && Number.isFinite(value) ? value : null];
  });
  const trainRowCount = context.inputs['part']![0]!.properties['trainRowCount'];
  assert(typeof trainRowCount === 'number', 'the rows that a fold holds out do not say how many it trains on');
  const metrics = Object.fromEntries(values);
  const found: FoldMetrics = { fold, rowCount: observations.rowCount, trainRowCount, metrics };
  await writeFile(context.outputs['metrics']!.path, JSON.stringify(found));
  for (const [name, value] of values) context.value(name, value);
}
