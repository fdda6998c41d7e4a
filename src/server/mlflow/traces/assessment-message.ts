/* What is said of traces, as the REST API reads and writes it. */
import { now } from '../../../encoding/index.ts';
import {
  type Assessment,
  type AssessmentError,
  type AssessmentKind,
  assessmentSources,
  type NewAssessment,
} from '../../../tracking/index.ts';
import { parseJson } from '../json.ts';
import { badValue, boolean, message, oneOf, type Read, type Reader, text } from '../message.ts';
import { instant, writeInstant } from './instants.ts';
import { textMap } from './text-map.ts';

const stackLength = 10_000;
const cutMark = '[Stack trace is truncated]\n...\n';
const jsonFormat = 'JSON_FORMAT';
const deepest = 100;

/** Any JSON; a field that is null is a value too. */
const anyJson: Reader<{ readonly json: unknown } | undefined> = (value, path) => {
  if (value === undefined) return undefined;
  requireShallow(value, path, deepest);
  // Numbers of JSON are doubles.
  return { json: JSON.parse(JSON.stringify(value, (_key, one) => (typeof one === 'bigint' ? Number(one) : one))) };
};

function requireShallow(value: unknown, path: string, depth: number): void {
  if (depth === 0)
    throw badValue(`Invalid value for parameter '${path}' supplied: expected at most ${deepest} levels.`);
  if (typeof value !== 'object' || value === null) return;
  for (const one of Object.values(value)) requireShallow(one, path, depth - 1);
}

/** An assessment as clients send it. */
export const assessmentMessage = message({
  assessment_id: text,
  assessment_name: text,
  trace_id: text,
  span_id: text,
  source: message({ source_type: oneOf(assessmentSources, 0), source_id: text }),
  create_time: instant,
  last_update_time: instant,
  feedback: message({
    value: anyJson,
    error: message({ error_code: text, error_message: text, stack_trace: text }),
  }),
  expectation: message({
    value: anyJson,
    serialized_value: message({ serialization_format: text, value: text }),
  }),
  issue: message({ issue_name: text }),
  rationale: text,
  metadata: textMap,
  overrides: text,
  valid: boolean,
});

/** What was read of an assessment. */
export type ReadAssessment = NonNullable<Read<typeof assessmentMessage>>;

/** A value with what it is a value of. */
export interface Said {
  readonly kind: AssessmentKind;
  readonly value: unknown;
  readonly error: AssessmentError | null;
}

/** The assessment in a message. @throws PlatformError TRACKING_BAD_VALUE where it says nothing */
export function newAssessmentOf(read: ReadAssessment): NewAssessment {
  const said = saidOf(read);
  if (said === null) throw badValue('Unknown assessment type: None');
  const at = now();
  return {
    assessmentId: read.assessment_id || null,
    name: read.assessment_name ?? '',
    ...said,
    sourceType: read.source?.source_type ?? 'SOURCE_TYPE_UNSPECIFIED',
    sourceId: read.source?.source_id || null,
    spanId: read.span_id || null,
    rationale: said.kind === 'expectation' ? null : read.rationale || null,
    metadata: read.metadata,
    overrides: said.kind === 'feedback' ? read.overrides || null : null,
    isValid: said.kind === 'feedback' ? (read.valid ?? true) : true,
    createdAtMs: read.create_time ?? at,
    updatedAtMs: read.last_update_time ?? at,
  };
}

/** What an assessment says; null where it says nothing. */
export function saidOf({ feedback, expectation, issue }: ReadAssessment): Said | null {
  const given = [feedback, expectation, issue].filter((one) => one !== undefined);
  if (given.length > 1) throw badValue('Exactly one of `expectation`, `feedback`, or `issue` should be specified.');
  if (feedback !== undefined) {
    return { kind: 'feedback', value: feedback.value?.json ?? null, error: errorOf(feedback.error) };
  }
  if (expectation !== undefined) return { kind: 'expectation', value: expectedOf(expectation), error: null };
  return issue === undefined ? null : { kind: 'issue', value: { issue_name: issue.issue_name ?? '' }, error: null };
}

function expectedOf({ value, serialized_value: written }: NonNullable<ReadAssessment['expectation']>): unknown {
  const found = written === undefined ? (value?.json ?? null) : parsed(written);
  if (found === null) throw badValue('The `value` field must be specified.');
  return found;
}

function parsed({
  serialization_format: format,
  value,
}: {
  serialization_format: string | undefined;
  value: string | undefined;
}) {
  if (format !== jsonFormat)
    throw badValue(`Unknown serialization format: ${format ?? ''}. Only ${jsonFormat} is supported.`);
  try {
    return anyJson(parseJson(value ?? ''), 'assessment.expectation.serialized_value.value')?.json ?? null;
  } catch (error) {
    throw badValue(`The serialized value of an expectation is not valid JSON: ${(error as Error).message}`);
  }
}

type ReadError = NonNullable<ReadAssessment['feedback']>['error'];

function errorOf(error: ReadError): AssessmentError | null {
  if (error === undefined) return null;
  return { code: error.error_code ?? '', message: error.error_message || null, stackTrace: error.stack_trace || null };
}

/** An assessment as the REST API answers it. */
export function writeAssessment(assessment: Assessment): object {
  const { kind, rationale, overrides, spanId, metadata } = assessment;
  return {
    assessment_id: assessment.assessmentId,
    assessment_name: assessment.name,
    trace_id: assessment.traceId,
    ...(spanId === null ? {} : { span_id: spanId }),
    source: {
      source_type: assessment.sourceType,
      ...(assessment.sourceId === null ? {} : { source_id: assessment.sourceId }),
    },
    create_time: writeInstant(assessment.createdAtMs),
    last_update_time: writeInstant(assessment.updatedAtMs),
    [kind]: writeSaid(assessment),
    ...(rationale === null ? {} : { rationale }),
    ...(metadata.length === 0 ? {} : { metadata: Object.fromEntries(metadata.map(({ key, value }) => [key, value])) }),
    ...(overrides === null ? {} : { overrides }),
    valid: assessment.isValid,
  };
}

function writeSaid({ kind, value, error }: Assessment): object {
  if (kind === 'issue') return value as object;
  if (kind === 'feedback') return { value, ...(error === null ? {} : { error: writeError(error) }) };
  if (typeof value !== 'object') return { value };
  return { serialized_value: { serialization_format: jsonFormat, value: spacedJson(value) } };
}

/** JSON as Python's library writes it, which clients compare. */
function spacedJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(spacedJson).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([key, one]) => `${JSON.stringify(key)}: ${spacedJson(one)}`)
    .join(', ')}}`;
}

function writeError({ code, message: what, stackTrace }: AssessmentError): object {
  return {
    error_code: code,
    ...(what === null ? {} : { error_message: what }),
    ...(stackTrace === null ? {} : { stack_trace: shortened(stackTrace) }),
  };
}

/** The end of a stack trace is what tells most. */
function shortened(stackTrace: string): string {
  return stackTrace.length <= stackLength ? stackTrace : cutMark + stackTrace.slice(cutMark.length - stackLength);
}
