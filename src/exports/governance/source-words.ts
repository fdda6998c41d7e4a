import type { SourceName } from './source-names.ts';

/** What a source is, and what has to be done so that there is something of it. */
export interface SourceWords {
  readonly title: string;
  readonly wouldFill: string;
}

const released = 'mlspec release';

/** Every source in words. */
export const sourceWords: Readonly<Record<SourceName, SourceWords>> = {
  declaration: {
    title: 'The declaration that the run was held to',
    wouldFill: 'a run whose layout your trusted owner key signed',
  },
  lifecycle: { title: 'The steps that had to be carried out', wouldFill: 'a run whose layout your owner key signed' },
  objectives: {
    title: 'What the model has to reach',
    wouldFill: 'objectives: {gates, require} in the declaration, and a release',
  },
  'data-sources': {
    title: 'Where the data come from',
    wouldFill: 'ingestion: {sources} in the declaration, and a run',
  },
  'data-parts': { title: 'How the data were divided, and what was sealed', wouldFill: 'a run with splitting' },
  'data-checks': {
    title: 'What the data were checked for',
    wouldFill: 'validation: {checks} or {schema} in the declaration, and a run',
  },
  'data-statistics': { title: 'Statistics and schema of the data', wouldFill: 'a run with analysis' },
  'training-data': { title: 'The data that models were trained on', wouldFill: 'a run with training' },
  transformation: {
    title: 'How columns become features',
    wouldFill: 'transformation in the declaration, and a run',
  },
  model: { title: 'The trained model and its parameters', wouldFill: 'a run with training' },
  metrics: { title: 'Metrics with intervals', wouldFill: 'a run with evaluation' },
  'metrics-by-slice': {
    title: 'Metrics with intervals, by group',
    wouldFill: 'evaluation: {slices} in the declaration, and a run',
  },
  'measured-objectives': {
    title: 'Objectives measured on open data',
    wouldFill: 'objectives: {require} in the declaration, and a run',
  },
  gates: {
    title: 'Tests on sealed data, with their reliability',
    wouldFill: 'testing: {gates} in the declaration, and mlspec release',
  },
  package: { title: 'The package that is handed on', wouldFill: released },
  registration: { title: 'The registered version', wouldFill: released },
  approvals: { title: 'Approvals of the version', wouldFill: 'mlspec approve MODEL, with a key of the role approver' },
  deployments: { title: 'What was served, and from when', wouldFill: 'mlspec serve MODEL' },
  windows: {
    title: 'How far data of production are from what was trained on',
    wouldFill: 'mlspec monitor MODEL FILE',
  },
  environments: {
    title: 'Exact software that steps ran with',
    wouldFill: 'environment: in a Python step of the declaration, and a run',
  },
  code: { title: 'The code of the project that was loaded', wouldFill: 'a step with code of the project' },
  compute: { title: 'Machines and time that were used', wouldFill: 'a run' },
  'bill-of-materials': {
    title: 'A bill of materials',
    wouldFill: 'mlspec export RUN FILE --as cyclonedx, or spdx',
  },
  record: { title: 'The end of the run, which names all its statements', wouldFill: 'a run that ended COMPLETE' },
  purpose: { title: 'What the system is for', wouldFill: 'description: in the declaration' },
  'intended-use': { title: 'By whom and for what it is to be used', wouldFill: 'intended_use: in the declaration' },
  limitations: { title: 'Where it must not be relied on', wouldFill: 'limitations: in the declaration' },
  license: {
    title: 'Under which licence model and data may be used',
    wouldFill: 'license: in the declaration',
  },
  owners: { title: 'Who answers for the system', wouldFill: 'owners: in the declaration' },
  task: { title: 'What is learnt', wouldFill: 'task: in the declaration' },
  labels: { title: 'Where labels come from', wouldFill: 'ingestion: {labels} in the declaration' },
  features: {
    title: 'What the model may see, and what not',
    wouldFill: 'features: or transformation: in the declaration',
  },
  explanations: { title: 'Explanations that are made', wouldFill: 'evaluation: {explain} in the declaration' },
  resources: { title: 'What the model needs to run', wouldFill: 'packaging: {resources} in the declaration' },
  serving: { title: 'How a new version reaches production', wouldFill: 'serving: {rollout} in the declaration' },
  monitoring: { title: 'What is watched in production', wouldFill: 'monitoring: in the declaration' },
  rollback: {
    title: 'What replaces the model on an alarm',
    wouldFill: 'monitoring: {rollback_to} in the declaration',
  },
  retraining: { title: 'When it is trained again', wouldFill: 'triggers: in the declaration' },
  logging: { title: 'What is kept of every request', wouldFill: 'logging: in the declaration' },
};
