/* Endpoints of logged models. */
import { type LoggedModel, loggedModelStatuses, type TrackingStore } from '../../tracking/index.ts';
import { tagMessage, tagsOf } from './experiments.ts';
import { writeDouble, writeInt64 } from './json.ts';
import { boolean, type Fields, integer, list, message, oneOf, required, text } from './message.ts';
import { type Route, route } from './route.ts';

const defaultPage = 50;
const modelId = required(text);
const byId = message({ model_id: modelId });

const measuredFields = { dataset_name: text, dataset_digest: text };
const searchMessage = message({
  experiment_ids: required(list(text)),
  filter: text,
  datasets: list(message(measuredFields)),
  max_results: integer,
  order_by: list(message({ field_name: required(text), ascending: boolean, ...measuredFields })),
  page_token: text,
});

/** Endpoints of logged models. */
export const loggedModelRoutes: readonly Route[] = [
  route(
    'POST /mlflow/logged-models',
    message({
      experiment_id: required(text),
      name: text,
      model_type: text,
      source_run_id: text,
      params: list(tagMessage),
      tags: list(tagMessage),
      mlspec_id_key: text,
    }),
    async (fields, { tracking }) => ({
      model: writeModel(
        await tracking.createLoggedModel({
          experimentId: fields.experiment_id,
          name: fields.name,
          modelType: fields.model_type,
          sourceRunId: fields.source_run_id,
          params: tagsOf(fields.params),
          tags: tagsOf(fields.tags),
          idKey: fields.mlspec_id_key,
        }),
      ),
    }),
  ),
  route(
    'PATCH /mlflow/logged-models/{model_id}',
    message({ model_id: modelId, status: required(oneOf(loggedModelStatuses, 0)) }),
    async ({ model_id, status }, { tracking }) => ({
      model: writeModel(await tracking.finishLoggedModel(model_id, status)),
    }),
  ),
  route(
    'GET /mlflow/logged-models/{model_id}',
    message({ model_id: modelId, allow_deleted: boolean }),
    async ({ model_id, allow_deleted }, { tracking }) => ({
      model: writeModel(await tracking.getLoggedModel(model_id, allow_deleted === true ? 'all' : 'active')),
    }),
  ),
  route('DELETE /mlflow/logged-models/{model_id}', byId, async ({ model_id }, { tracking }) => {
    await tracking.deleteLoggedModel(model_id);
    return {};
  }),
  route(
    'PATCH /mlflow/logged-models/{model_id}/tags',
    message({ model_id: modelId, tags: list(tagMessage) }),
    async ({ model_id, tags }, { tracking }) => {
      await tracking.describeLoggedModel(model_id, { tags: tagsOf(tags) });
      return { model: writeModel(await tracking.getLoggedModel(model_id)) };
    },
  ),
  route(
    'DELETE /mlflow/logged-models/{model_id}/tags/{tag_key}',
    message({ model_id: modelId, tag_key: required(text) }),
    async ({ model_id, tag_key }, { tracking }) => {
      await tracking.deleteLoggedModelTag(model_id, tag_key);
      return {};
    },
  ),
  route(
    'POST /mlflow/logged-models/{model_id}/params',
    message({ model_id: modelId, params: list(tagMessage) }),
    async ({ model_id, params }, { tracking }) => {
      await tracking.describeLoggedModel(model_id, { params: tagsOf(params) });
      return {};
    },
  ),
  route('POST /mlflow/logged-models/search', searchMessage, search),
];

type SearchFields = Fields<(typeof searchMessage)['table']>;

async function search(fields: SearchFields, { tracking }: { readonly tracking: TrackingStore }): Promise<object> {
  const page = await tracking.searchLoggedModels({
    experimentIds: fields.experiment_ids,
    filter: fields.filter,
    datasets: fields.datasets.map(measuredOn),
    limit: fields.max_results || defaultPage,
    orderBy: fields.order_by.map((one) => ({
      field: one.field_name,
      direction: one.ascending === false ? 'desc' : 'asc',
      ...(one.dataset_name ? { dataset: measuredOn(one) } : {}),
    })),
    pageToken: fields.page_token,
  });
  return {
    ...(page.items.length === 0 ? {} : { models: page.items.map(writeModel) }),
    ...(page.nextPageToken === null ? {} : { next_page_token: page.nextPageToken }),
  };
}

function measuredOn({ dataset_name, dataset_digest }: Fields<typeof measuredFields>): {
  name: string;
  digest?: string;
} {
  return { name: dataset_name ?? '', ...(dataset_digest ? { digest: dataset_digest } : {}) };
}

/** A logged model on the wire. */
function writeModel(model: LoggedModel): object {
  return {
    info: {
      model_id: model.modelId,
      experiment_id: model.experimentId,
      name: model.name,
      creation_timestamp_ms: model.createdAtMs,
      last_updated_timestamp_ms: model.updatedAtMs,
      artifact_uri: model.artifactUri,
      status: model.status,
      model_type: model.modelType,
      source_run_id: model.sourceRunId,
      ...(model.statusMessage === null ? {} : { status_message: model.statusMessage }),
      tags: model.tags,
    },
    data: { params: model.params, metrics: model.metrics.map((metric) => writeModelMetric(model.modelId, metric)) },
  };
}

function writeModelMetric(modelId: string, metric: LoggedModel['metrics'][number]): object {
  return {
    key: metric.key,
    value: writeDouble(metric.value),
    timestamp: metric.timestampMs,
    step: writeInt64(metric.step),
    model_id: modelId,
    run_id: metric.runId,
    ...(metric.datasetName === null ? {} : { dataset_name: metric.datasetName }),
    ...(metric.datasetDigest === null ? {} : { dataset_digest: metric.datasetDigest }),
  };
}
