/**
 * The event files of one run, in the order of their names, each from where it was left. A START of a session says that
 * the training went back: what was logged at its step or later goes, as in TensorBoard.
 */
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { isPlatformError } from '../../../errors/index.ts';
import { runStatuses, type SourcePosition } from '../../../tracking/index.ts';
import type { LeaveOut } from '../import-report.ts';
import { openPlain, Unreadable } from '../open-plain.ts';
import type { RunPart } from '../runs/run-source.ts';
import { type LoggedEvent, readEvent } from './event.ts';
import { EventValues, type RunEnding } from './event-values.ts';
import { stepFolders } from './media-file.ts';
import { type FramedRecord, type RecordFile, type RecordsEnd, readRecordFile } from './record-file.ts';

/** The event files of a run. */
export interface EventFiles {
  /** The folder of them all. */
  readonly folder: string;
  readonly names: readonly string[];
}

/** Who is told what is left out, and how far reading is. */
export interface EventListener {
  readonly leave: LeaveOut;
  readonly leaveKind: (kind: string) => void;
  readonly onBytes: (bytes: number) => void;
}

/** A part is written when what was gathered weighs this much. */
const heaviest = 1024 * 1024;

/** Reads what is behind the positions. @returns how the run ended, as far as its events say so */
export async function* readEventRun(
  { folder, names }: EventFiles,
  from: ReadonlyMap<string, SourcePosition>,
  listener: EventListener,
): AsyncGenerator<RunPart, RunEnding> {
  const values = new EventValues(listener);
  for (const name of names) values.recall(endingIn(from.get(name)), pluginsIn(from.get(name)));
  for (const name of names) {
    let handle: FileHandle | null = null;
    try {
      handle = await openPlain(join(folder, name));
      const at = await placeIn(handle, from.get(name), () =>
        listener.leave(name, 'is not the file that was read before; it is read from its beginning'),
      );
      yield* readFile(readRecordFile(handle, at), { name, handle, values, listener });
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      listener.leave(name, error.message);
    } finally {
      await handle?.close();
    }
  }
  return values.ending;
}

/** Where to go on: behind the last record, if that is still the one that was read. */
async function placeIn(handle: FileHandle, position: SourcePosition | undefined, onOther: () => void): Promise<number> {
  if (position === undefined || position.place === 0) return 0;
  if ((await markAt(handle, position.place)) === position.mark.split(' ')[0]) return position.place;
  onOther();
  return 0;
}

/** The checksum of the record that ends at a place: it tells one file from another. */
async function markAt(handle: FileHandle, place: number): Promise<string> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(4), 0, 4, place - 4);
  return buffer.toString('hex', 0, bytesRead);
}

/** With the checksum stands what was said once, of the end and of tags, until there: whoever goes on does not see it again. */
async function markOf(handle: FileHandle, place: number, { ending, plugins }: EventValues): Promise<string> {
  const { end, lastAtMs } = ending;
  const facts = [lastAtMs ?? '', end?.status ?? '', end?.endedAtMs ?? ''];
  if (plugins.length > 0) facts.push(encodeURIComponent(JSON.stringify(plugins)));
  return [await markAt(handle, place), ...facts].join(' ');
}

function endingIn(position: SourcePosition | undefined): RunEnding {
  const [, lastAt = '', status = '', endedAt = ''] = (position?.mark ?? '').split(' ');
  const ended = runStatuses.find((one) => one === status);
  const number = (text: string): number | null => (text === '' ? null : Number(text));
  return {
    end: ended === undefined ? null : { status: ended, endedAtMs: number(endedAt) },
    lastAtMs: number(lastAt),
  };
}

function pluginsIn(position: SourcePosition | undefined): EventValues['plugins'] {
  const said = position?.mark.split(' ')[4];
  return said === undefined ? [] : (JSON.parse(decodeURIComponent(said)) as [string, string][]);
}

interface Reading {
  readonly name: string;
  readonly handle: FileHandle;
  readonly values: EventValues;
  readonly listener: EventListener;
}

async function* readFile(file: RecordFile, reading: Reading): AsyncGenerator<RunPart, void> {
  const { name, handle, values, listener } = reading;
  const begun = file.at;
  let read = begun;
  let written = begun;
  const partTo = async (place: number): Promise<RunPart> => {
    written = place;
    return { ...values.take(), position: { source: name, place, mark: await markOf(handle, place, values) } };
  };
  const skip = (at: number, why: string): void => listener.leave(`${name}: byte ${at}`, why);
  while (file.end === null) {
    for (const record of await file.read(skip)) {
      const event = eventOf(record, skip);
      if (event?.kind === 'start') {
        if (record.start > written) yield await partTo(record.start);
        const purge = { purgeFromStep: event.step, purgeFolders: stepFolders };
        yield { ...(await partTo(record.end)), ...purge };
      } else if (event !== null) addEvent(event, reading);
      if (values.weight > heaviest) yield await partTo(record.end);
    }
    listener.onBytes(file.at - read);
    read = file.at;
  }
  if (file.at > written) yield await partTo(file.at);
  leaveEnd(file.end, reading);
}

function eventOf({ bytes, start }: FramedRecord, skip: (at: number, why: string) => void): LoggedEvent | null {
  try {
    return readEvent(bytes);
  } catch (error) {
    if (!isPlatformError(error) || error.code !== 'ENCODING_BAD_PROTOBUF') throw error;
    skip(start, `no event: ${error.message}`);
    return null;
  }
}

function addEvent(event: LoggedEvent, { values, listener, name }: Reading): void {
  if (event.kind === 'graph') listener.leaveKind('graphs');
  else if (event.kind === 'log') listener.leaveKind('log messages');
  try {
    values.add(event);
  } catch (error) {
    if (!isPlatformError(error) || error.code !== 'ENCODING_BAD_PROTOBUF') throw error;
    listener.leave(`${name}: hyperparameters`, error.message);
  }
}

function leaveEnd(end: RecordsEnd, { name, listener }: Reading): void {
  if (end.kind === 'partial') listener.leave(`${name}: byte ${end.at}`, `${end.why}; read once it is whole`);
  else if (end.kind === 'broken')
    listener.leave(`${name}: byte ${end.at}`, `${end.why}; nothing behind it can be read`);
}
