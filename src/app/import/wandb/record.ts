/*
 * Records of a log of Weights & Biases. Field numbers are those of `wandb_internal.proto` of wandb 0.31.0; older ones have
 * the same without the typed values of a history.
 */
import { ProtobufReader } from '../../../encoding/index.ts';

/** A value by its path. */
export interface Item {
  readonly path: readonly string[];
  readonly value: ItemValue;
}

/** What JSON has, with the numbers that it lacks. */
export type ItemValue = null | boolean | number | string | readonly unknown[] | { readonly [key: string]: unknown };

/** What the record of a run says of it. */
export interface RunFacts {
  readonly id: string;
  readonly entity: string;
  readonly project: string;
  readonly group: string;
  readonly jobType: string;
  readonly name: string;
  readonly notes: string;
  readonly tags: readonly string[];
  readonly sweepId: string;
  readonly host: string;
  readonly startedAtMs: number | null;
  readonly commit: string;
  readonly config: readonly Item[];
}

/** A change of the configuration or of the summary. */
export interface Change {
  readonly update: readonly Item[];
  readonly remove: readonly (readonly string[])[];
}

/** One record. */
export type WandbRecord =
  | { readonly kind: 'run'; readonly run: RunFacts }
  | { readonly kind: 'config' | 'summary'; readonly change: Change }
  | { readonly kind: 'history'; readonly items: readonly Item[]; readonly step: bigint | null }
  | { readonly kind: 'stats'; readonly atMs: number; readonly items: readonly Item[] }
  | { readonly kind: 'output'; readonly text: string }
  | { readonly kind: 'exit'; readonly code: number }
  | { readonly kind: 'environment'; readonly username: string; readonly program: string }
  /** Something that is left out, by its name. */
  | { readonly kind: 'other'; readonly name: string }
  /** Bookkeeping of the writer. */
  | { readonly kind: 'none' };

const others: Readonly<Record<number, string>> = {
  8: 'artifacts that were logged',
  9: 'synchronised TensorBoard folders',
  10: 'alerts',
  25: 'artifacts that were used',
};

/** Reads a record. @throws PlatformError ENCODING_BAD_PROTOBUF */
export function readRecord(bytes: Uint8Array): WandbRecord {
  const message = new ProtobufReader(bytes);
  let record: WandbRecord = { kind: 'none' };
  for (let field = message.next(); field !== 0; field = message.next()) {
    const read = readers[field];
    const other = others[field];
    if (read !== undefined) record = read(message.message());
    else if (other !== undefined) record = { kind: 'other', name: other };
  }
  return record;
}

const readers: Readonly<Record<number, (message: ProtobufReader) => WandbRecord>> = {
  2: readHistory,
  3: (message) => ({ kind: 'summary', change: readChange(message) }),
  4: readOutput,
  5: (message) => ({ kind: 'config', change: readChange(message) }),
  7: readStats,
  13: readOutput,
  17: (message) => ({ kind: 'run', run: readRun(message) }),
  18: (message) => ({ kind: 'exit', code: readNumber(message, 1) }),
  26: readEnvironment,
};

function readNumber(message: ProtobufReader, wanted: number): number {
  let value = 0;
  for (let field = message.next(); field !== 0; field = message.next()) {
    if (field === wanted) value = message.int32();
  }
  return value;
}

function readHistory(message: ProtobufReader): WandbRecord {
  const items: Item[] = [];
  let step: bigint | null = null;
  for (let field = message.next(); field !== 0; field = message.next()) {
    if (field === 1) items.push(readItem(message.message()));
    else if (field === 2) {
      const inner = message.message();
      step = 0n;
      for (let one = inner.next(); one !== 0; one = inner.next()) if (one === 1) step = inner.int64();
    }
  }
  return { kind: 'history', items, step };
}

