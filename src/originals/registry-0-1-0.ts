/** The schemas of registry 0.1.0, as the schema files of `mlspeclib` 1.1.15 have them (PyPI, MIT). `log` has no `step_id`. */
import { type Fields, group, may, must, mustStand } from './schema.ts';

const saved = (member: string) => group({ saveAs: group({ [member]: must('path') }), options: may('dict') });

/** The schemas by type, without the fields of `base`. */
export const registry010: Readonly<Record<string, Fields>> = {
  base: {},
  component: {
    name: must('string', { lands: 'value' }),
    description: must('string'),
    metadata: group({ annotations: may('dict') }),
    snapshotDirectory: may('path'),
    inputs: mustStand('list_interfaces'),
    outputs: mustStand('list_interfaces'),
    command: may('string'),
    communicator: may('dict'),
    implementation: group({
      container: group({
        image: may('string'),
        command: may('list'),
        args: may('list'),
        env: may('dict'),
        fileOutputs: may('dict'),
      }),
    }),
    compute: group({
      node_count: mustStand('string'),
      workerType: mustStand('string'),
      scalingpolicy: mustStand('string'),
      checkpointpolicy: mustStand('string'),
      placementpolicy: mustStand('string'),
      os: mustStand('string'),
      memory_gb: mustStand('int'),
    }),
    metrics: may('list'),
    custom: may('dict'),
  },
  environment: {
    docker: group({
      baseImage: must('uri'),
      python: group({
        interpreterPath: must('path'),
        conda: group({ dependencies: mustStand('list') }),
      }),
    }),
    custom: may('dict'),
  },
  job: {
    workflow_id: may('uuid', { lands: 'value' }),
    name: may('string', { lands: 'value' }),
    type: may('string'),
    component: group({
      name: must('string'),
      arguments: group({
        videos: group({ mountDataset: may('path'), options: may('dict') }),
        videos_dataset: may('path'),
        num_epochs: must('int'),
        resume_from: group({ mountDataset: must('path') }),
        node_count: must('int'),
        sku: must('string'),
      }),
      config: group({ outputs: group({ model: saved('model'), checkpoints: saved('dataset') }) }),
    }),
    custom: may('dict'),
  },
  log: {
    step_name: must('string', { lands: 'value' }),
    raw_log: mustStand('string'),
    log_property_bag: may('dict'),
  },
};
