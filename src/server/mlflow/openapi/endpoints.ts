/* What each endpoint of the table is for, and what it answers. What a request holds is read from the endpoint itself. */
import type { JsonSchema } from '../message.ts';
import { accessSentences } from './access-sentences.ts';
import { listOf, named, object, pageOf } from './answers.ts';
import { approvalSentences } from './approval-sentences.ts';
import { traceAnswers } from './trace-answers.ts';
import { traceSentences } from './trace-sentences.ts';

/** What the table of endpoints does not say. */
export interface EndpointNote {
  /** One sentence. */
  readonly says: string;
  readonly answers: JsonSchema;
  /** A request as a client makes it. */
  readonly example?: object;
}

const nothing = named('Nothing');
const run = object({ run: named('Run') });
const model = object({ model: named('LoggedModel') });
const version = object({ model_version: named('ModelVersion') });
const registered = object({ registered_model: named('RegisteredModel') });
const count = { type: 'integer' };
const text = { type: 'string' };

function note(says: string, answers: JsonSchema = nothing, example?: object): EndpointNote {
  return example === undefined ? { says, answers } : { says, answers, example };
}

const searchExperiments = note('Experiments by filter, in pages.', pageOf('experiments', named('Experiment')), {
  max_results: 100,
  filter: "name LIKE 'flights%'",
  order_by: ['last_update_time DESC'],
});
const latest = note(
  'The newest version in each stage.',
  object({}, { model_versions: listOf(named('ModelVersion')) }),
  {
    name: 'flights',
  },
);
const files = object({ root_uri: text, files: listOf(named('File')) });

const traceNotes: Readonly<Record<string, EndpointNote>> = Object.fromEntries(
  Object.entries({ ...traceSentences, ...accessSentences, ...approvalSentences }).map(([name, says]) => [
    name,
    note(says, traceAnswers[name] ?? { type: 'object' }),
  ]),
);

