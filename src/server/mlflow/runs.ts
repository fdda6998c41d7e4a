/* Endpoints of runs: making, changing, finding them. */
import { type Run, type RunInfo, runStatuses } from '../../tracking/index.ts';
import { tagMessage, tagsOf, viewOf, viewType } from './experiments.ts';
import { writeDouble, writeInt64 } from './json.ts';
import { badValue, integer, list, message, oneOf, required, text } from './message.ts';
import { type Route, route } from './route.ts';

const defaultPage = 1000;

/** How a run is named: clients send both fields. */
export const runName = { run_id: text, run_uuid: text };

/** The run that a message names. @throws PlatformError TRACKING_BAD_VALUE where it names none */
export function runOf(fields: { readonly run_id: string | undefined; readonly run_uuid?: string | undefined }): string {
  const found = fields.run_id || fields.run_uuid;
  if (found) return found;
  throw badValue(
    "Missing value for required parameter 'run_id'. See the API docs for more information about request parameters.",
  );
}

/** Endpoints of runs. */
export const runRoutes: readonly Route[] = [
  route(
    'POST /mlflow/runs/create',
    message({ experiment_id: text, user_id: text, run_name: text, start_time: integer, tags: list(tagMessage) }),
    async (fields, { tracking }) => ({
      run: writeRun(
        await tracking.createRun({
          experimentId: fields.experiment_id || '0',
          name: fields.run_name,
          userId: fields.user_id,
          startedAtMs: fields.start_time,
          tags: tagsOf(fields.tags),
        }),
      ),
    }),
  ),
  route('GET /mlflow/runs/get', message(runName), async (fields, { tracking }) => ({
    run: writeRun(await tracking.getRun(runOf(fields))),
  })),
  route(
    'POST /mlflow/runs/update',
    message({ ...runName, status: oneOf(runStatuses), end_time: integer, run_name: text }),
    async (fields, { tracking }) => {
      const change = { status: fields.status, endedAtMs: fields.end_time, name: fields.run_name };
      return { run_info: writeInfo(await tracking.updateRun(runOf(fields), change)) };
    },
  ),
  route('POST /mlflow/runs/delete', message({ run_id: required(text) }), async ({ run_id }, { tracking }) => {
    await tracking.deleteRun(run_id);
    return {};
  }),
  route('POST /mlflow/runs/restore', message({ run_id: required(text) }), async ({ run_id }, { tracking }) => {
    await tracking.restoreRun(run_id);
    return {};
  }),
  route(
    'POST /mlflow/runs/search',
    message({
      experiment_ids: list(text),
      filter: text,
      run_view_type: viewType,
      max_results: integer,
      order_by: list(text),
      page_token: text,
    }),
    async (fields, { tracking }) => {
      const page = await tracking.searchRuns({
        experimentIds: fields.experiment_ids,
        filter: fields.filter,
        view: viewOf(fields.run_view_type),
        limit: fields.max_results ?? defaultPage,
        orderBy: fields.order_by,
        pageToken: fields.page_token,
      });
      return {
        ...(page.items.length === 0 ? {} : { runs: page.items.map(writeRun) }),
        ...(page.nextPageToken === null ? {} : { next_page_token: page.nextPageToken }),
      };
    },
  ),
];

/** A run on the wire. */
export function writeRun(run: Run): object {
  const { datasetInputs, modelInputs, modelOutputs } = run;
  return {
    info: writeInfo(run.info),
    data: {
      ...unlessEmpty('metrics', run.metrics.map(writeMetric)),
      ...unlessEmpty('params', run.params),
      ...unlessEmpty('tags', run.tags),
    },
    inputs: {
      ...unlessEmpty('dataset_inputs', datasetInputs.map(writeInput)),
      ...unlessEmpty(
        'model_inputs',
        modelInputs.map((model_id) => ({ model_id })),
      ),
    },
    outputs: unlessEmpty(
      'model_outputs',
      modelOutputs.map(({ modelId, step }) => ({ model_id: modelId, step: writeInt64(step) })),
    ),
  };
}

function unlessEmpty(name: string, items: readonly unknown[]): object {
  return items.length === 0 ? {} : { [name]: items };
}

function writeInfo(info: RunInfo): object {
  return {
    run_id: info.runId,
    run_uuid: info.runId,
    run_name: info.name,
    experiment_id: info.experimentId,
    user_id: info.userId,
    status: info.status,
    ...(info.startedAtMs === null ? {} : { start_time: info.startedAtMs }),
    ...(info.endedAtMs === null ? {} : { end_time: info.endedAtMs }),
    artifact_uri: info.artifactUri,
    lifecycle_stage: info.lifecycle,
  };
}

/** A point on the wire. */
export function writeMetric(metric: Run['metrics'][number]): object {
  return {
    key: metric.key,
    value: writeDouble(metric.value),
    timestamp: metric.timestampMs,
    step: writeInt64(metric.step),
  };
}

function writeInput({ dataset, tags }: Run['datasetInputs'][number]): object {
  const { name, digest, sourceType, source, schema, profile } = dataset;
  return {
    tags,
    dataset: {
      name,
      digest,
      source_type: sourceType,
      source,
      ...(schema === null ? {} : { schema }),
      ...(profile === null ? {} : { profile }),
    },
  };
}
