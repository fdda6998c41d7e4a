/* The endpoint of figures over traces: what the charts of MLflow's web interface ask for. */
import { aggregationTypes, metricViews, type TraceMetricPoint } from '../../../tracking/index.ts';
import { double, int64, integer, list, message, oneOf, required, text } from '../message.ts';
import { type Route, route } from '../route.ts';

const defaultPage = 1000;
const aggregation = message({ aggregation_type: required(oneOf(aggregationTypes)), percentile_value: double });

/** Figures over traces, their spans and what is said of them. */
export const metricsRoute: Route = route(
  'POST 3 /mlflow/traces/metrics',
  message({
    experiment_ids: required(list(text)),
    view_type: required(oneOf(metricViews)),
    metric_name: required(text),
    aggregations: required(list(aggregation)),
    ...{ dimensions: list(text), filters: list(text), time_interval_seconds: int64 },
    ...{ start_time_ms: int64, end_time_ms: int64, max_results: integer, page_token: text },
  }),
  async (fields, { traces }) => {
    const { items, nextPageToken } = await traces.metrics({
      ...{ experimentIds: fields.experiment_ids, view: fields.view_type, metric: fields.metric_name },
      aggregations: fields.aggregations.map(({ aggregation_type: type, percentile_value: percentile = null }) => ({
        ...{ type, percentile },
      })),
      ...{ dimensions: fields.dimensions, filters: fields.filters },
      intervalSeconds: fields.time_interval_seconds ?? null,
      ...{ fromMs: fields.start_time_ms ?? null, toMs: fields.end_time_ms ?? null },
      ...{ limit: fields.max_results ?? defaultPage, pageToken: fields.page_token },
    });
    return {
      ...(items.length === 0 ? {} : { data_points: items.map((point) => pointMessage(fields.metric_name, point)) }),
      ...(nextPageToken === null ? {} : { next_page_token: nextPageToken }),
    };
  },
);

function pointMessage(metric: string, { startMs, dimensions, values }: TraceMetricPoint): object {
  const bucket = startMs === null ? {} : { time_bucket: new Date(startMs).toISOString().replace('.000Z', '+00:00') };
  const groups = { ...bucket, ...dimensions };
  return { metric_name: metric, ...(Object.keys(groups).length === 0 ? {} : { dimensions: groups }), values };
}
