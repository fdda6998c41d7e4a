/* Endpoints that read histories of metrics: of one run by pages, of many runs, reduced to what a chart shows. */
import type { Metric, StepRange } from '../../tracking/index.ts';
import { writeDouble, writeInt64 } from './json.ts';
import { badValue, int64, integer, list, message, missing, required, text } from './message.ts';
import { type Route, route } from './route.ts';
import { runName, writeMetric } from './runs.ts';

const runsAtOnce = 100;
const pointsAtOnce = 25_000;
const pointsOfRun = 2500;
const defaultBuckets = 320;
const docs = 'See the API docs for more information about request parameters.';

const reduced = { run_ids: list(text), metric_key: required(text), start_step: int64, end_step: int64 };

/** Endpoints that read histories. */
export const historyRoutes: readonly Route[] = [
  route(
    'GET /mlflow/metrics/get-history',
    message({ ...runName, metric_key: required(text), max_results: integer, page_token: text }),
    async (fields, { tracking }) => {
      const page = await tracking.metricHistory({
        runId: fields.run_id,
        key: fields.metric_key,
        limit: fields.max_results ?? null,
        pageToken: fields.page_token,
      });
      return {
        ...(page.items.length === 0 ? {} : { metrics: page.items.map(writeMetric) }),
        ...(page.nextPageToken === null ? {} : { next_page_token: page.nextPageToken }),
      };
    },
  ),
  route(
    'GET /mlflow/metrics/get-history-bulk',
    message({ run_id: list(text), metric_key: text, max_results: integer }),
    async ({ run_id: runIds, metric_key: key, max_results }, { tracking }) => {
      if (runIds.length === 0) throw badValue('GetMetricHistoryBulk request must specify at least one run_id.');
      if (runIds.length > runsAtOnce)
        throw badValue(
          `GetMetricHistoryBulk request cannot specify more than ${runsAtOnce} run_ids. Received ${runIds.length} run_ids.`,
        );
      if (key === undefined) throw badValue('GetMetricHistoryBulk request must specify a metric_key.');
      const limit = Math.min(max_results ?? pointsAtOnce, pointsAtOnce);
      const histories = await tracking.metricHistories({ runIds, key, limit });
      return { metrics: histories.flatMap(({ runId, items }) => items.map((point) => ofRun(point, runId))) };
    },
  ),
  route(
    'GET /mlflow/metrics/get-history-bulk-interval',
    message({ ...reduced, max_results: integer }),
    async ({ run_ids: runIds, metric_key: key, max_results: limit = pointsOfRun, ...fields }, { tracking }) => {
      if (runIds.length === 0) throw missing('run_ids');
      if (runIds.length > runsAtOnce)
        throw badValue(
          `GetMetricHistoryBulkInterval request must specify at most ${runsAtOnce} run_ids. Received ${runIds.length} run_ids. ${docs}`,
        );
      if (limit < 1 || limit > pointsOfRun) throw badValue(`max_results must be between 1 and ${pointsOfRun}. ${docs}`);
      const samples = await tracking.metricSample({ runIds, key, limit, steps: stepsOf(fields) });
      return { metrics: samples.flatMap(({ runId, items }) => items.map((point) => ofRun(point, runId))) };
    },
  ),
  route(
    'GET /mlspec/metrics/buckets',
    message({ ...reduced, buckets: integer }),
    async ({ run_ids: runIds, metric_key: key, buckets: limit = defaultBuckets, ...fields }, { tracking }) => {
      if (runIds.length === 0) throw missing('run_ids');
      const histories = await tracking.metricBuckets({ runIds, key, limit, steps: stepsOf(fields) });
      return {
        runs: histories.map(({ runId, items }) => ({
          run_id: runId,
          buckets: items.map((bucket) =>
            Object.fromEntries(
              Object.entries(bucket).flatMap(([name, point]) => (point === null ? [] : [[name, writePoint(point)]])),
            ),
          ),
        })),
      };
    },
  ),
];

function stepsOf(fields: {
  readonly start_step: bigint | undefined;
  readonly end_step: bigint | undefined;
}): StepRange | undefined {
  const { start_step: from, end_step: to } = fields;
  if (from === undefined && to === undefined) return undefined;
  if (from === undefined || to === undefined)
    throw badValue('If either start step or end step are specified, both must be specified.');
  if (from > to)
    throw badValue(`end_step must be greater than start_step. Found start_step=${from} and end_step=${to}.`);
  return { from, to };
}

function ofRun(point: Metric, runId: string): object {
  return { ...writeMetric(point), run_id: runId };
}

function writePoint({ step, timestampMs, value }: Metric): object {
  return { step: writeInt64(step), timestamp: timestampMs, value: writeDouble(value) };
}
