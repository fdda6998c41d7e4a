/**
 * Hashing of many files at once. One core hashes slower than a disk reads, so a large folder is divided among threads, in
 * lists of some megabytes each: a thread that is given the next list when it is ready never waits for another one. The
 * calling thread hashes too, a few milliseconds at a time, so that nothing is lost while the others start.
 */
import { availableParallelism } from 'node:os';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { modulePath } from '../../encoding/index.ts';
import { type FilePart, type HashedPart, hashPartInTurns } from './hash-part.ts';

/** Below this, starting threads takes longer than hashing. */
const fewBytes = 64 << 20;
const fewParts = 4000;
const listBytes = 32 << 20;
const listParts = 500;
const mostThreads = 16;
const partsPerTurn = 50;

/** A list of parts, and where their digests belong. */
interface Batch {
  readonly parts: readonly FilePart[];
  readonly place: number;
}

type Keep = (batch: Batch, hashed: readonly HashedPart[]) => void;

/**
 * The digests of parts, in their order. What cannot be read is told, not thrown.
 * @param options.threads beside the calling one. Default none for little, else as many as there are cores, 16 at most
 * @throws the reason of the signal, where it was raised
 */
export async function hashParts(
  parts: readonly FilePart[],
  options: { readonly signal?: AbortSignal; readonly threads?: number } = {},
): Promise<readonly HashedPart[]> {
  const batches = batchesOf(parts);
  const total = parts.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const isLittle = total < fewBytes && parts.length < fewParts;
  const threads = options.threads ?? (isLittle ? 0 : Math.min(availableParallelism(), mostThreads));
  const found = new Array<HashedPart>(parts.length);
  const keep: Keep = ({ place }, hashed) => {
    for (const [index, one] of hashed.entries()) found[place + index] = one;
  };
  // Each takes its first list before the next is asked: what is left is for this thread.
  const others = Array.from({ length: Math.min(threads, batches.length - 1) }, () =>
    workThrough(batches, keep, options.signal),
  );
  await Promise.all([...others, workHere(batches, keep, options.signal)]);
  return found;
}

/** Takes lists from the back, in this thread, which stays ready for everything else. */
async function workHere(batches: Batch[], keep: Keep, signal: AbortSignal | undefined): Promise<void> {
  const pause = async (): Promise<void> => {
    await nextTurn();
    signal?.throwIfAborted();
  };
  for (let batch = batches.pop(); batch !== undefined; batch = batches.pop()) {
    await pause();
    const hashed: HashedPart[] = [];
    for (const part of batch.parts) {
      hashed.push(await hashPartInTurns(part, pause));
      if (hashed.length % partsPerTurn === 0) await pause();
    }
    keep(batch, hashed);
  }
}

/** Takes the lists from the front until there is none; each of several threads does so at the same time. */
async function workThrough(batches: Batch[], keep: Keep, signal: AbortSignal | undefined): Promise<void> {
  const thread = new Worker(modulePath(import.meta.url, './hash-thread'));
  // A file may be so large that nobody waits for its end.
  const stop = (): void => void thread.terminate();
  signal?.addEventListener('abort', stop, { once: true });
  try {
    for (let batch = batches.shift(); batch !== undefined; batch = batches.shift()) {
      signal?.throwIfAborted();
      keep(batch, await ask(thread, batch.parts));
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener('abort', stop);
    await thread.terminate();
  }
}

async function ask(thread: Worker, parts: readonly FilePart[]): Promise<readonly HashedPart[]> {
  return await new Promise((resolve, reject) => {
    const ended = (code: number): void => reject(new Error(`a thread that hashes ended with ${code}`));
    thread.once('error', reject);
    thread.once('exit', ended);
    thread.once('message', (hashed: readonly HashedPart[]) => {
      thread.off('error', reject);
      thread.off('exit', ended);
      resolve(hashed);
    });
    thread.postMessage(parts);
  });
}

function batchesOf(parts: readonly FilePart[]): Batch[] {
  const batches: { parts: FilePart[]; place: number; sizeBytes: number }[] = [];
  for (const [place, part] of parts.entries()) {
    const last = batches.at(-1);
    if (last === undefined || last.sizeBytes >= listBytes || last.parts.length >= listParts) {
      batches.push({ parts: [part], place, sizeBytes: part.sizeBytes });
    } else {
      last.parts.push(part);
      last.sizeBytes += part.sizeBytes;
    }
  }
  return batches;
}
