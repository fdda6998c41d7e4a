/**
 * Hashing while copying, in one pass. Three buffers go round: while one is hashed on this thread, the next is being
 * read and the one before written by the thread pool. Every 64 MiB a flush is started and not waited for, so that the
 * final flush finds little left to do.
 */
import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import type { Digest } from '../../encoding/index.ts';
import { throwIfCanceled } from './file-errors.ts';

const largestBufferBytes = 1 << 20;
const smallestBufferBytes = 4 << 10;
const flushEveryBytes = 64 << 20;

/** How to copy. */
export interface CopyOptions {
  readonly signal?: AbortSignal | undefined;
  /** The expected size, which sizes the buffers; the file is read to its end whatever it is. */
  readonly sizeBytes: number;
  /** `early` starts writing to the disk while copying, where the caller will flush the target in the end. */
  readonly flush: 'early' | 'never';
}

/**
 * Reads a file from its start to its end, hashes it and, where there is a target, writes the same bytes to it. Errors
 * of the file system pass through; when it settles no read or write is under way.
 * @throws PlatformError CANCELED
 */
export async function copyHashing(
  source: FileHandle,
  target: FileHandle | null,
  options: CopyOptions,
): Promise<{ digest: Digest; sizeBytes: number }> {
  const bufferBytes = Math.min(largestBufferBytes, Math.max(smallestBufferBytes, options.sizeBytes + 1));
  const buffers = [0, 1, 2].map(() => Buffer.allocUnsafe(bufferBytes));
  const state = createHash('sha256');
  let position = 0;
  let flushedBytes = 0;
  let reading = quietly(source.read(buffers[0]!, 0, bufferBytes, 0));
  let writing: Promise<void> = Promise.resolve();
  let flushing: Promise<void> = Promise.resolve();
  try {
    for (let turn = 0; ; turn++) {
      throwIfCanceled(options.signal);
      const { bytesRead } = await reading;
      if (bytesRead === 0) break;
      const filled = buffers[turn % 3]!.subarray(0, bytesRead);
      await writing;
      reading = quietly(source.read(buffers[(turn + 1) % 3]!, 0, bufferBytes, position + bytesRead));
      if (target !== null) writing = quietly(writeAll(target, filled, position));
      state.update(filled);
      position += bytesRead;
      if (target !== null && options.flush === 'early' && position - flushedBytes >= flushEveryBytes) {
        await flushing;
        flushing = quietly(target.datasync());
        flushedBytes = position;
      }
    }
    await writing;
    await flushing;
  } finally {
    await Promise.allSettled([reading, writing, flushing]);
  }
  return { digest: `sha256:${state.digest('hex')}` as Digest, sizeBytes: position };
}

async function writeAll(target: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await target.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

/** Marks a promise as handled: it is awaited later, perhaps after another one failed. */
function quietly<Value>(promise: Promise<Value>): Promise<Value> {
  promise.catch(() => undefined);
  return promise;
}
