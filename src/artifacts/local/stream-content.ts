/**
 * Bytes that come from elsewhere into the store, hashed as they come. What is small is kept in memory until it has
 * ended; what is not goes to a file on the disk of the store, which becomes the content. While one piece is being
 * written the thread hashes it; every 64 MiB a flush is started and not waited for.
 */
import { createHash } from 'node:crypto';
import { type FileHandle, open, rm } from 'node:fs/promises';
import type { Digest } from '../../encoding/index.ts';
import type { ByteStream, StoreOptions } from '../artifact-store.ts';
import { readPieces } from '../files/read-pieces.ts';
import type { ContentFolder } from './content-folder.ts';
import { putContent } from './small-file.ts';

const smallBytes = 1 << 20;
const flushEveryBytes = 64 << 20;

/** The digest and the size of what was stored. */
interface StoredStream {
  readonly digest: Digest;
  readonly sizeBytes: number;
}

/**
 * Stores what a stream gives, as one file. Where the stream breaks nothing is left.
 * @throws PlatformError ARTIFACT_SOURCE_BROKEN, CANCELED; an error of ours that the stream throws passes through
 */
export async function putStream(
  folder: ContentFolder,
  source: ByteStream,
  options: StoreOptions,
): Promise<StoredStream> {
  const pieces = readPieces(source, options)[Symbol.asyncIterator]();
  try {
    const first: Uint8Array[] = [];
    for (let sizeBytes = 0; sizeBytes <= smallBytes; ) {
      const { value, done } = await pieces.next();
      if (done === true) return await putContent(folder, 'file', Buffer.concat(first));
      first.push(value);
      sizeBytes += value.length;
    }
    return await putLarge(folder, first, pieces);
  } finally {
    await pieces.return(undefined);
  }
}

async function putLarge(
  folder: ContentFolder,
  first: readonly Uint8Array[],
  rest: AsyncGenerator<Uint8Array>,
): Promise<StoredStream> {
  const temporary = folder.newStagingPath();
  try {
    await using target = await open(temporary, 'wx', 0o600);
    const writer = new HashingWriter(target);
    for (const piece of first) await writer.write(piece);
    for await (const piece of rest) await writer.write(piece);
    const stored = writer.finish();
    if (!(await folder.touch('file', stored.digest, stored.sizeBytes))) {
      await target.datasync();
      await folder.install(temporary, 'file', stored.digest);
    }
    return stored;
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Writes pieces to the end of a file and hashes them. */
class HashingWriter {
  readonly #target: FileHandle;
  readonly #state = createHash('sha256');
  #sizeBytes = 0;
  #flushedBytes = 0;
  #flushing: Promise<void> = Promise.resolve();

  constructor(target: FileHandle) {
    this.#target = target;
  }

  async write(piece: Uint8Array): Promise<void> {
    const writing = this.#writeAll(piece);
    this.#state.update(piece);
    await writing;
    this.#sizeBytes += piece.length;
    if (this.#sizeBytes - this.#flushedBytes < flushEveryBytes) return;
    await this.#flushing;
    this.#flushing = this.#target.datasync();
    this.#flushing.catch(() => undefined);
    this.#flushedBytes = this.#sizeBytes;
  }

  /** What was written. A failed early flush is found by the last one, which the caller makes. */
  finish(): StoredStream {
    return { digest: `sha256:${this.#state.digest('hex')}` as Digest, sizeBytes: this.#sizeBytes };
  }

  async #writeAll(piece: Uint8Array): Promise<void> {
    for (let done = 0; done < piece.length; ) {
      const { bytesWritten } = await this.#target.write(piece, done, piece.length - done, this.#sizeBytes + done);
      done += bytesWritten;
    }
  }
}
