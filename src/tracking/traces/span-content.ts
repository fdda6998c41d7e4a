/* A span as it is kept: JSON in the form of MLflow's files `traces.json`, whose attributes are texts of JSON themselves. */
import { storable } from '../names.ts';
import { pythonJson } from './python-json.ts';
import { type NewSpan, type SpanAttributes, type SpanValue, traceIdOf } from './span.ts';

/** Attributes of spans that MLflow gives a meaning. */
export const spanKeys = {
  traceId: 'mlflow.traceRequestId',
  type: 'mlflow.spanType',
  inputs: 'mlflow.spanInputs',
  outputs: 'mlflow.spanOutputs',
  tokenUsage: 'mlflow.chat.tokenUsage',
  cost: 'mlflow.llm.cost',
  model: 'mlflow.llm.model',
  provider: 'mlflow.llm.provider',
  tagPrefix: 'mlflow.traceTag.',
} as const;

/** Attributes by their keys, each as a text of JSON. */
export function attributeTexts(span: NewSpan): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  for (const [key, value] of span.attributes) texts.set(storable(key), attributeText(value));
  texts.set(spanKeys.traceId, JSON.stringify(traceIdOf(span.traceId)));
  return texts;
}

/** Exporters that know no objects send them as JSON; such a text is kept as it is rather than quoted once more. */
function attributeText(value: SpanValue): string {
  return typeof value === 'string' && isJson(value) ? storable(value) : pythonJson(value);
}

function isJson(text: string): boolean {
  if (!/^\s*["{[]/.test(text) || text.includes('\0') || !text.isWellFormed() || /\\u(0000|d[89a-f])/i.test(text))
    return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** The span as JSON. @param attributes as `attributeTexts` gave them */
export function spanContent(span: NewSpan, attributes: ReadonlyMap<string, string>): string {
  const quoted = [...attributes].map(([key, text]) => `${JSON.stringify(key)}: ${JSON.stringify(text)}`);
  const events = span.events.map(
    ({ name, atNs, attributes: of }) =>
      `{"name": ${textJson(name)}, "time_unix_nano": ${atNs}, "attributes": ${plainJson(of)}}`,
  );
  const links = span.links.map(
    ({ traceId, spanId, attributes: of }) =>
      `{"trace_id": ${textJson(traceId)}, "span_id": ${textJson(spanId)}, "attributes": ${of.size === 0 ? 'null' : plainJson(of)}}`,
  );
  const fields = [
    `"trace_id": ${idJson(span.traceId)}`,
    `"span_id": ${idJson(span.spanId)}`,
    `"parent_span_id": ${span.parentId === null ? 'null' : idJson(span.parentId)}`,
    `"name": ${textJson(span.name)}`,
    `"start_time_unix_nano": ${span.startedAtNs}`,
    `"end_time_unix_nano": ${span.endedAtNs ?? 'null'}`,
    `"events": [${events.join(', ')}]`,
    `"status": {"code": "STATUS_CODE_${span.status}", "message": ${textJson(span.statusMessage)}}`,
    `"attributes": {${quoted.join(', ')}}`,
    `"links": [${links.join(', ')}]`,
  ];
  return `{${fields.join(', ')}}`;
}

function textJson(text: string): string {
  return JSON.stringify(storable(text));
}

function idJson(hex: string): string {
  return JSON.stringify(Buffer.from(hex, 'hex').toString('base64'));
}

function plainJson(attributes: SpanAttributes): string {
  return pythonJson(attributes);
}
