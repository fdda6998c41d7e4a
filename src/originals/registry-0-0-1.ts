/**
 * The schemas of registry 0.0.1: names, types and what is required, as the schema files of `mlspeclib` 1.1.15 have them
 * (PyPI, MIT). Two files declare `data_source`; here it has the fields of both, of which only what both require is required.
 * `environment` stands in a file that `mlspeclib` never loads.
 */
import { type Fields, group, may, must, mustStand } from './schema.ts';

/** What every document of a registry begins with. */
export const base: Fields = {
  schema_version: must('semver', { lands: 'value' }),
  schema_type: must('string', { lands: 'value' }),
  run_id: must('uuid', { lands: 'value' }),
  step_id: must('uuid', { lands: 'value' }),
  run_date: must('datetime', { lands: 'value' }),
};

const accessKeyId = may('string', { credential: /^[A-Z0-9]{20}(?![A-Z0-9])/ });
const secretAccessKey = may('string', { credential: /^[A-Za-z0-9/+=]{40}(?![A-Za-z0-9/+=])/ });

/** A way into a store of data. */
export const connection = group({
  endpoint: must('uri'),
  access_key_id: accessKeyId,
  secret_access_key: secretAccessKey,
});

const local = group({ path: may('path') });
const stored: Fields = { data_store: may('string'), bucket: may('bucket'), path: may('path'), url: may('uri') };
const image = group({ container_image_url: may('uri'), container_store: may('string') });
const result: Fields = {
  training_execution_id: must('uuid', { lands: 'value' }),
  accuracy: must('float', { lands: 'metric' }),
  global_step: must('float', { lands: 'metric' }),
  loss: must('float', { lands: 'metric' }),
};
const machines: Fields = {
  nodes: must('int'),
  cpu_per_node: must('int'),
  ram_per_node: must('quantity'),
  gpu_required: must('boolean'),
  output_path: must('path'),
};
const trainingParams = group({
  learning_rate: must('float'),
  loss: must('float'),
  batch_size: must('float'),
  epoch: must('float'),
  optimizer: must('list_strings'),
  train_op: must('string'),
  other_tags: must('dict'),
});
const datapath: Fields = {
  data_store: must('string', { lands: 'value' }),
  storage_connection_type: must('string', {
    allowed: ['CUSTOM', 'AWS_BLOB', 'GCP_BLOB', 'AZURE_BLOB', 'NFS_BLOB', 'SMB_BLOB'],
  }),
  connection,
};

const runEnvironment = group({
  name: must('string'),
  version: mustStand('semver'),
  environmentVariables: may('dict'),
  python: group({
    userManagedDependencies: may('boolean'),
    interpreterPath: may('path'),
    condaDependenciesFile: may('string'),
    baseCondaEnvironment: may('string'),
  }),
  docker: group({
    enabled: may('boolean'),
    baseImage: may('uri'),
    baseDockerfile: may('string'),
    sharedVolumes: may('boolean'),
    shmSize: may('string'),
    arguments: may('list_strings'),
    baseImageRegistry: group({
      address: may('uri'),
      username: may('string'),
      password: may('string', { credential: true }),
    }),
  }),
  spark: group({
    repositories: may('list_strings'),
    packages: may('list_strings'),
    precachePackages: may('boolean'),
  }),
  databricks: group({
    mavenLibraries: may('list_strings'),
    pypiLibraries: may('list_strings'),
    rcranLibraries: may('list_strings'),
    jarLibraries: may('list_strings'),
    eggLibraries: may('list_strings'),
  }),
  r: may('string'),
  inferencingStackVersion: may('string'),
});

const runconfig: Fields = {
  script: must('string'),
  arguments: must('list_strings'),
  target: must('string'),
  framework: must('string', { allowed: ['Python', 'PySpark', 'CNTK', 'TensorFlow', 'PyTorch'] }),
  communicator: must('string', { allowed: ['None', 'ParameterServer', 'OpenMpi', 'IntelMpi'] }),
  maxRunDurationSeconds: mustStand('int'),
  nodeCount: must('int'),
  environment: runEnvironment,
  history: group({
    outputCollection: must('boolean'),
    snapshotProject: must('boolean'),
    directoriesToWatch: may('list_strings'),
  }),
  spark: group({ configuration: must('dict') }),
  hdi: group({ yarnDeployMode: may('string', { allowed: ['cluster', 'client'] }) }),
  tensorflow: group({ workerCount: may('int'), parameterServerCount: may('int') }),
  mpi: group({ processCountPerNode: may('int') }),
  dataReferences: must('dict'),
  data: must('dict'),
  sourceDirectoryDataStore: mustStand('path'),
  amlcompute: group({
    vmSize: may('string'),
    vmPriority: may('string', { allowed: ['dedicated', 'lowpriority'] }),
    retainCluster: may('boolean'),
    name: may('string'),
    clusterMaxNodeCount: mustStand('int'),
  }),
};

