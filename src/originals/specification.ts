/**
 * The shapes of the example files of the specification itself (`mlspec/MLSpec`, Apache-2.0), which have no schema: names of
 * fields as the examples and the prose beside them have them, nothing of them required. A document is told by its keys.
 */

import { connection } from './registry-0-0-1.ts';
import { type Fields, group, groups, may } from './schema.ts';

/** A shape and what it is told by. */
export interface Shape {
  /** Keys of which at least one stands in every such document, for each list. */
  readonly marks: readonly (readonly string[])[];
  readonly fields: Fields;
}

const free = (...names: string[]): Fields => Object.fromEntries(names.map((name) => [name, may('any')]));
const named = may('any', { lands: 'value' });
const pair = groups({ key: may('any'), value: may('any') });
const version: Fields = { schema_version: named };
const application = group({ applicationId: named, applicationEndpoint: may('any') });
const stored = group(free('data_store', 'bucket', 'path', 'url'));
const local = group(free('path', 'url'));
const image = group(free('container_image_url', 'container_store'));
const access = group({
  ...Object.fromEntries(Object.keys(connection.fields).map((name) => [name, may('any', { credential: true })])),
  endpoint: may('any'),
});
const item = groups(free('key', 'path', 'artifact_type'));

const packaging: Fields = {
  ...version,
  name: named,
  model_identifier: named,
  description: may('any'),
  author: group(free('name', 'email')),
  framework: group({ ...free('name', 'version'), runtimes: group(free('name', 'version')) }),
  labels: groups(free('url', 'pipeline_uuids')),
  ...free('license', 'domain', 'purpose', 'website'),
  train: group({
    ...free('trainable', 'tested_platforms', 'mount_type'),
    model_source: group({ initial_model: stored, initial_model_local: local }),
    model_training_results: group({ trained_model: stored, trained_model_local: local }),
    data_source: group({
      training_data: group(free('data_store', 'bucket', 'path', 'training_data_url')),
      training_data_local: local,
    }),
    evaluation_metrics: group(free('metrics_type', 'directory')),
    training_container_image: image,
    execution: group({ command: may('any'), compute_configuration: group(free('name', 'nodes')) }),
    training_params: groups(free('learning_rate', 'loss', 'batch_size', 'epoch', 'optimizer', 'train_op')),
  }),
  serve: group({
    ...free('servable', 'tested_platforms'),
    model_source: group({ servable_model: stored, servable_model_local: local, scorable_model_local: local }),
    serving_container_image: image,
  }),
  score: group({
    scorable: may('any'),
    model_features_schema_source: group({
      scorable_model: group(free('data_store', 'bucket', 'data_store_file_paths', 'url')),
      scorable_model_local: group(free('data_store_file_paths', 'path')),
      metrics: may('any', { lands: 'metric' }),
      params: may('any'),
    }),
  }),
  convert: group({
    ...free('onnx_convertable', 'tf_inputs', 'tf_outputs', 'tf_rtol', 'tf_atol'),
    model_source: group({ initial_model: stored, initial_model_local: local }),
    onnx_converted_model: group({ onnx_model: stored, onnx_model_local: local }),
    data_stores: groups({ ...free('name', 'type'), connection: access }),
  }),
  data: group(free('source_id', 'domain', 'website', 'license')),
  process: groups(free('name', 'params', 'staging_dir', 'trained_model_path')),
  data_stores: groups({ ...free('name', 'type'), connection: access }),
  data_store_file_paths: groups(
    free('name', 'feature_file', 'input_schema_file', 'output_schema_file', 'sample_inputs_file'),
  ),
  container_stores: groups({
    name: may('any'),
    connection: group({
      container_registry: may('any'),
      container_registry_token: may('any', { credential: true }),
    }),
  }),
};

const inferenceRequest: Fields = {
  applicationInfo: application,
  requestInfo: group({ requestId: named, ...free('requestTimestamp', 'requestLatencyMs') }),
};

const trainingParams = groups(free('learning_rate', 'loss', 'batch_size', 'epoch', 'optimizer', 'train_op'));
const monitored = free('applicationId', 'requestId', 'requestTimestamp', 'inputFeatures');

