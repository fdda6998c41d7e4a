/** Files as uploads see them: one digest of the whole, and one of each part, from one reading. */
import { createHash, type Hash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import type { Digest } from '../../encoding/index.ts';
import { throwIfCanceled } from '../files/file-errors.ts';

/** What is to be sent of a file. */
export interface MeasuredFile {
  readonly digest: Digest;
  readonly sizeBytes: number;
  /** Bytes of every part but the last. */
  readonly partBytes: number;
  /** SHA-256 of each part, in hexadecimal digits. */
  readonly parts: readonly string[];
}

const smallestPartBytes = 8 << 20;
const partsAtMost = 10_000;
const readBytes = 1 << 20;

/** How large parts have to be for a file of a size: 8 MiB, and more where that would make too many. */
export function partBytesFor(sizeBytes: number): number {
  const least = Math.ceil(sizeBytes / partsAtMost / readBytes) * readBytes;
  return Math.max(smallestPartBytes, least);
}

/** Hashes bytes as they come: the whole, and every part. */
export class PartHasher {
  readonly #partBytes: number;
  readonly #whole = createHash('sha256');
  readonly #parts: string[] = [];
  #part: Hash = createHash('sha256');
  #inPart = 0;
  #sizeBytes = 0;

  constructor(partBytes: number) {
    this.#partBytes = partBytes;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  update(piece: Uint8Array): void {
    this.#whole.update(piece);
    this.#sizeBytes += piece.length;
    for (let at = 0; at < piece.length; ) {
      const taken = piece.subarray(at, at + this.#partBytes - this.#inPart);
      this.#part.update(taken);
      this.#inPart += taken.length;
      at += taken.length;
      if (this.#inPart === this.#partBytes) this.#endPart();
    }
  }

  finish(): MeasuredFile {
    if (this.#inPart > 0) this.#endPart();
    const digest = `sha256:${this.#whole.digest('hex')}` as Digest;
    return { digest, sizeBytes: this.#sizeBytes, partBytes: this.#partBytes, parts: this.#parts };
  }

  #endPart(): void {
    this.#parts.push(this.#part.digest('hex'));
    this.#part = createHash('sha256');
    this.#inPart = 0;
  }
}

/** Reads an open file to its end. */
export async function measureFile(
  file: FileHandle,
  partBytes: number,
  signal: AbortSignal | undefined,
): Promise<MeasuredFile> {
  const hasher = new PartHasher(partBytes);
  const buffer = Buffer.allocUnsafe(readBytes);
  for (;;) {
    throwIfCanceled(signal);
    const { bytesRead } = await file.read(buffer, 0, readBytes, hasher.sizeBytes);
    if (bytesRead === 0) return hasher.finish();
    hasher.update(buffer.subarray(0, bytesRead));
  }
}
