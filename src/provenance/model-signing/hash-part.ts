import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import type { Digest } from '../../encoding/index.ts';

/** A file, or a part of one, that is to be hashed. */
export interface FilePart {
  /** Absolute, or relative to the folder in which the process runs. */
  readonly path: string;
  /** Where it begins, in bytes. */
  readonly from: number;
  /** Where it ends, not included; null: at the end of the file, wherever that is. */
  readonly to: number | null;
  /** About how much there is to read; decides how the work is divided, and nothing else. */
  readonly sizeBytes: number;
}

/** The digest of a part, or why there is none: an errno of the file system, or `NOT_A_FILE`, `TOO_SHORT`. */
export type HashedPart = { readonly digest: Digest } | { readonly failed: string };

// Larger ones leave the cache of a core and are slower.
const bufferBytes = 1 << 18;
/** Some milliseconds of work. */
const bytesPerTurn = 4 << 20;
let buffer: Buffer | null = null;
// A link or a pipe that was put in the place of a file is not followed, and not waited for.
const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Hashes a part, in this thread and at once. Links are not followed. Never throws. */
export function hashPart(part: FilePart): HashedPart {
  const steps = hashing(part);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/**
 * The same, a few megabytes at a time.
 * @param pause what is waited for in between; where it throws, the file is closed and that is thrown
 */
export async function hashPartInTurns(part: FilePart, pause: () => Promise<void>): Promise<HashedPart> {
  const steps = hashing(part);
  try {
    for (;;) {
      const step = steps.next();
      if (step.done === true) return step.value;
      await pause();
    }
  } finally {
    steps.return({ failed: 'CANCELED' });
  }
}

function* hashing({ path, from, to }: FilePart): Generator<undefined, HashedPart> {
  let file: number | null = null;
  try {
    file = openSync(path, flags);
    if (!fstatSync(file).isFile()) return { failed: 'NOT_A_FILE' };
    return yield* hashOpen(file, from, to);
  } catch (error) {
    return { failed: (error as NodeJS.ErrnoException).code ?? 'EIO' };
  } finally {
    if (file !== null) closeSync(file);
  }
}

// The buffer is empty whenever a turn ends, so that any number of these can share it.
function* hashOpen(file: number, from: number, to: number | null): Generator<undefined, HashedPart> {
  buffer ??= Buffer.allocUnsafeSlow(bufferBytes);
  const state = createHash('sha256');
  let turnBytes = 0;
  for (let at = from; to === null || at < to; ) {
    const wanted = to === null ? bufferBytes : Math.min(bufferBytes, to - at);
    const count = readSync(file, buffer, 0, wanted, at);
    if (count === 0 && to !== null) return { failed: 'TOO_SHORT' };
    if (count === 0) break;
    state.update(buffer.subarray(0, count));
    at += count;
    turnBytes += count;
    if (turnBytes < bytesPerTurn) continue;
    turnBytes = 0;
    yield;
  }
  return { digest: `sha256:${state.digest('hex')}` as Digest };
}
