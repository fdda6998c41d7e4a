/*
 * Records of an event file: `tensorflow.Event` with its summaries. Field numbers are those of `event.proto` and `summary.proto` of
 * TensorBoard 2.21 (`tensorboard/compat/proto`).
 */
import { ProtobufReader } from '../../../encoding/index.ts';
import { readTensor, shortestFloat, type TensorValue } from './tensor.ts';

/** A value of a summary. */
export interface SummaryValue {
  readonly tag: string;
  /** Who understands it: `scalars`, `text`, `hparams` …; empty where it is not said. */
  readonly plugin: string;
  /** What that plugin says besides. */
  readonly content: Uint8Array | null;
  readonly value:
    | TensorValue
    | { readonly kind: 'image' | 'audio'; readonly bytes: Uint8Array }
    | { readonly kind: 'histogram' }
    | { readonly kind: 'none' };
}

/** What an event is besides its time and step. */
export type EventKind = 'summary' | 'start' | 'graph' | 'log' | 'version' | 'other';

/** One record. Bytes are views of it. */
export interface LoggedEvent {
  /** Seconds since 1970. */
  readonly wallTime: number;
  readonly step: bigint;
  readonly kind: EventKind;
  readonly values: readonly SummaryValue[];
}

/** `SessionLog.START`. */
const sessionStart = 1;
const kinds: Readonly<Record<number, EventKind>> = { 3: 'version', 4: 'graph', 6: 'log', 8: 'other', 9: 'graph' };

/** Reads a record. @throws PlatformError ENCODING_BAD_PROTOBUF */
export function readEvent(bytes: Uint8Array): LoggedEvent {
  const reader = new ProtobufReader(bytes);
  let wallTime = 0;
  let step = 0n;
  let kind: EventKind = 'other';
  const values: SummaryValue[] = [];
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) wallTime = reader.double();
    else if (field === 2) step = reader.int64();
    else if (field === 5) {
      kind = 'summary';
      readSummary(reader.message(), values);
    } else if (field === 7) kind = readStatus(reader.message()) === sessionStart ? 'start' : 'other';
    else kind = kinds[field] ?? kind;
  }
  return { wallTime, step, kind, values };
}

function readStatus(message: ProtobufReader): number {
  let status = 0;
  for (let field = message.next(); field !== 0; field = message.next()) {
    if (field === 1) status = message.int32();
  }
  return status;
}

function readSummary(message: ProtobufReader, values: SummaryValue[]): void {
  for (let field = message.next(); field !== 0; field = message.next()) {
    if (field === 1) values.push(readValue(message.message()));
  }
}

function readValue(message: ProtobufReader): SummaryValue {
  let tag = '';
  let plugin = { name: '', content: null as Uint8Array | null };
  let value: SummaryValue['value'] = { kind: 'none' };
  for (let field = message.next(); field !== 0; field = message.next()) {
    if (field === 1) tag = message.text();
    else if (field === 2) value = { kind: 'scalar', value: shortestFloat(message.float()) };
    else if (field === 3 || field === 5) value = { kind: 'histogram' };
    else if (field === 4) value = { kind: 'image', bytes: readEncoded(message.message()) };
    else if (field === 6) value = { kind: 'audio', bytes: readEncoded(message.message()) };
    else if (field === 8) value = readTensor(message.message());
    else if (field === 9) plugin = readMetadata(message.message());
  }
  return { tag, plugin: plugin.name, content: plugin.content, value };
}

/** The file in an image or a sound. */
function readEncoded(message: ProtobufReader): Uint8Array {
  let bytes: Uint8Array = new Uint8Array(0);
  for (let field = message.next(); field !== 0; field = message.next()) {
    if (field === 4) bytes = message.bytes();
  }
  return bytes;
}

function readMetadata(message: ProtobufReader): { name: string; content: Uint8Array | null } {
  const plugin = { name: '', content: null as Uint8Array | null };
  for (let field = message.next(); field !== 0; field = message.next()) {
    if (field !== 1) continue;
    const data = message.message();
    for (let inner = data.next(); inner !== 0; inner = data.next()) {
      if (inner === 1) plugin.name = data.text();
      else if (inner === 2) plugin.content = data.bytes();
    }
  }
  return plugin;
}