/** An item of a history, a summary or a configuration: key, path, value as JSON or as itself. */
function readItem(message: ProtobufReader): Item {
  const path: string[] = [];
  let key = '';
  let value: ItemValue = null;
  for (let field = message.next(); field !== 0; field = message.next()) {
    if (field === 1) key = message.text();
    else if (field === 2) path.push(message.text());
    else value = readTyped(message, field) ?? value;
  }
  return { path: path.length > 0 ? path : [key], value };
}

function readTyped(message: ProtobufReader, field: number): ItemValue | undefined {
  if (field === 4) return message.bool();
  if (field === 5) return Number(message.sint64());
  if (field === 6) return message.double();
  if (field === 7) return message.text();
  if (field === 8 || field === 16) return parseValue(message.text());
  return undefined;
}

/** JSON as Python writes it, also NaN and the infinities, which newer writers put into quotes. */
function parseValue(text: string): ItemValue {
  const special = { NaN: Number.NaN, Infinity: Number.POSITIVE_INFINITY, '-Infinity': Number.NEGATIVE_INFINITY };
  const bare = text.replace(/^"(NaN|-?Infinity)"$/, '$1');
  if (Object.hasOwn(special, bare)) return special[bare as keyof typeof special];
  try {
    return JSON.parse(text) as ItemValue;
  } catch {
    return text;
  }
}

function readChange(message: ProtobufReader): Change {
  const update: Item[] = [];
  const remove: (readonly string[])[] = [];
  for (let field = message.next(); field !== 0; field = message.next()) {
    if (field === 1) update.push(readItem(message.message()));
    else if (field === 2) remove.push(readItem(message.message()).path);
  }
  return { update, remove };
}

/** A line of the console. */
function readOutput(message: ProtobufReader): WandbRecord {
  let text = '';
  for (let field = message.next(); field !== 0; field = message.next()) if (field === 3) text = message.text();
  return { kind: 'output', text };
}

function readStats(message: ProtobufReader): WandbRecord {
  const items: Item[] = [];
  let atMs = 0;
  for (let field = message.next(); field !== 0; field = message.next()) {
    if (field === 2) atMs = readTimestamp(message.message());
    else if (field === 3) items.push(readItem(message.message()));
  }
  return { kind: 'stats', atMs, items };
}

/** A `google.protobuf.Timestamp` in milliseconds. */
function readTimestamp(message: ProtobufReader): number {
  let [seconds, nanos] = [0, 0];
  for (let field = message.next(); field !== 0; field = message.next()) {
    if (field === 1) seconds = Number(message.int64());
    else if (field === 2) nanos = message.int32();
  }
  return seconds * 1000 + Math.floor(nanos / 1e6);
}

function readEnvironment(message: ProtobufReader): WandbRecord {
  let [username, program] = ['', ''];
  for (let field = message.next(); field !== 0; field = message.next()) {
    if (field === 6) program = message.text();
    else if (field === 13) username = message.text();
  }
  return { kind: 'environment', username, program };
}

const runTexts = {
  1: 'id',
  2: 'entity',
  3: 'project',
  6: 'group',
  7: 'jobType',
  8: 'name',
  9: 'notes',
  12: 'sweepId',
  13: 'host',
} as const;

function readRun(message: ProtobufReader): RunFacts {
  const texts = { id: '', entity: '', project: '', group: '', jobType: '', name: '', notes: '', sweepId: '', host: '' };
  const tags: string[] = [];
  let startedAtMs: number | null = null;
  let commit = '';
  let config: readonly Item[] = [];
  for (let field = message.next(); field !== 0; field = message.next()) {
    const name = runTexts[field as keyof typeof runTexts];
    if (name !== undefined) texts[name] = message.text();
    else if (field === 4) config = readChange(message.message()).update;
    else if (field === 10) tags.push(message.text());
    else if (field === 17) startedAtMs = readTimestamp(message.message());
    else if (field === 21) commit = readCommit(message.message());
  }
  return { ...texts, tags, startedAtMs, commit, config };
}

function readCommit(message: ProtobufReader): string {
  let commit = '';
  for (let field = message.next(); field !== 0; field = message.next()) if (field === 2) commit = message.text();
  return commit;
}
