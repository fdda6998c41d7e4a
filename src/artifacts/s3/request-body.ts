/** Bodies of requests: bytes in memory, or a part of a file, which is read again for every attempt. */
import type { Hash } from 'node:crypto';
import { createHash, hash } from 'node:crypto';
import { once } from 'node:events';
import type { FileHandle } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import { PlatformError } from '../../errors/index.ts';

/** A part of an open file whose bytes were hashed before. */
export interface FilePart {
  readonly file: FileHandle;
  readonly start: number;
  readonly sizeBytes: number;
  /** SHA-256 in hexadecimal digits: what the store compares with what it receives. */
  readonly sha256: string;
}

/** What a request carries. */
export type RequestBody = Uint8Array | FilePart;

const pieceBytes = 1 << 18;
const emptySha256 = hash('sha256', '', 'hex');

/** SHA-256 of a body, in hexadecimal digits. */
export function sha256Of(body: RequestBody | undefined): string {
  if (body === undefined) return emptySha256;
  return body instanceof Uint8Array ? hash('sha256', body, 'hex') : body.sha256;
}

/** The number of bytes of a body. */
export function sizeOf(body: RequestBody | undefined): number {
  if (body === undefined) return 0;
  return body instanceof Uint8Array ? body.length : body.sizeBytes;
}

/**
 * Writes a body to the end of a request, no faster than it is taken.
 * @throws PlatformError ARTIFACT_SOURCE_CHANGED where a file does not hold any more what was hashed
 */
export async function writeBody(target: Writable, body: RequestBody | undefined): Promise<void> {
  if (body === undefined || body instanceof Uint8Array) {
    target.end(body);
    return;
  }
  const state = createHash('sha256');
  for (let done = 0; done < body.sizeBytes; ) {
    const piece = await readPiece(body, done, state);
    done += piece.length;
    if (done === body.sizeBytes && state.digest('hex') !== body.sha256) throw changed();
    if (!target.write(piece)) await drained(target);
    if (target.destroyed) return;
  }
  target.end();
}

async function readPiece({ file, start, sizeBytes }: FilePart, done: number, state: Hash): Promise<Buffer> {
  const length = Math.min(pieceBytes, sizeBytes - done);
  const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(length), 0, length, start + done);
  if (bytesRead === 0) throw changed();
  const piece = buffer.subarray(0, bytesRead);
  state.update(piece);
  return piece;
}

/** Waits until more can be written, or nothing will be taken any more. */
async function drained(target: Writable): Promise<void> {
  const closed = new AbortController();
  const stop = { signal: closed.signal };
  await Promise.race([once(target, 'drain', stop), once(target, 'close', stop)]).finally(() => closed.abort());
}

function changed(): PlatformError {
  return new PlatformError('ARTIFACT_SOURCE_CHANGED', {
    message:
      'expected the source to stay as it was while it was stored; its bytes are others than when they were hashed',
  });
}
