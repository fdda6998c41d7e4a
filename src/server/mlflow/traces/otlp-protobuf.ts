/* The message that carries spans: `ExportTraceServiceRequest` of OpenTelemetry's protocol 1.x, in the form of protocol buffers. */
import { ProtobufReader } from '../../../encoding/index.ts';
import type { SpanEvent, SpanValue } from '../../../tracking/index.ts';
import { type RawLink, type RawSpan, statusOf } from './raw-span.ts';

/** Every span of a message. @throws PlatformError ENCODING_BAD_PROTOBUF */
export function readProtobufSpans(body: Uint8Array): readonly RawSpan[] {
  const spans: RawSpan[] = [];
  const request = new ProtobufReader(body);
  for (let field = request.next(); field !== 0; field = request.next()) {
    if (field === 1) spans.push(...readResourceSpans(request.message()));
  }
  return spans;
}

function readResourceSpans(message: ProtobufReader): RawSpan[] {
  let resource: ReadonlyMap<string, SpanValue> = new Map();
  const spans: RawSpan[] = [];
  for (let field = message.next(); field !== 0; field = message.next()) {
    if (field === 1) resource = readResource(message.message());
    else if (field === 2) spans.push(...readScopeSpans(message.message()));
  }
  return spans.map((span) => ({ ...span, resource }));
}

function readResource(message: ProtobufReader): ReadonlyMap<string, SpanValue> {
  const attributes = new Map<string, SpanValue>();
  for (let field = message.next(); field !== 0; field = message.next()) {
    if (field === 1) readKeyValue(message.message(), attributes);
  }
  return attributes;
}

function readScopeSpans(message: ProtobufReader): RawSpan[] {
  const spans: RawSpan[] = [];
  for (let field = message.next(); field !== 0; field = message.next()) {
    if (field === 2) spans.push(readSpan(message.message()));
  }
  return spans;
}

/** What reads each field of a span, by its number. */
const spanFields: Readonly<Record<number, (span: Building, message: ProtobufReader) => void>> = {
  1: (span, message) => {
    span.traceId = hexOf(message.bytes());
  },
  2: (span, message) => {
    span.spanId = hexOf(message.bytes());
  },
  4: (span, message) => {
    span.parentId = hexOf(message.bytes());
  },
  5: (span, message) => {
    span.name = message.text();
  },
  7: (span, message) => {
    span.startedAtNs = message.fixed64();
  },
  8: (span, message) => {
    span.endedAtNs = message.fixed64();
  },
  9: (span, message) => readKeyValue(message.message(), span.attributes),
  11: (span, message) => {
    span.events.push(readEvent(message.message()));
  },
  13: (span, message) => {
    span.links.push(readLink(message.message()));
  },
  15: (span, message) => readStatus(message.message(), span),
};

interface Building extends RawSpan {
  traceId: string;
  spanId: string;
  parentId: string;
  name: string;
  startedAtNs: bigint;
  endedAtNs: bigint;
  status: RawSpan['status'];
  statusMessage: string;
  readonly attributes: Map<string, SpanValue>;
  readonly events: SpanEvent[];
  readonly links: RawLink[];
}

function readSpan(message: ProtobufReader): RawSpan {
  const span: Building = {
    ...{ traceId: '', spanId: '', parentId: '', name: '', startedAtNs: 0n, endedAtNs: 0n },
    ...{ status: 'UNSET', statusMessage: '', attributes: new Map(), events: [], links: [], resource: new Map() },
  };
  for (let field = message.next(); field !== 0; field = message.next()) spanFields[field]?.(span, message);
  return span;
}

function readStatus(message: ProtobufReader, span: Building): void {
  for (let field = message.next(); field !== 0; field = message.next()) {
    if (field === 2) span.statusMessage = message.text();
    else if (field === 3) span.status = statusOf(message.int32());
  }
}

function readEvent(message: ProtobufReader): SpanEvent {
  let [name, atNs] = ['', 0n];
  const attributes = new Map<string, SpanValue>();
  for (let field = message.next(); field !== 0; field = message.next()) {
    if (field === 1) atNs = message.fixed64();
    else if (field === 2) name = message.text();
    else if (field === 3) readKeyValue(message.message(), attributes);
  }
  return { name, atNs, attributes };
}

function readLink(message: ProtobufReader): RawLink {
  let [traceId, spanId] = ['', ''];
  const attributes = new Map<string, SpanValue>();
  for (let field = message.next(); field !== 0; field = message.next()) {
    if (field === 1) traceId = hexOf(message.bytes());
    else if (field === 2) spanId = hexOf(message.bytes());
    else if (field === 4) readKeyValue(message.message(), attributes);
  }
  return { traceId, spanId, attributes };
}

function readKeyValue(message: ProtobufReader, into: Map<string, SpanValue>): void {
  let key = '';
  let value: SpanValue = null;
  for (let field = message.next(); field !== 0; field = message.next()) {
    if (field === 1) key = message.text();
    else if (field === 2) value = readAnyValue(message.message());
  }
  into.set(key, value);
}

/** What reads each form of a value, by the number of its field. */
const valueForms: Readonly<Record<number, (message: ProtobufReader) => SpanValue>> = {
  1: (message) => message.text(),
  2: (message) => message.bool(),
  3: (message) => message.int64(),
  4: (message) => message.double(),
  5: (message) => readArray(message.message()),
  6: (message) => readList(message.message()),
  7: (message) => message.bytes(),
};

function readAnyValue(message: ProtobufReader): SpanValue {
  let value: SpanValue = null;
  for (let field = message.next(); field !== 0; field = message.next()) value = valueForms[field]?.(message) ?? value;
  return value;
}

function readArray(message: ProtobufReader): SpanValue {
  const values: SpanValue[] = [];
  for (let field = message.next(); field !== 0; field = message.next()) {
    if (field === 1) values.push(readAnyValue(message.message()));
  }
  return values;
}

function readList(message: ProtobufReader): SpanValue {
  const values = new Map<string, SpanValue>();
  for (let field = message.next(); field !== 0; field = message.next()) {
    if (field === 1) readKeyValue(message.message(), values);
  }
  return values;
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}
