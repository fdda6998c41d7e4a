/** The logs of one run of Weights & Biases, in the order in which they were begun: a run that was resumed has several. */
import { isPlatformError } from '../../../errors/index.ts';
import type { Metric, SourcePosition, Tag } from '../../../tracking/index.ts';
import type { LeaveOut } from '../import-report.ts';
import { openPlain, Unreadable } from '../open-plain.ts';
import { KeyNames } from '../runs/key-names.ts';
import type { RunEnd, RunPart } from '../runs/run-source.ts';
import { flatten, isInside, nameOf, paramText } from './items.ts';
import { readLog } from './log-records.ts';
import { type Change, type Item, type ItemValue, readRecord, type WandbRecord } from './record.ts';

/** A log with the folder of its run. */
export interface RunLog {
  /** The name of that folder. */
  readonly name: string;
  readonly folder: string;
  readonly file: string;
  readonly sizeBytes: number;
  readonly changedAtMs: number;
}

/** Who is told what is left out, and how far reading is. */
export interface LogListener {
  readonly leave: LeaveOut;
  readonly leaveKind: (kind: string) => void;
  readonly onBytes: (bytes: number) => void;
}

const pointsAtOnce = 5000;
/** Console output beyond this is left out. */
const consoleBytes = 16 * 1024 * 1024;
/** A log without an end that nobody wrote to for so long is one of a killed run: system metrics come each few seconds. */
const silentMs = 10 * 60_000;

/**
 * Reads the logs of a run that changed since the positions; each anew, because its configuration and summary are those of
 * its end.
 * @returns how the run ended; null while it may go on
 */
export async function* readWandbRun(
  logs: readonly RunLog[],
  from: ReadonlyMap<string, SourcePosition>,
  {
    listener,
    nowMs,
    linksInto,
  }: { readonly listener: LogListener; readonly nowMs: number; readonly linksInto: string | null },
): AsyncGenerator<RunPart, RunEnd | null> {
  let end: RunEnd | null = null;
  for (const log of logs) {
    if (isRead(log, from.get(log.name), nowMs)) {
      listener.onBytes(log.sizeBytes);
      continue;
    }
    const reader = new LogReader(log, listener);
    yield* reader.read();
    const files = [{ kind: 'folder' as const, path: '', folder: `${log.folder}/files`, linksInto }];
    const endOfLog = reader.endAt(nowMs);
    const mark = endOfLog === null ? openMark(log) : endedMark(log);
    const position = { source: log.name, place: log.sizeBytes, mark };
    yield { ...reader.rest(), files: [...reader.consoleFile(), ...files], position };
    if (log === logs.at(-1)) end = endOfLog;
  }
  return end;
}

const endedMark = ({ changedAtMs }: RunLog): string => `${changedAtMs}`;
/** Of a log that may go on: it is read again once it has been silent for long, because its run was killed then. */
const openMark = (log: RunLog): string => `${endedMark(log)} open`;

/** Whether a log was read as it is. */
function isRead(log: RunLog, before: SourcePosition | undefined, nowMs: number): boolean {
  if (before?.place !== log.sizeBytes) return false;
  return before.mark === endedMark(log) || (before.mark === openMark(log) && !isSilent(log, nowMs));
}

function isSilent({ changedAtMs }: RunLog, nowMs: number): boolean {
  return nowMs - changedAtMs > silentMs;
}

/** Reads one log: points as they come, the rest when it ends. */
class LogReader {
  readonly #log: RunLog;
  readonly #listener: LogListener;
  readonly #names: KeyNames;
  readonly #config = new Map<string, Item>();
  readonly #summary = new Map<string, Item>();
  readonly #logged = new Set<string>();
  readonly #tags: Tag[] = [];
  #metrics: Metric[] = [];
  #console: string[] = [];
  #consoleSize = 0;
  #stats = 0n;
  #lastStep = 0n;
  #lastAtMs = 0;
  #exit: number | null = null;