const trainExecution: Fields = {
  trainable: must('boolean'),
  tested_platforms: must('list_strings'),
  model_source: group({ initial_model: group(stored), initial_model_local: local }),
  model_training_results: group({ trained_model: group(stored), trained_model_local: local }),
  data_source: group({
    training_data: group({
      data_store: must('string'),
      bucket: must('bucket'),
      path: must('path'),
      training_data_url: must('uri'),
    }),
    training_data_local: group({ path: may('string') }),
  }),
  mount_type: must('string'),
  evaluation_metrics: group({ metrics_type: must('string'), directory: must('path') }),
  training_container_image: image,
  execution: group({
    command: must('string'),
    compute_configuration: group({ name: must('string'), nodes: must('int') }),
  }),
  training_params: trainingParams,
};

const conversion: Fields = {
  onnx_convertable: must('boolean'),
  model_source: group({ initial_model: group(stored), initial_model_local: local }),
  onnx_converted_model: group({
    onnx_model: group({ ...stored, data_store: must('string') }),
    onnx_model_local: local,
  }),
  tf_inputs: may('list_of_tensor_shapes'),
  tf_outputs: may('list_strings'),
  tf_rtol: may('float'),
  tf_atol: may('float'),
  data_stores: group({ name: may('string'), datastore_type: may('string') }),
  connection,
};

const metadata: Fields = {
  name: must('string', { lands: 'value' }),
  model_identifier: must('string', { lands: 'value' }),
  description: may('string'),
  author: group({ name: must('string'), email: must('email') }),
  framework: group({
    name: must('string'),
    version: must('string'),
    runtimes: group({ name: must('string'), version: must('string') }),
  }),
  license: may('string'),
  domain: may('string'),
  purpose: may('string'),
  website: may('uri'),
  labels: may('dict'),
};

const model: Fields = {
  name: must('string', { lands: 'value' }),
  version: must('semver', { lands: 'value' }),
  description: must('string'),
  tags: may('dict'),
  properties: may('dict'),
  time_created: must('datetime'),
  created_by: must('uuid'),
  model_artifacts: may('dict'),
  references: group({
    dataset: group({ training_dataset: may('string') }),
    experiment: group({ src_uri: must('uri'), run_id: must('uuid') }),
  }),
  flavors: group({
    sklearn: group({ sklearn_version: may('semver'), pickled_model: may('path') }),
    onnx: group({ onnx_model: may('path') }),
  }),
};

const score: Fields = {
  scorable: must('boolean'),
  model_features_schema_source: group({
    scorable_model: group({
      data_store: may('string'),
      bucket: may('bucket'),
      data_store_file_paths: may('path'),
      url: may('uri'),
    }),
    scorable_model_local: group({ data_store_file_paths: may('path') }),
    metrics: must('dict', { lands: 'metric' }),
    params: must('dict'),
  }),
};

/** The schemas by type, without the fields of `base`. */
export const registry001: Readonly<Record<string, Fields>> = {
  base: {},
  containerstore: {
    name: must('string', { lands: 'value' }),
    connection: group({
      container_registry: may('uri'),
      container_registry_token: may('string', { credential: true }),
    }),
  },
  conversion,
  data_process_run: machines,
  data_result: {
    data_output_path: must('path'),
    data_statistics_path: must('path'),
    data_schemas_path: must('path'),
    feature_file_path: must('path'),
  },
  data_source: {
    source_id: must('string', { lands: 'value' }),
    domain: may('string'),
    website: may('uri'),
    license: may('string'),
    source_uri: may('uri'),
  },
  data_version_control: { ...datapath, dvc_hash: must('string', { lands: 'value' }) },
  datapath,
  dataschema: {
    data_schemas_path_name: must('string', { lands: 'value' }),
    feature_file: must('path'),
    input_schema_file: must('path'),
    output_schema_file: must('path'),
    sample_inputs_file: must('path'),
  },
  environment: {
    environment_name: must('string', { lands: 'value' }),
    dependencies: must('list'),
    channels: must('list_strings'),
  },
  metadata,
  model,
  package_run: {
    model_source: must('path'),
    container_registry: must('uri'),
    'agent-pool': must('string'),
    'build-args': mustStand('list'),
    secrets: must('list', { credential: true }),
  },
  runconfig,
  score,
  serve: {
    servable: must('boolean'),
    tested_platforms: must('list_strings'),
    model_source: group({
      servable_model: group(stored),
      servable_model_local: group({ path: may('path'), url: may('uri') }),
      scorable_model_local: local,
    }),
    serving_container_image: image,
  },
  train_execution: trainExecution,
  training_post_process: {
    script_name: must('string'),
    params: may('dict'),
    staging_dir: may('path'),
    trained_model_path: may('path'),
  },
  training_results: result,
  training_run: { ...machines, training_params: trainingParams },
  workflow: {
    workflow_version: must('semver', { lands: 'value' }),
    steps: must('workflow_steps'),
  },
};
