/**
 * What can be searched, by which names, and where each name's values are stored. All SQL here is ours: the texts of a
 * search reach a statement as parameters only.
 */

import { traceEntity } from './trace-entity.ts';

/** What a search can be over. The alias of each one's table is in `entities`. */
export type EntityName = 'runs' | 'experiments' | 'registered-models' | 'model-versions' | 'logged-models' | 'traces';

/** The kinds of names that have a prefix and any key. */
export type Family = 'metric' | 'param' | 'tag' | 'metadata';

/** A column. `id` is a whole number that searches write as text. */
export interface Attribute {
  readonly sql: string;
  readonly type: 'text' | 'integer' | 'id';
  /** Other ways to write a value that is compared as a whole. */
  readonly values?: Readonly<Record<string, string>>;
  /** Where a trace may have several: the table that links them, and its column; `sql` is the first one. */
  readonly link?: { readonly table: string; readonly column: string };
}

/** A table of keys and values: `owner` of a row equals the entity's `of`, column by column. */
export interface KeyedTable {
  readonly table: string;
  readonly owner: readonly string[];
  readonly of: readonly string[];
  readonly value: string;
  /** 1 where the value is NaN; only numbers have it. */
  readonly isNan?: string;
  /** Whether there is an index over key and value: on PostgreSQL, over the value's first `indexedLength` characters. */
  readonly isFoundByValue?: boolean;
}

/** How much of a text PostgreSQL's indexes of values hold. */
export const indexedLength = 200;

/** One searchable thing. */
export interface Entity {
  readonly name: EntityName;
  readonly alias: string;
  /** For messages. */
  readonly noun: string;
  /** By every spelling. */
  readonly attributes: Readonly<Record<string, Attribute>>;
  readonly families: Readonly<Partial<Record<Family, KeyedTable>>>;
  readonly hasDatasets: boolean;
  /** Whether values of texts may stand without quotes, as MLflow allows for logged models. */
  readonly takesBareValues: boolean;
  /** What a second order by the same field is; MLflow breaks where it is refused here. */
  readonly repeatedOrder: 'refused' | 'ignored';
  /** The table of tags that tells prompts from models, where a search leaves prompts out. */
  readonly promptTags: KeyedTable | null;
}

/** The parts of a trace that have names of their own. */
export type TracePart = 'span' | 'feedback' | 'expectation' | 'issue';

/** Prefixes of attributes that mean one entity only. */
export const ownPrefixes: Readonly<Record<string, EntityName>> = { run: 'runs', trace: 'traces' };

/** Which family a prefix means. */
export const prefixes: Readonly<Record<string, Family | 'attribute' | 'dataset' | TracePart>> = {
  metric: 'metric',
  metrics: 'metric',
  param: 'param',
  params: 'param',
  parameter: 'param',
  parameters: 'param',
  tag: 'tag',
  tags: 'tag',
  attribute: 'attribute',
  attributes: 'attribute',
  attr: 'attribute',
  run: 'attribute',
  trace: 'attribute',
  metadata: 'metadata',
  request_metadata: 'metadata',
  span: 'span',
  feedback: 'feedback',
  expectation: 'expectation',
  issue: 'issue',
  dataset: 'dataset',
  datasets: 'dataset',
};

/** The tag that marks a registered model, or a version of one, as a prompt. */
export const promptTag = 'mlflow.prompt.is_prompt';

function text(sql: string): Attribute {
  return { sql, type: 'text' };
}

function integer(sql: string): Attribute {
  return { sql, type: 'integer' };
}

function keyed(table: string, owner: string, of: string): KeyedTable {
  return { table, owner: [owner], of: [of], value: 'value' };
}

const runName = text('r.name');
const startTime = integer('r.started_at_ms');

const runs: Entity = {
  name: 'runs',
  alias: 'r',
  noun: 'runs',
  attributes: {
    run_id: text('r.run_id'),
    run_name: runName,
    'run name': runName,
    'Run name': runName,
    'Run Name': runName,
    user_id: text('r.user_id'),
    status: text('r.status'),
    artifact_uri: text('r.artifact_uri'),
    start_time: startTime,
    created: startTime,
    Created: startTime,
    end_time: integer('r.ended_at_ms'),
  },
  families: {
    metric: { table: 'metric_series', owner: ['run'], of: ['r.id'], value: 'last_value', isNan: 'last_is_nan' },
    param: { ...keyed('run_params', 'run', 'r.id'), isFoundByValue: true },
    tag: { ...keyed('run_tags', 'run', 'r.id'), isFoundByValue: true },
  },
  hasDatasets: true,
  takesBareValues: false,
  repeatedOrder: 'refused',
  promptTags: null,
};

