/* Endpoints that log to a run. */

import type { NewMetric } from '../../tracking/index.ts';
import { tagMessage, tagsOf } from './experiments.ts';
import { badValue, double, type Fields, int64, integer, list, message, required, text } from './message.ts';
import { type Route, route } from './route.ts';
import { runName } from './runs.ts';

const metricFields = {
  key: required(text),
  value: required(double),
  timestamp: required(integer),
  step: int64,
  model_id: text,
  dataset_name: text,
  dataset_digest: text,
};
const metric = message(metricFields);

function readMetric(fields: Fields<typeof metricFields>): NewMetric {
  const { key, value, timestamp, step, model_id, dataset_name, dataset_digest } = fields;
  return {
    key,
    value,
    timestampMs: timestamp,
    step: step ?? 0n,
    ...(model_id ? { modelId: model_id } : {}),
    ...(dataset_name ? { datasetName: dataset_name } : {}),
    ...(dataset_digest ? { datasetDigest: dataset_digest } : {}),
  };
}

const param = message({ key: required(text), value: text });
const dataset = message({
  name: required(text),
  digest: required(text),
  source_type: required(text),
  source: required(text),
  schema: text,
  profile: text,
});
const modelOutput = message({ model_id: required(text), step: int64 });

/** Endpoints that log. */
export const loggingRoutes: readonly Route[] = [
  route('POST /mlflow/runs/log-metric', message({ ...runName, ...metricFields }), async (fields, { tracking }) => {
    await tracking.logBatch(fields.run_id, { metrics: [readMetric(fields)], isAlone: true });
    return {};
  }),
  route(
    'POST /mlflow/runs/log-parameter',
    message({ ...runName, key: required(text), value: text }),
    async (fields, { tracking }) => {
      await tracking.logBatch(fields.run_id, { params: tagsOf([fields]), isAlone: true });
      return {};
    },
  ),
  route(
    'POST /mlflow/runs/set-tag',
    message({ ...runName, key: required(text), value: text }),
    async (fields, { tracking }) => {
      await tracking.logBatch(fields.run_id, { tags: tagsOf([fields]), isAlone: true });
      return {};
    },
  ),
  route(
    'POST /mlflow/runs/delete-tag',
    message({ ...runName, key: required(text) }),
    async ({ run_id, key }, { tracking }) => {
      await tracking.deleteTag(run_id, key);
      return {};
    },
  ),
  route(
    'POST /mlflow/runs/log-batch',
    message({ ...runName, metrics: list(metric), params: list(param), tags: list(tagMessage) }),
    async ({ run_id, metrics, params, tags }, { tracking }) => {
      await tracking.logBatch(run_id, {
        metrics: metrics.map(readMetric),
        params: tagsOf(params),
        tags: tagsOf(tags),
      });
      return {};
    },
  ),
  route(
    'POST /mlflow/runs/log-inputs',
    message({
      ...runName,
      datasets: list(message({ tags: list(tagMessage), dataset: required(dataset) })),
      models: list(message({ model_id: required(text) })),
    }),
    async ({ run_id, datasets, models }, { tracking }) => {
      await tracking.logInputs(run_id, {
        datasets: datasets.map((input) => ({
          tags: tagsOf(input.tags),
          dataset: {
            name: input.dataset.name,
            digest: input.dataset.digest,
            sourceType: input.dataset.source_type,
            source: input.dataset.source,
            schema: input.dataset.schema ?? null,
            profile: input.dataset.profile ?? null,
          },
        })),
        models: models.map(({ model_id }) => model_id),
      });
      return {};
    },
  ),
  route(
    'POST /mlflow/runs/outputs',
    message({ ...runName, models: required(list(modelOutput)) }),
    async ({ run_id, models }, { tracking }) => {
      const outputs = models.map(({ model_id, step }) => ({ modelId: model_id, step: step ?? 0n }));
      await tracking.logOutputs(run_id, outputs);
      return {};
    },
  ),
  route(
    'POST /mlflow/runs/log-model',
    message({ ...runName, model_json: required(text) }),
    async ({ run_id, model_json }, { tracking }) => {
      const known = (await tracking.getRun(run_id)).tags.find(({ key }) => key === modelHistoryTag)?.value;
      const history: unknown = known === undefined ? [] : JSON.parse(known);
      const value = JSON.stringify([...(Array.isArray(history) ? history : []), readModelJson(model_json)]);
      await tracking.logBatch(run_id, { tags: [{ key: modelHistoryTag, value }] });
      return {};
    },
  ),
];

/** Where clients before MLflow 3 noted the models of a run. */
const modelHistoryTag = 'mlflow.log-model.history';

type Json = Readonly<Record<string, unknown>>;

/** What of a model is noted: not its signature and examples, which may be long. */
function readModelJson(text: string): object {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw badValue(`Malformed model info. \n ${text.slice(0, 200)} \n is not a valid JSON.`);
  }
  if (typeof value !== 'object' || value === null) throw badValue('Malformed model info: expected a JSON object');
  const missing = ['artifact_path', 'flavors', 'utc_time_created', 'run_id'].filter((name) => !(name in value));
  if (missing.length > 0) {
    throw badValue(`Model json is missing mandatory fields: {${missing.map((name) => `'${name}'`).join(', ')}}`);
  }
  const { run_id, artifact_path, utc_time_created, model_uuid = null, flavors } = value as Json;
  return { run_id, artifact_path, utc_time_created, model_uuid, flavors };
}
