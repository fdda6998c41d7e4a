/**
 * The log of a run of Weights & Biases: LevelDB's log format behind a head of seven bytes. Blocks of 32 KiB hold fragments, each a
 * CRC-32 of its type and bytes (4 bytes, little-endian), a length (2), a type (1: the whole record, 2: its first, 3: a middle, 4: its last
 * fragment) and its bytes; fewer than seven bytes at the end of a block are zeros. LevelDB's own CRC-32C is masked, this one is
 * that of zlib and is not. Behind a damaged fragment reading goes on with the next block, as in LevelDB.
 *
 * Source: https://github.com/google/leveldb/blob/main/doc/log_format.md; wandb 0.19.11, `wandb/sdk/internal/datastore.py`.
 */
import type { FileHandle } from 'node:fs/promises';
import { crc32 } from 'node:zlib';

const blockBytes = 32 * 1024;
const headBytes = 7;
/** `:W&B`, 0xBEE1, version 0. */
const fileHead = Buffer.from([0x3a, 0x57, 0x26, 0x42, 0xe1, 0xbe, 0]);
const types = { full: 1, first: 2, middle: 3, last: 4 } as const;
/** A longer record is left out, so that memory stays bounded. */
const longestRecord = 64 * 1024 * 1024;

/** A record, with where its first fragment begins. */
export interface LogRecord {
  readonly start: number;
  readonly bytes: Buffer;
}

/** Told what cannot be read: where, and why. */
export type OnDamage = (at: number, why: string) => void;

/** Reads the records of a log; what is broken is told and left out. Nothing where it is no such log. */
export async function* readLog(handle: FileHandle, onDamage: OnDamage): AsyncGenerator<LogRecord> {
  const block = Buffer.allocUnsafe(blockBytes);
  const joiner = new FragmentJoiner(onDamage);
  for (let at = 0; ; at += blockBytes) {
    const bytes = await readBlock(handle, block, at);
    if (at === 0 && !bytes.subarray(0, headBytes).equals(fileHead)) {
      onDamage(0, 'expected the head of a log of version 0, found another one');
      return;
    }
    for (const fragment of fragmentsOf(bytes, at, onDamage)) {
      const record = joiner.add(fragment);
      if (record !== null) yield record;
    }
    if (bytes.length < blockBytes) {
      joiner.end();
      return;
    }
  }
}

async function readBlock(handle: FileHandle, block: Buffer, at: number): Promise<Buffer> {
  let filled = 0;
  while (filled < blockBytes) {
    const { bytesRead } = await handle.read(block, filled, blockBytes - filled, at + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return block.subarray(0, filled);
}

interface Fragment {
  readonly start: number;
  readonly type: number;
  /** A view of the block; null for one that is damaged, with whatever follows it in the block. */
  readonly bytes: Buffer | null;
}

function* fragmentsOf(block: Buffer, from: number, onDamage: OnDamage): Generator<Fragment> {
  for (let at = from === 0 ? headBytes : 0; block.length - at >= headBytes; ) {
    const start = from + at;
    const length = block.readUInt16LE(at + 4);
    const end = at + headBytes + length;
    if (end > block.length) {
      // In a block that is not whole the rest was never written.
      const why =
        block.length < blockBytes ? 'the log ends inside of a record' : 'a length that leads out of its block';
      onDamage(start, why);
      yield { start, type: 0, bytes: null };
      return;
    }
    if (crc32(block.subarray(at + 6, end)) !== block.readUInt32LE(at)) {
      onDamage(start, `a fragment of ${length} bytes with a wrong checksum; its block is left out from here on`);
      yield { start, type: 0, bytes: null };
      return;
    }
    yield { start, type: block.readUInt8(at + 6), bytes: block.subarray(at + headBytes, end) };
    at = end;
  }
}

/** Puts fragments together. */
class FragmentJoiner {
  readonly #onDamage: OnDamage;
  #start = 0;
  #parts: Buffer[] | null = null;
  #size = 0;

  constructor(onDamage: OnDamage) {
    this.#onDamage = onDamage;
  }

  /** @returns the record that this fragment ends */
  add({ start, type, bytes }: Fragment): LogRecord | null {
    if (bytes === null) {
      this.#parts = null;
      return null;
    }
    if (type === types.full || type === types.first) {
      this.#abandon();
      if (type === types.full) return { start, bytes };
      this.#start = start;
      this.#parts = [Buffer.from(bytes)];
      this.#size = bytes.length;
      return null;
    }
    return this.#goOn(type, bytes);
  }

  /** The log ends here. */
  end(): void {
    this.#abandon();
  }

  #goOn(type: number, bytes: Buffer): LogRecord | null {
    // What belongs to a record whose beginning is damaged goes with it.
    if (this.#parts === null) return null;
    this.#size += bytes.length;
    if (this.#size > longestRecord) {
      this.#onDamage(this.#start, `a record of more than ${longestRecord} bytes`);
      this.#parts = null;
      return null;
    }
    this.#parts.push(Buffer.from(bytes));
    if (type !== types.last) return null;
    const record = { start: this.#start, bytes: Buffer.concat(this.#parts) };
    this.#parts = null;
    return record;
  }

  #abandon(): void {
    if (this.#parts !== null) this.#onDamage(this.#start, 'a record without its end');
    this.#parts = null;
  }
}
