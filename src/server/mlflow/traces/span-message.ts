/* A span as the REST API answers it: OpenTelemetry's message as JSON, with the names of its schema. */
import { parseJson, type RawNumber, writeDouble, writeInt64 } from '../json.ts';

/** A span as it is kept: `spanContent` of `tracking/traces` says how. */
interface KeptSpan {
  readonly trace_id: string;
  readonly span_id: string;
  readonly parent_span_id: string | null;
  readonly name: string;
  readonly start_time_unix_nano: number | bigint;
  readonly end_time_unix_nano: number | bigint | null;
  readonly events: readonly { name: string; time_unix_nano: number | bigint; attributes: Record<string, unknown> }[];
  readonly status: { readonly code: string; readonly message: string };
  readonly attributes: Readonly<Record<string, string>>;
  readonly links: readonly { trace_id: string; span_id: string; attributes: Record<string, unknown> | null }[];
}

/** The message of a span. @param content as it is kept */
export function writeSpan(content: string): object {
  const span = parseJson(content) as KeptSpan;
  const { code, message } = span.status;
  return {
    trace_id: span.trace_id,
    span_id: span.span_id,
    ...(span.parent_span_id === null ? {} : { parent_span_id: span.parent_span_id }),
    name: span.name,
    start_time_unix_nano: integerOf(span.start_time_unix_nano),
    ...(span.end_time_unix_nano === null ? {} : { end_time_unix_nano: integerOf(span.end_time_unix_nano) }),
    ...listed(
      'attributes',
      Object.entries(span.attributes).map(([key, text]) => ({ key, value: writeText(text) })),
    ),
    ...listed(
      'events',
      span.events.map(({ name, time_unix_nano, attributes }) => ({
        time_unix_nano: integerOf(time_unix_nano),
        name,
        ...writeAttributes(attributes),
      })),
    ),
    ...listed(
      'links',
      span.links.map(({ trace_id, span_id, attributes }) => ({
        trace_id: Buffer.from(trace_id.replace(/^tr-/, ''), 'hex').toString('base64'),
        span_id: Buffer.from(span_id, 'hex').toString('base64'),
        ...writeAttributes(attributes ?? {}),
      })),
    ),
    status: { ...(message === '' ? {} : { message }), ...(code === 'STATUS_CODE_UNSET' ? {} : { code }) },
  };
}

function writeAttributes(attributes: Readonly<Record<string, unknown>>): object {
  return listed(
    'attributes',
    Object.entries(attributes).map(([key, value]) => ({ key, value: writeValue(typed(JSON.stringify(value))) })),
  );
}

function listed(name: string, values: readonly object[]): object {
  return values.length === 0 ? {} : { [name]: values };
}

/** An attribute from its text of JSON. */
function writeText(text: string): object {
  return text.startsWith('"') ? { string_value: JSON.parse(text) } : writeValue(typed(text));
}

/** A number whose text says that it is a double. */
class Double {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

/** JSON whose numbers know whether they are integers. */
function typed(text: string): unknown {
  return JSON.parse(text, function keep(this: unknown, _key: string, value: unknown, context?: { source?: string }) {
    if (typeof value !== 'number') return value;
    const source = context?.source ?? String(value);
    return /^-?\d{1,18}$/.test(source) || isInt64(source) ? BigInt(source) : new Double(value);
  } as (key: string, value: unknown) => unknown);
}

function isInt64(source: string): boolean {
  return /^-?\d{19}$/.test(source) && BigInt.asIntN(64, BigInt(source)) === BigInt(source);
}

function writeValue(value: unknown): object {
  if (value === null || value === undefined) return {};
  if (typeof value === 'string') return { string_value: value };
  if (typeof value === 'boolean') return { bool_value: value };
  if (typeof value === 'bigint') return { int_value: writeInt64(value) };
  if (value instanceof Double) return { double_value: writeDouble(value.value) };
  if (Array.isArray(value)) return { array_value: listed('values', value.map(writeValue)) };
  const entries = Object.entries(value).map(([key, one]) => ({ key, value: writeValue(one) }));
  return { kvlist_value: listed('values', entries) };
}

function integerOf(value: number | bigint): number | RawNumber {
  return writeInt64(BigInt(value));
}
