/**
 * TFRecord: frames one after the other, each a length of 8 bytes (little-endian), the masked CRC-32C of these 8 bytes, the
 * record, and its masked CRC-32C. A file that is being written ends anywhere; what is not whole yet is left for later. A
 * record whose sum is wrong is stepped over where another one follows it, because its length holds; at the end of the file
 * it may be one that is still being written. Without a length that holds nothing behind it can be found.
 *
 * Source: TensorFlow, `tensorflow/core/lib/io/record_writer.h`.
 */
import type { FileHandle } from 'node:fs/promises';
import { maskedCrc32c } from '../../../encoding/index.ts';

const headBytes = 12;
const tailBytes = 4;
/** A longer record is stepped over, so that memory stays bounded. */
export const longestRecord = 64 * 1024 * 1024;
const chunkBytes = 1024 * 1024;

/** A record, as a view of memory that the next read overwrites. */
export interface FramedRecord {
  /** Where its frame begins in the file, and the byte behind it. */
  readonly start: number;
  readonly end: number;
  readonly bytes: Uint8Array;
}

/** Why nothing more can be read now. */
export type RecordsEnd =
  | { readonly kind: 'whole' }
  /** The file ends inside of a frame, which `at` begins. */
  | { readonly kind: 'partial'; readonly at: number; readonly why: string }
  /** There is no frame at `at`. */
  | { readonly kind: 'broken'; readonly at: number; readonly why: string };

/** A reader that goes on where the file has grown. */
export interface RecordFile {
  /** Where the next frame begins. */
  readonly at: number;
  /** Null while there may be more. */
  readonly end: RecordsEnd | null;
  /** Some records, none at the end. @param onSkipped told of frames that are stepped over */
  read(onSkipped: (start: number, why: string) => void): Promise<readonly FramedRecord[]>;
}

/** Reads frames from a place on. @param at where a frame begins */
export function readRecordFile(handle: FileHandle, at: number): RecordFile {
  let buffer = Buffer.allocUnsafe(chunkBytes);
  const file = { at, end: null as RecordsEnd | null };
  const read: RecordFile['read'] = async (onSkipped) => {
    for (;;) {
      // What is appended meanwhile belongs to the next read.
      const { size } = await handle.stat();
      const bytes = await fill(
        handle,
        buffer.subarray(0, Math.min(buffer.length, Math.max(size - file.at, 0))),
        file.at,
      );
      const found = cut(bytes, file.at, { size, onSkipped });
      file.at = found.at;
      file.end = found.end;
      if (found.records.length > 0 || found.end !== null) return found.records;
      // The first frame is longer than the buffer.
      if (found.needed > buffer.length) buffer = Buffer.allocUnsafe(found.needed);
    }
  };
  return {
    get at() {
      return file.at;
    },
    get end() {
      return file.end;
    },
    read,
  };
}

async function fill(handle: FileHandle, buffer: Buffer, at: number): Promise<Buffer> {
  let filled = 0;
  while (filled < buffer.length) {
    const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled, at + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}

interface Cut {
  readonly records: readonly FramedRecord[];
  readonly at: number;
  readonly end: RecordsEnd | null;
  /** Bytes that the next frame has. */
  readonly needed: number;
}

interface CutOptions {
  /** Bytes of the file. */
  readonly size: number;
  readonly onSkipped: (start: number, why: string) => void;
}

/** Cuts bytes that begin at a place of the file into frames. */
function cut(bytes: Buffer, from: number, { size, onSkipped }: CutOptions): Cut {
  const records: FramedRecord[] = [];
  const done = (at: number, end: RecordsEnd | null, needed = 0): Cut => ({ records, at, end, needed });
  for (let at = from; ; ) {
    const rest = bytes.subarray(at - from);
    const left = size - at;
    if (left <= 0) return done(at, { kind: 'whole' });
    if (left < headBytes) return done(at, partial(at, headBytes, left));
    if (rest.length < headBytes) return done(at, null, headBytes);
    const length = lengthOf(rest);
    if (length === null)
      return done(at, { kind: 'broken', at, why: 'no record begins here: the checksum of its length is wrong' });
    const whole = headBytes + length + tailBytes;
    if (left < whole) return done(at, partial(at, whole, left));
    if (length > longestRecord) onSkipped(at, `a record of ${length} bytes, more than ${longestRecord}`);
    else {
      if (rest.length < whole) return done(at, null, whole);
      const record = rest.subarray(headBytes, headBytes + length);
      if (maskedCrc32c(record) === rest.readUInt32LE(headBytes + length))
        records.push({ start: at, end: at + whole, bytes: record });
      else if (left === whole)
        return done(at, { kind: 'partial', at, why: `the last record, of ${length} bytes, has a wrong checksum` });
      else onSkipped(at, `a record of ${length} bytes with a wrong checksum`);
    }
    at += whole;
    if (at - from >= bytes.length) return done(at, at >= size ? { kind: 'whole' } : null);
  }
}

function partial(at: number, expected: number, found: number): RecordsEnd {
  return {
    kind: 'partial',
    at,
    why: `expected a record of ${expected} bytes, found the end of the file after ${found}`,
  };
}

/** The length that a frame says, or null where its sum is wrong. Lengths beyond 2^53 are no lengths. */
function lengthOf(frame: Buffer): number | null {
  if (maskedCrc32c(frame.subarray(0, 8)) !== frame.readUInt32LE(8)) return null;
  const length = Number(frame.readBigUInt64LE(0));
  return Number.isSafeInteger(length) ? length : null;
}