const experiments: Entity = {
  name: 'experiments',
  alias: 'e',
  noun: 'experiments',
  attributes: {
    name: text('e.name'),
    experiment_id: { sql: 'e.id', type: 'id' },
    creation_time: integer('e.created_at_ms'),
    last_update_time: integer('e.updated_at_ms'),
  },
  families: { tag: keyed('experiment_tags', 'experiment_id', 'e.id') },
  hasDatasets: false,
  takesBareValues: false,
  repeatedOrder: 'ignored',
  promptTags: null,
};

const modelTags = keyed('registered_model_tags', 'model', 'm.name');

const registeredModels: Entity = {
  name: 'registered-models',
  alias: 'm',
  noun: 'registered models',
  attributes: {
    name: text('m.name'),
    creation_timestamp: integer('m.created_at_ms'),
    last_updated_timestamp: integer('m.updated_at_ms'),
    timestamp: integer('m.updated_at_ms'),
  },
  families: { tag: modelTags },
  hasDatasets: false,
  takesBareValues: false,
  repeatedOrder: 'refused',
  promptTags: modelTags,
};

const modelVersions: Entity = {
  name: 'model-versions',
  alias: 'v',
  noun: 'model versions',
  attributes: {
    name: text('v.model'),
    version_number: integer('v.ordinal'),
    run_id: text('v.run_id'),
    source_path: text('v.source'),
    creation_timestamp: integer('v.created_at_ms'),
    last_updated_timestamp: integer('v.updated_at_ms'),
  },
  families: {
    tag: {
      table: 'model_version_tags',
      owner: ['model', 'ordinal'],
      of: ['v.model', 'v.ordinal'],
      value: 'value',
    },
  },
  hasDatasets: false,
  takesBareValues: false,
  repeatedOrder: 'refused',
  // One version that is a prompt makes its model one.
  promptTags: keyed('model_version_tags', 'model', 'v.model'),
};

const modelCreated = integer('l.created_at_ms');
const modelUpdated = integer('l.updated_at_ms');

const loggedModels: Entity = {
  name: 'logged-models',
  alias: 'l',
  noun: 'logged models',
  attributes: {
    name: text('l.name'),
    model_id: text('l.model_id'),
    model_type: text('l.model_type'),
    status: { ...text('l.status'), values: loggedModelStates() },
    status_message: text('l.status_message'),
    source_run_id: text('l.source_run_id'),
    experiment_id: { sql: 'l.experiment_id', type: 'id' },
    artifact_location: text('l.artifact_uri'),
    lifecycle_stage: text('l.lifecycle'),
    creation_timestamp: modelCreated,
    creation_timestamp_ms: modelCreated,
    creation_time: modelCreated,
    last_updated_timestamp: modelUpdated,
    last_updated_timestamp_ms: modelUpdated,
    last_updated_time: modelUpdated,
  },
  families: {
    metric: { ...keyed('logged_model_metrics', 'model_id', 'l.model_id'), isNan: 'is_nan' },
    param: keyed('logged_model_params', 'model_id', 'l.model_id'),
    tag: keyed('logged_model_tags', 'model_id', 'l.model_id'),
  },
  hasDatasets: false,
  takesBareValues: true,
  repeatedOrder: 'ignored',
  promptTags: null,
};

/** The states of logged models by their short names and by the numbers that MLflow compares. */
function loggedModelStates(): Readonly<Record<string, string>> {
  const states = ['UNSPECIFIED', 'PENDING', 'READY', 'UPLOAD_FAILED'];
  return Object.fromEntries(
    states.flatMap((state, index) => [
      [state, `LOGGED_MODEL_${state}`],
      [String(index), `LOGGED_MODEL_${state}`],
    ]),
  );
}

/** Every entity by its name. */
export const entities: Readonly<Record<EntityName, Entity>> = {
  runs,
  experiments,
  'registered-models': registeredModels,
  'model-versions': modelVersions,
  'logged-models': loggedModels,
  traces: traceEntity,
};