/** The shapes by name, in the order in which they are looked for: the first that fits is taken. */
export const shapes: Readonly<Record<string, Shape>> = {
  dataset: {
    marks: [['isDeprecated', 'isReadOnly', 'isVisible', 'versionedBy', 'versionNotes', 'dateGenerated']],
    fields: {
      ...version,
      id: named,
      name: named,
      version: named,
      ...free('location', 'description', 'dateGenerated', 'defaultCompute', 'definition', 'deprecatedBy'),
      ...free('isDeprecated', 'isReadOnly', 'isVisible', 'preview', 'profile', 'state', 'versionedBy', 'versionedOn'),
      ...free('versionNotes', 'project_id', 'experiment_id', 'submittedDate', 'submitterId'),
      tags: pair,
      hyperparameters: pair,
    },
  },
  experiment: {
    marks: [['submittedDate', 'submitterId', 'hyperparameters']],
    fields: {
      ...version,
      id: named,
      project_id: named,
      experiment_id: named,
      name: named,
      ...free('submittedDate', 'submitterId'),
      hyperparameters: pair,
      artifacts: item,
      datasets: item,
      metrics: groups({ key: may('any'), value: may('any', { lands: 'metric' }), value_type: may('any') }),
      tags: pair,
      properties: pair,
    },
  },
  inference_request: {
    marks: [['applicationInfo'], ['requestInfo'], ['resultInfo', 'inputs', 'prediction']],
    fields: {
      ...inferenceRequest,
      resultInfo: group(free('resultCode', 'resultSizeInBytes')),
      inputs: group(free('featureNames', 'featureValues')),
      prediction: group(free('predictionMimeType', 'predictionData')),
    },
  },
  inference_log: {
    marks: [['applicationInfo'], ['requestInfo']],
    fields: { ...inferenceRequest, modelInfo: group(free('models')) },
  },
  monitoring_prediction: {
    marks: [['requestId'], ['modelId', 'prediction', 'inferenceServiceId']],
    fields: {
      ...monitored,
      ...free('modelId', 'inferenceServiceId', 'inferenceLatency', 'prediction', 'predictionExplanation'),
      ...free('predictionFeedback', 'feedbackActions', 'isFinal'),
    },
  },
  monitoring_request: {
    marks: [['requestId'], ['inputFeatures', 'inputType', 'groundTruthLabel']],
    fields: { ...monitored, ...free('inputType', 'groundTruthLabel') },
  },
  pipeline: {
    marks: [['pipeline'], ['steps']],
    fields: { name: named, data: may('any'), steps: may('any'), pipeline: may('any') },
  },
  model_description: {
    marks: [['runtimeArtifacts', 'dimensionality_reduction', 'clustering']],
    fields: {
      ...version,
      runtimeArtifacts: may('any'),
      framework: group({ ...free('name', 'version'), custom: may('any') }),
      ...free('time_created', 'created_by', 'purpose', 'clustering', 'dimensionality_reduction'),
      custom: group({
        origin: group(free('codeAssets', 'dataAssets', 'created_by', 'pipeline', 'logs')),
        expiry: may('any'),
        metadata: group({
          schema: group(free('link_to_dataset', 'features', 'service_schema')),
          output_schema: may('any'),
          metrics: may('any', { lands: 'metric' }),
          ...free('sampleInputs', 'tags', 'key'),
        }),
      }),
    },
  },
  metadata_file: {
    marks: [
      ['model_architecture', 'data_process', 'model', 'dataset'],
      ['framework', 'training_params', 'dataset'],
    ],
    fields: {
      framework: groups(free('name', 'version', 'runtime', 'requirement')),
      model: groups(free('name', 'version', 'source', 'creator', 'time', 'type')),
      dataset: groups(free('name', 'version', 'source')),
      data_process: groups(free('data_load', 'data_split', 'padding', 'truncating', 'type')),
      model_architecture: groups(
        free('input', 'fully_connected_layer', 'output', 'dropout', 'embedding', 'batch_normalization'),
      ),
      training_params: trainingParams,
    },
  },
  model_packaging: {
    marks: [
      [
        'model_identifier',
        'train',
        'serve',
        'score',
        'convert',
        'process',
        'data',
        'data_stores',
        'data_store_file_paths',
        'container_stores',
      ],
    ],
    fields: packaging,
  },
};
