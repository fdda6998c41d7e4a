import { type MetricForm, metricForm } from '../spec/index.ts';
import { confusionMetrics } from './class-metrics.ts';
import type { Measured, MeasuredTask, MetricDefinition } from './metric.ts';
import { numberMetrics, quantileLoss } from './number-metrics.ts';
import type { ClassObservations, Observations } from './observations.ts';
import { probabilityMetrics, topAccuracy } from './probability-metrics.ts';
import { mapAt, ndcgAt, rankingMetrics } from './ranking-metrics.ts';

function table(...lists: readonly unknown[]): readonly MetricDefinition[] {
  return lists.flat() as readonly MetricDefinition[];
}

/** The metrics that are always measured, in the order of the reference. */
export const allMetrics: readonly MetricDefinition[] = table(
  confusionMetrics,
  probabilityMetrics,
  numberMetrics,
  [quantileLoss(10), quantileLoss(50), quantileLoss(90)],
  rankingMetrics,
);

/** Metrics that can be asked for by name beside those that are always there: each form with what makes it from a number. */
export const metricFamilies: Readonly<Record<MetricForm, (number: number) => MetricDefinition>> = {
  'top_<k>_accuracy': (k) => topAccuracy(k) as unknown as MetricDefinition,
  'quantile_loss_<percent>': (percent) => quantileLoss(percent) as unknown as MetricDefinition,
  'ndcg_<k>': (k) => ndcgAt(k) as unknown as MetricDefinition,
  'map_<k>': (k) => mapAt(k) as unknown as MetricDefinition,
};

/** A metric by name, from the table or a family; null where there is none. */
export function metricNamed(name: string): MetricDefinition | null {
  const known = allMetrics.find((metric) => metric.name === name);
  if (known !== undefined) return known;
  const found = metricForm(name);
  return found === null ? null : metricFamilies[found.form](found.number);
}

function taskOf(observations: Observations): MeasuredTask {
  if (observations.kind === 'numbers') return 'regression';
  if (observations.kind === 'ranking') return 'ranking';
  return observations.classes.length === 2 ? 'binary' : 'multiclass';
}

/** Whether observations have what a metric needs. */
export function isApplicable(metric: MetricDefinition, observations: Observations): boolean {
  if (!metric.tasks.includes(taskOf(observations))) return false;
  const { scores, costs } = observations as ClassObservations;
  return !(metric.needsScores && scores === null) && !(metric.needsCosts && costs === null);
}

/** The metrics that observations allow, in the order of the reference. */
export function applicableMetrics(observations: Observations): readonly MetricDefinition[] {
  return allMetrics.filter((metric) => isApplicable(metric, observations));
}

/**
 * Every applicable metric of the table, and further ones by name (unknown and inapplicable ones are left out). Empty
 * observations measure nothing.
 */
export function measureAll(observations: Observations, further: readonly string[] = []): Record<string, Measured> {
  if (observations.rowCount === 0) return {};
  const metrics = new Map(applicableMetrics(observations).map((metric) => [metric.name, metric]));
  for (const name of further) {
    const metric = metricNamed(name);
    if (metric !== null && isApplicable(metric, observations)) metrics.set(name, metric);
  }
  return Object.fromEntries([...metrics].map(([name, metric]) => [name, metric.measure(observations)]));
}

/** One metric by name; null where it is unknown or does not apply to these observations, or there are none. */
export function measureOne(observations: Observations, name: string): Measured | null {
  const metric = metricNamed(name);
  if (metric === null || !isApplicable(metric, observations) || observations.rowCount === 0) return null;
  return metric.measure(observations);
}

/** The value of one metric without its interval, which costs much less; null where `measureOne` gives null. */
export function metricValue(observations: Observations, name: string): number | null {
  const metric = metricNamed(name);
  if (metric === null || !isApplicable(metric, observations) || observations.rowCount === 0) return null;
  return metric.value(observations);
}
