/* What the endpoints of traces answer. */
import type { JsonSchema } from '../message.ts';
import { double, listOf, milliseconds, named, object, pageOf } from './answers.ts';

const text = { type: 'string' };
const count = { type: 'integer' };
const integer = { type: 'integer', format: 'int64' };
const anything = {};
const texts = { type: 'object', additionalProperties: text };
const ref = (name: string): JsonSchema => ({ $ref: `#/components/schemas/${name}` });
const state = { enum: ['STATE_UNSPECIFIED', 'OK', 'ERROR', 'IN_PROGRESS'] };
const attributes = { attributes: listOf(ref('SpanAttribute')) };

/** Everything that these answers are made of. */
export const traceSchemas: Readonly<Record<string, JsonSchema>> = {
  Assessment: object(
    {
      ...{ assessment_id: text, assessment_name: text, trace_id: text },
      source: object({ source_type: text }, { source_id: text }),
      ...{ create_time: text, last_update_time: text, valid: { type: 'boolean' } },
    },
    {
      ...{ span_id: text, rationale: text, metadata: texts, overrides: text },
      feedback: object(
        { value: anything },
        { error: object({ error_code: text }, { error_message: text, stack_trace: text }) },
      ),
      expectation: object(
        {},
        { value: anything, serialized_value: object({ serialization_format: text, value: text }) },
      ),
      issue: object({ issue_name: text }),
    },
  ),
  TraceInfo: object(
    {
      trace_id: text,
      trace_location: object({ type: text, mlflow_experiment: object({ experiment_id: text }) }),
      ...{ request_time: text, state },
    },
    {
      ...{ client_request_id: text, request_preview: text, response_preview: text, execution_duration: text },
      ...{ trace_metadata: texts, tags: texts, assessments: listOf(ref('Assessment')) },
    },
  ),
  TraceInfoOfVersion2: object(
    {
      ...{ request_id: text, experiment_id: text, timestamp_ms: milliseconds, execution_time_ms: milliseconds },
      status: { enum: ['TRACE_STATUS_UNSPECIFIED', 'OK', 'ERROR', 'IN_PROGRESS'] },
    },
    { request_metadata: listOf(named('Tag')), tags: listOf(named('Tag')) },
  ),
  SpanValue: object(
    {},
    {
      ...{ string_value: text, bool_value: { type: 'boolean' }, int_value: integer, double_value: double },
      array_value: object({}, { values: listOf(ref('SpanValue')) }),
      kvlist_value: object({}, { values: listOf(ref('SpanAttribute')) }),
    },
  ),
  SpanAttribute: object({ key: text, value: ref('SpanValue') }),
  Span: object(
    {
      ...{ trace_id: text, span_id: text, name: text, start_time_unix_nano: integer },
      status: object({}, { message: text, code: text }),
    },
    {
      ...{ parent_span_id: text, end_time_unix_nano: integer, ...attributes },
      events: listOf(object({ time_unix_nano: integer, name: text }, attributes)),
      links: listOf(object({ trace_id: text, span_id: text }, attributes)),
    },
  ),
  Trace: object({ trace_info: ref('TraceInfo') }, { spans: listOf(ref('Span')) }),
};

const nothing = named('Nothing');
const trace = object({ trace: ref('Trace') });
const infoOfVersion2 = object({ trace_info: ref('TraceInfoOfVersion2') });
const assessment = object({ assessment: ref('Assessment') });
const figures = { type: 'object', additionalProperties: { type: 'number' } };

/** By method and path. Where two versions of the API have one path, either answer. */
export const traceAnswers: Readonly<Record<string, JsonSchema>> = {
  'PATCH /mlflow/traces/{trace_id}/tags': nothing,
  'DELETE /mlflow/traces/{trace_id}/tags': nothing,
  'PATCH /mlflow/traces/{request_id}/tags': nothing,
  'DELETE /mlflow/traces/{request_id}/tags': nothing,
  'POST /mlflow/traces/delete-traces': object({ traces_deleted: count }),
  'POST /mlflow/traces': { anyOf: [trace, infoOfVersion2] },
  'GET /mlflow/traces': pageOf('traces', ref('TraceInfoOfVersion2')),
  'GET /mlflow/traces/{trace_id}': trace,
  'GET /mlflow/traces/get': trace,
  'GET /mlflow/traces/batchGet': object({}, { traces: listOf(ref('Trace')) }),
  'POST /mlflow/traces/batchGetInfos': object({}, { trace_infos: listOf(ref('TraceInfo')) }),
  'POST /mlflow/traces/search': pageOf('traces', ref('TraceInfo')),
  'POST /mlflow/traces/calculate-filter-correlation': object(
    { filter1_count: count, filter2_count: count, joint_count: count, total_count: count },
    { npmi: { type: 'number' }, npmi_smoothed: { type: 'number' } },
  ),
  'POST /mlflow/traces/metrics': pageOf(
    'data_points',
    object({ metric_name: text, values: figures }, { dimensions: texts }),
  ),
  'POST /mlflow/traces/link-to-run': nothing,
  'POST /mlflow/traces/link-prompts': nothing,
  'PATCH /mlflow/traces/{request_id}': infoOfVersion2,
  'GET /mlflow/traces/{request_id}/info': infoOfVersion2,
  'POST /mlflow/traces/{trace_id}/assessments': assessment,
  'GET /mlflow/traces/{trace_id}/assessments/{assessment_id}': assessment,
  'PATCH /mlflow/traces/{trace_id}/assessments/{assessment_id}': assessment,
  'DELETE /mlflow/traces/{trace_id}/assessments/{assessment_id}': nothing,
};
