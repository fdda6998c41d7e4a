/*
 * What TensorBoard's HParams dashboard reads: the parameters with which a session began, and how it ended. Field numbers are those
 * of `tensorboard/plugins/hparams/plugin_data.proto` and `api.proto` of TensorBoard 2.21, and of `google/protobuf/struct.proto`.
 */
import { ProtobufReader } from '../../../encoding/index.ts';
import type { RunStatus, Tag } from '../../../tracking/index.ts';

/** What one entry says. */
export interface SessionData {
  readonly params: readonly Tag[];
  readonly startedAtMs: number | null;
  /** Null where it says nothing of an end. */
  readonly end: { readonly status: RunStatus; readonly endedAtMs: number | null } | null;
}

/** `Status` of a session. */
const statuses: Readonly<Record<number, RunStatus>> = { 1: 'FINISHED', 2: 'FAILED', 3: 'RUNNING' };

/** Reads what the plugin keeps of a session. @throws PlatformError ENCODING_BAD_PROTOBUF */
export function readSession(content: Uint8Array): SessionData {
  const message = new ProtobufReader(content);
  let data: SessionData = { params: [], startedAtMs: null, end: null };
  for (let field = message.next(); field !== 0; field = message.next()) {
    if (field === 3) data = { ...data, ...readStart(message.message()) };
    else if (field === 4) data = { ...data, end: readEnd(message.message()) };
  }
  return data;
}

function readStart(message: ProtobufReader): Pick<SessionData, 'params' | 'startedAtMs'> {
  const params: Tag[] = [];
  let startedAtMs: number | null = null;
  for (let field = message.next(); field !== 0; field = message.next()) {
    if (field === 1) params.push(readEntry(message.message()));
    else if (field === 5) startedAtMs = msOf(message.double());
  }
  return { params, startedAtMs };
}

function readEnd(message: ProtobufReader): SessionData['end'] {
  let status: RunStatus = 'FINISHED';
  let endedAtMs: number | null = null;
  for (let field = message.next(); field !== 0; field = message.next()) {
    if (field === 1) status = statuses[message.int32()] ?? 'FINISHED';
    else if (field === 2) endedAtMs = msOf(message.double());
  }
  return { status, endedAtMs };
}

function msOf(seconds: number): number | null {
  const ms = Math.round(seconds * 1000);
  return Number.isSafeInteger(ms) && ms > 0 ? ms : null;
}

function readEntry(message: ProtobufReader): Tag {
  let key = '';
  let value = '';
  for (let field = message.next(); field !== 0; field = message.next()) {
    if (field === 1) key = message.text();
    else if (field === 2) {
      const found = readJson(message.message());
      value = typeof found === 'string' ? found : JSON.stringify(found);
    }
  }
  return { key, value };
}

type Json = null | number | string | boolean | Json[] | { [key: string]: Json };

/** A `google.protobuf.Value`. */
function readJson(message: ProtobufReader): Json {
  let value: Json = null;
  for (let field = message.next(); field !== 0; field = message.next()) {
    if (field === 2) value = message.double();
    else if (field === 3) value = message.text();
    else if (field === 4) value = message.bool();
    else if (field === 5) value = readStruct(message.message());
    else if (field === 6) value = readList(message.message());
  }
  return value;
}

function readStruct(message: ProtobufReader): Json {
  const entries: [string, Json][] = [];
  for (let field = message.next(); field !== 0; field = message.next()) {
    if (field !== 1) continue;
    const entry = message.message();
    let [key, value] = ['', null as Json];
    for (let inner = entry.next(); inner !== 0; inner = entry.next()) {
      if (inner === 1) key = entry.text();
      else if (inner === 2) value = readJson(entry.message());
    }
    entries.push([key, value]);
  }
  return Object.fromEntries(entries);
}

function readList(message: ProtobufReader): Json {
  const values: Json[] = [];
  for (let field = message.next(); field !== 0; field = message.next()) {
    if (field === 1) values.push(readJson(message.message()));
  }
  return values;
}
