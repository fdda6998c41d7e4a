/* Endpoints of runs: making, changing, finding them. */
import { type Run, type RunInfo, runStatuses } from '../../tracking/index.ts';
import { tagMessage, tagsOf, viewOf, viewType } from './experiments.ts';
import { writeDouble, writeInt64 } from './json.ts';
import { integer, list, message, oneOf, orNamed, required, text } from './message.ts';
import { type Route, route } from './route.ts';

const defaultPage = 1000;

/** How a run is named: clients send both fields. */
export const runName = { run_id: orNamed(required(text), 'run_uuid') };

/** Endpoints of runs. */
export const runRoutes: readonly Route[] = [
  route(
    'POST /mlflow/runs/create',
    message({
      experiment_id: text,
      user_id: text,
      run_name: text,
      start_time: integer,
      tags: list(tagMessage),
      mlspec_id_key: text,
    }),
    async (fields, { tracking }) => ({
      run: writeRun(
        await tracking.createRun({
          experimentId: fields.experiment_id || '0',
          name: fields.run_name,
          userId: fields.user_id,
          // The wire has no absent number: a run that says nothing about its start began in 1970.
          startedAtMs: fields.start_time ?? 0,
          tags: tagsOf(fields.tags),
          idKey: fields.mlspec_id_key,
        }),
      ),
    }),
  ),
  route('GET /mlflow/runs/get', message(runName), async (fields, { tracking }) => ({
    run: writeRun(await tracking.getRun(fields.run_id)),
  })),
  route(
    'POST /mlflow/runs/update',
    message({ ...runName, status: oneOf(runStatuses), end_time: integer, run_name: text }),
    async (fields, { tracking }) => {
      const change = { status: fields.status, endedAtMs: fields.end_time, name: fields.run_name };
      return { run_info: writeInfo(await tracking.updateRun(fields.run_id, change)) };
    },
  ),
  route('POST /mlflow/runs/delete', message(runName), async ({ run_id }, { tracking }) => {
    await tracking.deleteRun(run_id);
    return {};
  }),
  route('POST /mlflow/runs/restore', message(runName), async ({ run_id }, { tracking }) => {
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
    outputs: unlessEmpty('model_outputs', modelOutputs.map(writeOutput)),
  };
}

function writeOutput({ modelId, step }: Run['modelOutputs'][number]): object {
  return { model_id: modelId, step: writeInt64(step) };
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
    // The wire knows no end at 0: a run that ended then has not ended.
    ...(info.endedAtMs === null || info.endedAtMs === 0 ? {} : { end_time: info.endedAtMs }),
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
    ...unlessEmpty('tags', tags),
    dataset: {
      name,
      digest,
      source_type: sourceType,
      source,
      ...(schema ? { schema } : {}),
      ...(profile ? { profile } : {}),
    },
  };
}
