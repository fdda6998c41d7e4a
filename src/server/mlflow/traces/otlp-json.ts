/* The same message as JSON: fields in camel case, ids in hexadecimal, 64-bit integers as texts or numbers. */
import type { SpanEvent, SpanValue } from '../../../tracking/index.ts';
import { parseJson } from '../json.ts';
import { badValue, boolean, double, int64, type Reader, text } from '../message.ts';
import { type RawLink, type RawSpan, statusOf } from './raw-span.ts';

const deepest = 100;
const statusNames = ['STATUS_CODE_UNSET', 'STATUS_CODE_OK', 'STATUS_CODE_ERROR'];

type Fields = Readonly<Record<string, unknown>>;

/** Every span of a message. @throws PlatformError TRACKING_BAD_VALUE */
export function readJsonSpans(body: Buffer): readonly RawSpan[] {
  const request = objectOf(parsed(body), 'request');
  return listOf(request, 'resourceSpans').flatMap((one) => {
    const resourceSpans = objectOf(one, 'resourceSpans');
    const resource = attributesOf(objectOf(fieldOf(resourceSpans, 'resource') ?? {}, 'resource'));
    return listOf(resourceSpans, 'scopeSpans').flatMap((scope) =>
      listOf(objectOf(scope, 'scopeSpans'), 'spans').map((span) => ({
        ...readSpan(objectOf(span, 'spans')),
        resource,
      })),
    );
  });
}

function parsed(body: Buffer): unknown {
  try {
    return parseJson(body.toString('utf8'));
  } catch (error) {
    throw badValue(`Invalid OpenTelemetry format: the body is not valid JSON: ${(error as Error).message}`);
  }
}

function readSpan(span: Fields): Omit<RawSpan, 'resource'> {
  const status = objectOf(fieldOf(span, 'status') ?? {}, 'status');
  return {
    ...{ traceId: idOf(span, 'traceId'), spanId: idOf(span, 'spanId'), parentId: idOf(span, 'parentSpanId') },
    ...{ name: textOf(span, 'name'), startedAtNs: timeOf(span, 'startTimeUnixNano') },
    endedAtNs: timeOf(span, 'endTimeUnixNano'),
    status: statusOf(codeOf(fieldOf(status, 'code'))),
    statusMessage: textOf(status, 'message'),
    attributes: attributesOf(span),
    events: listOf(span, 'events').map((event) => readEvent(objectOf(event, 'events'))),
    links: listOf(span, 'links').map((link) => readLink(objectOf(link, 'links'))),
  };
}

function readEvent(event: Fields): SpanEvent {
  return { name: textOf(event, 'name'), atNs: timeOf(event, 'timeUnixNano'), attributes: attributesOf(event) };
}

function readLink(link: Fields): RawLink {
  return { traceId: idOf(link, 'traceId'), spanId: idOf(link, 'spanId'), attributes: attributesOf(link) };
}

function attributesOf(owner: Fields): ReadonlyMap<string, SpanValue> {
  return pairsOf(listOf(owner, 'attributes'), deepest);
}

function pairsOf(pairs: readonly unknown[], depth: number): ReadonlyMap<string, SpanValue> {
  return new Map(
    pairs.map((pair) => {
      const fields = objectOf(pair, 'attributes');
      return [textOf(fields, 'key'), readValue(fieldOf(fields, 'value'), depth)];
    }),
  );
}

/** What reads each form of a value. */
const valueForms: Readonly<Record<string, (value: unknown, depth: number) => SpanValue>> = {
  stringValue: (value) => readWith(text, value),
  boolValue: (value) => readWith(boolean, value),
  intValue: (value) => readWith(int64, value),
  doubleValue: (value) => readWith(double, value),
  bytesValue: (value) => Buffer.from(readWith(text, value) ?? '', 'base64'),
  arrayValue: (value, depth) => listOf(objectOf(value, 'arrayValue'), 'values').map((one) => readValue(one, depth - 1)),
  kvlistValue: (value, depth) => pairsOf(listOf(objectOf(value, 'kvlistValue'), 'values'), depth - 1),
};

function readValue(value: unknown, depth: number): SpanValue {
  if (depth <= 0) throw badValue(`Invalid OpenTelemetry format: expected values at most ${deepest} deep, found more`);
  if (value === undefined || value === null) return null;
  const fields = objectOf(value, 'value');
  for (const [name, read] of Object.entries(valueForms)) {
    const found = fieldOf(fields, name);
    if (found !== undefined && found !== null) return read(found, depth);
  }
  return null;
}

function readWith<Value extends SpanValue>(reader: Reader<Value | undefined>, value: unknown): Value | null {
  return reader(value, 'value') ?? null;
}

/** A field, which also answers to its name in the schema. */
function fieldOf(message: Fields, name: string): unknown {
  if (Object.hasOwn(message, name)) return message[name];
  const other = name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return Object.hasOwn(message, other) ? message[other] : undefined;
}

function textOf(message: Fields, name: string): string {
  return text(fieldOf(message, name), name) ?? '';
}

function idOf(message: Fields, name: string): string {
  return textOf(message, name).toLowerCase();
}

function timeOf(message: Fields, name: string): bigint {
  const time = int64(fieldOf(message, name), name) ?? 0n;
  if (time < 0n) throw badValue(`Invalid OpenTelemetry format: expected ${name} of 0 or more, found ${time}`);
  return time;
}

function codeOf(value: unknown): number {
  const named = statusNames.indexOf(String(value));
  return named >= 0 ? named : Number(int64(value, 'code') ?? 0n);
}

function listOf(message: Fields, name: string): readonly unknown[] {
  const value = fieldOf(message, name) ?? [];
  if (!Array.isArray(value)) throw badValue(`Invalid OpenTelemetry format: expected a list as ${name}`);
  return value;
}

function objectOf(value: unknown, name: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw badValue(`Invalid OpenTelemetry format: expected an object as ${name}`);
}
