/* What endpoints answer, as JSON Schemas: every field that is ever written, and no other. */
import type { JsonSchema } from '../message.ts';

const text = { type: 'string' };
const count = { type: 'integer' };
/** Milliseconds since 1970, or a length of time. */
export const milliseconds = { type: 'integer', description: 'Milliseconds since 1970-01-01 UTC.' };
const step = { type: 'integer', format: 'int64' };
/** A double; what JSON has no number for is a text. */
export const double = { anyOf: [{ type: 'number' }, { enum: ['NaN', 'Infinity', '-Infinity'] }] };
const maybe = (schema: JsonSchema): JsonSchema => ({ anyOf: [schema, { type: 'null' }] });

/** A list of something. */
export const listOf = (items: JsonSchema): JsonSchema => ({ type: 'array', items });
/** A schema of `schemas` by its name. */
export const named = (name: keyof typeof schemas): JsonSchema => ({ $ref: `#/components/schemas/${name}` });

/** An object with all of `fields`, perhaps some of `others`, and nothing else. */
export function object(
  fields: Readonly<Record<string, JsonSchema>>,
  others: Readonly<Record<string, JsonSchema>> = {},
): JsonSchema {
  const required = Object.keys(fields);
  return {
    type: 'object',
    properties: { ...fields, ...others },
    ...(required.length === 0 ? {} : { required }),
    additionalProperties: false,
  };
}

/** A page of something, which is absent where there is none. */
export function pageOf(field: string, items: JsonSchema): JsonSchema {
  return object({}, { [field]: listOf(items), next_page_token: text });
}

const pair = object({ key: text, value: text });
const lifecycle = { enum: ['active', 'deleted'] };
const point = { key: text, value: double, timestamp: milliseconds, step };
const ref = (name: string): JsonSchema => ({ $ref: `#/components/schemas/${name}` });

/** Everything that answers are made of. */
export const schemas = {
  Nothing: object({}),
  Error: object({
    error_code: { type: 'string', description: 'A code of MLflow, for example RESOURCE_DOES_NOT_EXIST.' },
    message: text,
  }),
  Tag: pair,
  Experiment: object(
    {
      ...{ experiment_id: text, name: text, artifact_location: text, lifecycle_stage: lifecycle },
      ...{ creation_time: milliseconds, last_update_time: milliseconds },
    },
    { tags: listOf(ref('Tag')) },
  ),
  DatasetSummary: object({ experiment_id: text, name: text, digest: text }, { context: text }),
  RunInfo: object(
    {
      ...{ run_id: text, run_uuid: text, experiment_id: text, artifact_uri: text, lifecycle_stage: lifecycle },
      status: { enum: ['RUNNING', 'SCHEDULED', 'FINISHED', 'FAILED', 'KILLED'] },
    },
    { run_name: maybe(text), user_id: maybe(text), start_time: milliseconds, end_time: milliseconds },
  ),
  Metric: object(point),
  MetricOfRun: object({ ...point, run_id: text }),
  Bucket: object({}, Object.fromEntries(['min', 'max', 'first', 'last', 'nan'].map((name) => [name, ref('Point')]))),
  Point: object({ step, timestamp: milliseconds, value: double }),
  Dataset: object({ name: text, digest: text, source_type: text, source: text }, { schema: text, profile: text }),
  Run: object({
    info: ref('RunInfo'),
    data: object({}, { metrics: listOf(ref('Metric')), params: listOf(ref('Tag')), tags: listOf(ref('Tag')) }),
    inputs: object(
      {},
      {
        dataset_inputs: listOf(object({ dataset: ref('Dataset') }, { tags: listOf(ref('Tag')) })),
        model_inputs: listOf(object({ model_id: text })),
      },
    ),
    outputs: object({}, { model_outputs: listOf(object({ model_id: text, step })) }),
  }),
  LoggedModel: object({
    info: object(
      {
        ...{ model_id: text, experiment_id: text, name: text, artifact_uri: text },
        ...{ creation_timestamp_ms: milliseconds, last_updated_timestamp_ms: milliseconds },
        status: { type: 'string' },
        tags: listOf(ref('Tag')),
      },
      { model_type: maybe(text), source_run_id: maybe(text), status_message: text },
    ),
    data: object({
      params: listOf(ref('Tag')),
      metrics: listOf(
        object({ ...point, model_id: text, run_id: maybe(text) }, { dataset_name: text, dataset_digest: text }),
      ),
    }),
  }),
  ModelVersion: object(
    {
      ...{ name: text, version: text, creation_timestamp: milliseconds, last_updated_timestamp: milliseconds },
      ...{ current_stage: text, source: text, run_id: text, status: text, run_link: text },
    },
    {
      ...{ user_id: text, description: text, status_message: text, model_id: text },
      ...{ tags: listOf(ref('Tag')), aliases: listOf(text) },
    },
  ),
  RegisteredModel: object(
    { name: text, creation_timestamp: milliseconds, last_updated_timestamp: milliseconds },
    {
      ...{ user_id: text, description: text, latest_versions: listOf(ref('ModelVersion')), tags: listOf(ref('Tag')) },
      aliases: listOf(object({ alias: text, version: text })),
    },
  ),
  File: object({ path: text, is_dir: { type: 'boolean' } }, { file_size: count }),
  Webhook: object(
    {
      ...{ webhook_id: text, name: text, url: text, status: text },
      ...{ creation_timestamp: milliseconds, last_updated_timestamp: milliseconds },
      events: listOf(object({ entity: text, action: text })),
    },
    { mlspec_events: listOf(text), description: text },
  ),
} as const satisfies Readonly<Record<string, JsonSchema>>;
