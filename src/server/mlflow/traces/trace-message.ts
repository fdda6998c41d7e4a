/* Traces as the REST API reads and writes them: the forms of MLflow 3 and of MLflow 2. */
import { type NewTrace, type Tag, type Trace, type TraceInfo, traceStates } from '../../../tracking/index.ts';
import { list, message, oneOf, text } from '../message.ts';
import { assessmentMessage, newAssessmentOf, writeAssessment } from './assessment-message.ts';
import { duration, instant, writeDuration, writeInstant } from './instants.ts';
import { writeSpan } from './span-message.ts';
import { textMap } from './text-map.ts';

const metadataLength = 250;
const tagLength = 4096;
/** The names of states in MLflow 2. */
export const traceStatuses = ['TRACE_STATUS_UNSPECIFIED', 'OK', 'ERROR', 'IN_PROGRESS'] as const;

/** Where traces are: of the places that MLflow has only experiments are here. */
export const locationMessage = message({ type: text, mlflow_experiment: message({ experiment_id: text }) });

const traceInfoMessage = message({
  trace_id: text,
  client_request_id: text,
  trace_location: locationMessage,
  request_preview: text,
  response_preview: text,
  request_time: instant,
  execution_duration: duration,
  state: oneOf(traceStates, 0),
  trace_metadata: textMap,
  tags: textMap,
  assessments: list(assessmentMessage),
});

/** A trace as a client of MLflow 3 sends it. */
export const traceMessage = message({ trace_info: traceInfoMessage });

/** The trace in such a message. */
export function newTraceOf(read: NonNullable<ReturnType<typeof traceInfoMessage>>): NewTrace {
  return {
    traceId: read.trace_id ?? '',
    experimentId: read.trace_location?.mlflow_experiment?.experiment_id ?? '',
    startedAtMs: read.request_time ?? 0,
    durationMs: read.execution_duration ?? null,
    state: read.state ?? 'STATE_UNSPECIFIED',
    clientRequestId: read.client_request_id ?? null,
    requestPreview: read.request_preview ?? null,
    responsePreview: read.response_preview ?? null,
    tags: read.tags,
    metadata: read.trace_metadata,
    assessments: read.assessments.map(newAssessmentOf),
  };
}

/** A trace without its spans, in the form of MLflow 3. */
export function writeInfo(info: TraceInfo): object {
  return {
    trace_id: info.traceId,
    ...(info.clientRequestId === null ? {} : { client_request_id: info.clientRequestId }),
    trace_location: { type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: info.experimentId } },
    ...(info.requestPreview === null ? {} : { request_preview: info.requestPreview }),
    ...(info.responsePreview === null ? {} : { response_preview: info.responsePreview }),
    request_time: writeInstant(info.startedAtMs),
    ...(info.durationMs === null ? {} : { execution_duration: writeDuration(info.durationMs) }),
    state: info.state,
    ...mapped('trace_metadata', info.metadata, metadataLength),
    ...(info.assessments.length === 0 ? {} : { assessments: info.assessments.map(writeAssessment) }),
    ...mapped('tags', info.tags, tagLength),
  };
}

/** A trace with its spans. */
export function writeTrace({ info, spans }: Trace): object {
  return { trace_info: writeInfo(info), ...(spans.length === 0 ? {} : { spans: spans.map(writeSpan) }) };
}

/** A trace in the form of MLflow 2. */
export function writeInfoV2(info: TraceInfo): object {
  return {
    request_id: info.traceId,
    experiment_id: info.experimentId,
    timestamp_ms: info.startedAtMs,
    execution_time_ms: info.durationMs ?? 0,
    status: info.state === 'STATE_UNSPECIFIED' ? 'TRACE_STATUS_UNSPECIFIED' : info.state,
    ...paired('request_metadata', info.metadata, metadataLength),
    ...paired('tags', info.tags, tagLength),
  };
}

function mapped(name: string, texts: readonly Tag[], limit: number): object {
  if (texts.length === 0) return {};
  return { [name]: Object.fromEntries(texts.map(({ key, value }) => [key, cut(value, limit)])) };
}

function paired(name: string, texts: readonly Tag[], limit: number): object {
  return texts.length === 0 ? {} : { [name]: texts.map(({ key, value }) => ({ key, value: cut(value, limit) })) };
}

function cut(value: string, limit: number): string {
  return value.length <= limit ? value : value.slice(0, limit).toWellFormed();
}
