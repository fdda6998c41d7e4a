import { writeFile } from 'node:fs/promises';
import { measureAll, metricValue, type Observations } from '../../metrics/index.ts';
import type { StepContext } from '../../pipeline/index.ts';
import { toJson } from './to-json.ts';

/** Writes the metrics of a model that was fitted again, and the Brier score of the best constant scores on the same rows. */
export async function writeRefit(observations: Observations, context: StepContext): Promise<void> {
  const metrics = toJson(measureAll(observations));
  const constant = constantBrier(observations);
  await writeFile(context.outputs['metrics']!.path, JSON.stringify({ metrics, constant }));
  for (const [name, { value }] of Object.entries(metrics)) if (value !== null) context.metric(name, value);
}

function constantBrier(observations: Observations): number | null {
  if (observations.kind !== 'classes' || observations.scores === null || observations.rowCount === 0) return null;
  const { actual, classes, rowCount } = observations;
  const counts = classes.map(() => 0);
  for (const one of actual) counts[one]!++;
  const scores = counts.map((count) => new Float64Array(rowCount).fill(count / rowCount));
  return metricValue({ ...observations, scores }, 'brier');
}
