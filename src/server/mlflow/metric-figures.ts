import { AggregatorRegistry, type MetricObjectWithValues, type MetricValue } from 'prom-client';

/** The metrics of one process, as they can be sent to another. */
export type MetricFigures = readonly MetricObjectWithValues<MetricValue<string>>[];

/** What processes have counted, as one text for Prometheus: sums, unless a metric says otherwise of itself. */
export async function metricsText(processes: readonly MetricFigures[]): Promise<string> {
  return await AggregatorRegistry.aggregate(copied(processes)).metrics();
}

/** The same sums, to be added to others later. */
export async function addMetrics(processes: readonly MetricFigures[]): Promise<MetricFigures> {
  return await AggregatorRegistry.aggregate(copied(processes)).getMetricsAsJSON();
}

/** The library's type wants lists that may be changed; it changes none. */
function copied(processes: readonly MetricFigures[]): MetricObjectWithValues<MetricValue<string>>[] {
  return processes as unknown as MetricObjectWithValues<MetricValue<string>>[];
}