  constructor(log: RunLog, listener: LogListener) {
    this.#log = log;
    this.#listener = listener;
    this.#names = new KeyNames(listener.leave);
  }

  async *read(): AsyncGenerator<RunPart> {
    let handle = null;
    let read = 0;
    try {
      handle = await openPlain(this.#log.file);
      const damage = (at: number, why: string): void => this.#listener.leave(`byte ${at}`, why);
      for await (const { start, bytes } of readLog(handle, damage)) {
        try {
          this.#add(readRecord(bytes));
        } catch (error) {
          if (!isPlatformError(error) || error.code !== 'ENCODING_BAD_PROTOBUF') throw error;
          damage(start, `no record: ${error.message}`);
        }
        this.#listener.onBytes(start - read);
        read = start;
        if (this.#metrics.length >= pointsAtOnce) yield { metrics: this.#take() };
      }
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      this.#listener.leave('its log', error.message);
    } finally {
      await handle?.close();
    }
  }

  /** What is known at the end: the last points, params, tags, and of the summary what no history has. */
  rest(): Pick<RunPart, 'metrics' | 'params' | 'tags'> {
    const config = new Map(flatten([...this.#config.values()]).map(({ path, value }) => [nameOf(path), value]));
    const params = [...config].flatMap(([name, value]) => {
      const key = this.#names.keyOf(name);
      if (key === null) this.#listener.leave(`param ${name}`, 'something else has its key');
      return key === null ? [] : [{ key, value: paramText(value) }];
    });
    const summary = new Map(flatten([...this.#summary.values()]).map(({ path, value }) => [nameOf(path), value]));
    for (const [name, value] of summary) this.#addSummary(name, value);
    return { metrics: this.#take(), params, tags: this.#tags };
  }

  /** What the run printed, where no file of it is there. */
  consoleFile(): RunPart['files'] & object {
    if (this.#consoleSize === 0) return [];
    return [{ kind: 'bytes', path: `console/${this.#log.name}.log`, bytes: Buffer.from(this.#console.join('')) }];
  }

  /** How the run ended, as far as its log says. */
  endAt(nowMs: number): RunEnd | null {
    const endedAtMs = this.#lastAtMs > 0 ? this.#lastAtMs : this.#log.changedAtMs;
    if (this.#exit !== null) return { status: this.#exit === 0 ? 'FINISHED' : 'FAILED', endedAtMs };
    return isSilent(this.#log, nowMs) ? { status: 'KILLED', endedAtMs } : null;
  }

  #take(): Metric[] {
    const metrics = this.#metrics;
    this.#metrics = [];
    return metrics;
  }

  #add(record: WandbRecord): void {
    switch (record.kind) {
      case 'run':
        for (const item of record.run.config) this.#config.set(nameOf(item.path), item);
        if (record.run.startedAtMs !== null) this.#lastAtMs = Math.max(this.#lastAtMs, record.run.startedAtMs);
        break;
      case 'config':
        change(this.#config, record.change);
        break;
      case 'summary':
        change(this.#summary, record.change);
        break;
      case 'history':
        this.#addHistory(record.items, record.step);
        break;
      case 'stats':
        this.#addStats(record.items, record.atMs);
        break;
      default:
        this.#addRest(record);
    }
  }

  #addRest(record: WandbRecord): void {
    if (record.kind === 'output') this.#print(record.text);
    else if (record.kind === 'exit') this.#exit = record.code;
    else if (record.kind === 'environment') {
      if (record.program !== '') this.#tags.push({ key: 'mlflow.source.name', value: record.program });
    } else if (record.kind === 'other') this.#listener.leaveKind(record.name);
  }

  #print(text: string): void {
    this.#consoleSize += text.length;
    if (this.#consoleSize <= consoleBytes) this.#console.push(text);
    else this.#listener.leaveKind(`lines of the console beyond ${consoleBytes} characters`);
  }

  #addHistory(items: readonly Item[], step: bigint | null): void {
    const facts = new Map(items.map((item) => [nameOf(item.path), item.value]));
    const [atSeconds, stepValue] = [facts.get('_timestamp'), facts.get('_step')];
    const at = {
      step: typeof stepValue === 'number' && Number.isSafeInteger(stepValue) ? BigInt(stepValue) : (step ?? 0n),
    };
    const timestampMs = typeof atSeconds === 'number' ? Math.round(atSeconds * 1000) : this.#lastAtMs;
    if (at.step > this.#lastStep) this.#lastStep = at.step;
    this.#lastAtMs = Math.max(this.#lastAtMs, timestampMs);
    for (const { path, value } of flatten(this.#withoutTyped(items))) {
      const name = nameOf(path);
      if (/^_(timestamp|step|runtime|wandb)(\.|$)/.test(name)) continue;
      this.#logged.add(name);
      this.#addPoint(name, { value, timestampMs, step: at.step });
    }
  }

  /** Pictures, tables, histograms and their like are objects whose part `_type` says so; their numbers are no metrics. */
  #withoutTyped(items: readonly Item[]): readonly Item[] {
    const typed = items.filter(({ path }) => path.length > 1 && path.at(-1) === '_type');
    if (typed.length === 0) return items;
    for (const { value } of typed) this.#listener.leaveKind(kindOf({ _type: value }));
    const owners = typed.map(({ path }) => nameOf(path.slice(0, -1)));
    return items.filter(({ path }) => !owners.some((owner) => isInside(nameOf(path), owner)));
  }

  #addPoint(
    name: string,
    { value, timestampMs, step }: { readonly value: ItemValue; readonly timestampMs: number; readonly step: bigint },
  ): void {
    const number = typeof value === 'boolean' ? Number(value) : value;
    const key = typeof number === 'number' ? this.#names.keyOf(name) : null;
    if (typeof number === 'number' && key !== null) this.#metrics.push({ key, value: number, timestampMs, step });
    else this.#listener.leaveKind(typeof number === 'number' ? 'points whose key something else has' : kindOf(value));
  }

  #addStats(items: readonly Item[], atMs: number): void {
    this.#lastAtMs = Math.max(this.#lastAtMs, atMs);
    for (const { path, value } of items) {
      const key = this.#names.keyOf(`system/${nameOf(path)}`);
      if (typeof value === 'number' && key !== null)
        this.#metrics.push({ key, value, timestampMs: atMs, step: this.#stats });
    }
    this.#stats += 1n;
  }

  /** Whether a name, or one that it is a part of, has a history. */
  #isLogged(name: string): boolean {
    for (let end = name.length; end > 0; end = name.lastIndexOf('.', end - 1)) {
      if (this.#logged.has(name.slice(0, end))) return true;
    }
    return false;
  }

  /** What of a summary is the last point of a history is there already. */
  #addSummary(name: string, value: ItemValue): void {
    if (/^_(timestamp|step|runtime|wandb)(\.|$)/.test(name) || this.#isLogged(name)) return;
    if (typeof value === 'number' || typeof value === 'boolean')
      this.#addPoint(name, { value, timestampMs: this.#lastAtMs, step: this.#lastStep });
    else if (typeof value === 'string') this.#tags.push({ key: `wandb.summary.${name}`, value });
    else this.#listener.leaveKind('values of the summary that are no numbers and no texts');
  }
}

function change(kept: Map<string, Item>, { update, remove }: Change): void {
  for (const item of update) {
    const name = nameOf(item.path);
    // What is set last stands last, and wins over what was set of its parts or of the whole before.
    kept.delete(name);
    kept.set(name, item);
  }
  for (const path of remove) {
    for (const known of kept.keys()) if (isInside(known, nameOf(path))) kept.delete(known);
  }
}

function kindOf(value: ItemValue): string {
  const type = typeof value === 'object' && value !== null && '_type' in value ? String(value['_type']) : '';
  if (type !== '') return `values of the type ${type.slice(0, 50)} in the history`;
  return typeof value === 'string' ? 'texts in the history' : 'values that are no numbers in the history';
}