/** By method and path below `/api/2.0`. */
export const endpointNotes: Readonly<Record<string, EndpointNote>> = {
  ...traceNotes,
  'POST /mlflow/experiments/create': note('Makes an experiment.', object({ experiment_id: text }), { name: 'flights' }),
  'GET /mlflow/experiments/get': note('An experiment by its id.', object({ experiment: named('Experiment') }), {
    experiment_id: '0',
  }),
  'GET /mlflow/experiments/get-by-name': note(
    'An experiment by its name.',
    object({ experiment: named('Experiment') }),
    { experiment_name: 'Default' },
  ),
  'POST /mlflow/experiments/search': searchExperiments,
  'GET /mlflow/experiments/search': searchExperiments,
  'POST /mlflow/experiments/search-datasets': note(
    'The datasets that runs of some experiments read.',
    object({}, { dataset_summaries: listOf(named('DatasetSummary')) }),
    { experiment_ids: ['0'] },
  ),
  'POST /mlflow/experiments/delete': note('Deletes an experiment with its runs, until it is restored.'),
  'POST /mlflow/experiments/restore': note('Brings a deleted experiment back.'),
  'POST /mlflow/experiments/update': note('Gives an experiment another name.'),
  'POST /mlflow/experiments/set-experiment-tag': note('Sets a tag of an experiment.'),
  'POST /mlflow/experiments/delete-experiment-tag': note('Removes a tag of an experiment.'),
  'POST /mlflow/runs/create': note(
    'Begins a run. A key of 64 random hexadecimal digits (`mlspec_id_key`) gives its id, where that is free.',
    run,
    { experiment_id: '0', run_name: 'first', start_time: 1 },
  ),
  'GET /mlflow/runs/get': note('A run with its latest metrics.', run),
  'POST /mlflow/runs/update': note('Changes status, end or name of a run.', object({ run_info: named('RunInfo') })),
  'POST /mlflow/runs/delete': note('Deletes a run, until it is restored.'),
  'POST /mlflow/runs/restore': note('Brings a deleted run back.'),
  'POST /mlflow/runs/search': note('Runs by filter, in pages.', pageOf('runs', named('Run')), {
    ...{ experiment_ids: ['0'], filter: "metrics.loss < 0.5 and params.model = 'tree'" },
    ...{ order_by: ['metrics.loss ASC'], max_results: 10 },
  }),
  'POST /mlflow/runs/log-metric': note('Logs one point of a metric.'),
  'POST /mlflow/runs/log-parameter': note('Logs one param, whose value never changes.'),
  'POST /mlflow/runs/set-tag': note('Sets a tag of a run.'),
  'POST /mlflow/runs/delete-tag': note('Removes a tag of a run.'),
  'POST /mlflow/runs/log-batch': note('Logs metrics, params and tags: all of them or none.'),
  'POST /mlflow/runs/log-inputs': note('Notes datasets and models that a run reads.'),
  'POST /mlflow/runs/outputs': note('Notes models that a run made.'),
  'POST /mlflow/runs/log-model': note('Notes a model as clients before MLflow 3 did.'),
  'GET /mlflow/metrics/get-history': note('The points of a metric.', pageOf('metrics', named('Metric'))),
  'GET /mlflow/metrics/get-history-bulk': note(
    'The points of a metric of many runs.',
    object({ metrics: listOf(named('MetricOfRun')) }),
  ),
  'GET /mlflow/metrics/get-history-bulk-interval': note(
    'Some points of a metric of many runs, spread over its steps.',
    object({ metrics: listOf(named('MetricOfRun')) }),
  ),
  'GET /mlspec/search': note(
    'Runs, experiments, registered and logged models that some words are found in.',
    object(
      {
        is_up_to_date: { type: 'boolean' },
        matches: listOf(
          object(
            {
              ...{ kind: text, key: text, title: text, place: text, is_cut: { type: 'boolean' } },
              found_in: listOf(
                object({
                  ...{ field: text, label: text },
                  parts: listOf(object({ text, is_match: { type: 'boolean' } })),
                }),
              ),
            },
            { experiment_id: text, experiment_name: text, uri: text },
          ),
        ),
      },
      { did_you_mean: text },
    ),
    { q: 'warm restarts' },
  ),
  'GET /mlspec/metrics/buckets': note(
    'A metric of many runs reduced to buckets that keep minimum, maximum, first, last and NaN.',
    object({ runs: listOf(object({ run_id: text, buckets: listOf(named('Bucket')) })) }),
  ),
  'POST /mlflow/logged-models': note(
    'Makes a logged model. A key (`mlspec_id_key`) gives its id, where that is free.',
    model,
    { experiment_id: '0', name: 'tree' },
  ),
  'PATCH /mlflow/logged-models/{model_id}': note('Says that a logged model is ready, or failed.', model),
  'GET /mlflow/logged-models/{model_id}': note('A logged model.', model),
  'DELETE /mlflow/logged-models/{model_id}': note('Deletes a logged model.'),
  'PATCH /mlflow/logged-models/{model_id}/tags': note('Sets tags of a logged model.', model),
  'DELETE /mlflow/logged-models/{model_id}/tags/{tag_key}': note('Removes a tag of a logged model.'),
  'POST /mlflow/logged-models/{model_id}/params': note('Logs params of a logged model.'),
  'POST /mlflow/logged-models/search': note('Logged models by filter.', pageOf('models', named('LoggedModel')), {
    experiment_ids: ['0'],
  }),
  'GET /mlflow/logged-models/{model_id}/artifacts/directories': note('What lies in a folder of a logged model.', files),
  'GET /mlflow/artifacts/list': note('What lies in a folder of a run.', files),
  'POST /mlflow/registered-models/create': note('Makes a registered model.', registered, { name: 'flights' }),
  'GET /mlflow/registered-models/get': note('A registered model.', registered),
  'POST /mlflow/registered-models/rename': note('Gives a registered model another name.', registered),
  'PATCH /mlflow/registered-models/update': note('Describes a registered model.', registered),
  'DELETE /mlflow/registered-models/delete': note('Deletes a registered model with its versions.'),
  'GET /mlflow/registered-models/search': note(
    'Registered models by filter.',
    pageOf('registered_models', named('RegisteredModel')),
  ),
  'POST /mlflow/registered-models/get-latest-versions': latest,
  'GET /mlflow/registered-models/get-latest-versions': latest,
  'POST /mlflow/registered-models/set-tag': note('Sets a tag of a registered model.'),
  'DELETE /mlflow/registered-models/delete-tag': note('Removes a tag of a registered model.'),
  'POST /mlflow/registered-models/alias': note('Points an alias to a version.'),
  'DELETE /mlflow/registered-models/alias': note('Removes an alias.'),
  'GET /mlflow/registered-models/alias': note('The version that an alias points to.', version),
  'POST /mlflow/model-versions/create': note('Registers a version.', version, {
    ...{ name: 'flights', source: 's3://bucket/model' },
  }),
  'GET /mlflow/model-versions/get': note('A version.', version),
  'GET /mlflow/model-versions/get-download-uri': note(
    'Where the files of a version are fetched from.',
    object({ artifact_uri: text }),
  ),
  'GET /mlflow/model-versions/search': note('Versions by filter.', pageOf('model_versions', named('ModelVersion'))),
  'PATCH /mlflow/model-versions/update': note('Describes a version.', version),
  'POST /mlflow/model-versions/transition-stage': note('Moves a version to a stage.', version),
  'DELETE /mlflow/model-versions/delete': note('Deletes a version.'),
  'POST /mlflow/model-versions/set-tag': note('Sets a tag of a version.'),
  'DELETE /mlflow/model-versions/delete-tag': note('Removes a tag of a version.'),
  'POST /mlflow/webhooks': note('Makes a webhook.', object({ webhook: named('Webhook') })),
  'GET /mlflow/webhooks': note('All webhooks, in pages.', pageOf('webhooks', named('Webhook'))),
  'GET /mlflow/webhooks/{webhook_id}': note(
    'A webhook, and how its deliveries stand.',
    object({
      webhook: named('Webhook'),
      mlspec_deliveries: object({ pending: count, dead: count }, { last_error: text }),
    }),
  ),
  'PATCH /mlflow/webhooks/{webhook_id}': note('Changes a webhook.', object({ webhook: named('Webhook') })),
  'DELETE /mlflow/webhooks/{webhook_id}': note('Removes a webhook.'),
  'POST /mlflow/webhooks/{webhook_id}/test': note(
    'Sends an example, once.',
    object({
      result: object(
        { success: { type: 'boolean' } },
        { response_status: count, response_body: text, error_message: text },
      ),
    }),
  ),
};
