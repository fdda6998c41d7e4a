/**
 * What a bucket knows of content beside its bytes, as objects whose names say everything:
 *
 *     blobs/ab/cdef…                    the bytes of a file; trees/… the manifest of a tree
 *     state/blobs/ab/cdef…/17637…       it was stored, or stored again, at this millisecond
 *     state/blobs/ab/cdef…/leaving-…    somebody is about to remove it; each who is has a mark of his own
 *     state/blobs/ab/cdef…/damaged      the bytes that were found damaged under its name
 *
 * One listing of `state/blobs/ab/cdef…/` therefore tells all of it. S3 keeps times to the second and cannot change them
 * without copying the bytes, and it cannot remove an object on the condition that nobody has asked for it since. So
 * whoever uses content and whoever removes it look at each other's marks, as in Dekker's mutual exclusion:
 *
 *     user      writes a time       then looks for marks of removers; where there are any, waits until they are gone
 *     remover   writes its mark     then looks for a new time; where there is one, takes its mark back
 *
 * Each writes before it looks, and S3 shows every write to every later look, so at least one of them sees the other. This
 * holds for a user and every single remover, and asks for no conditional write, which some stores do not know. A
 * remover gives up once `removeWithinMs` have passed since its mark; a mark that is older than `abandonedMs` by the clock
 * of the store belongs to a dead process and is taken away.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Digest, digestHex, isDigest, monotonicMs, newId, now } from '../../encoding/index.ts';
import { PlatformError } from '../../errors/index.ts';
import type { ContentKind } from '../artifact-store.ts';
import { throwIfCanceled } from '../files/file-errors.ts';
import type { Bucket } from './bucket.ts';

/** Which content is meant. */
export interface ContentName {
  readonly kind: ContentKind;
  readonly digest: Digest;
}

/** What is known of content beside its bytes. */
export interface ContentState {
  /** When it was stored, or stored again, in ascending order. */
  readonly storedAtMs: readonly number[];
  /** The keys of the marks of those who are about to remove it. */
  readonly leaving: readonly string[];
  readonly isDamaged: boolean;
}

const removeWithinMs = 20_000;
const abandonedMs = 120_000;
const lookAgainMs = 50;

/** The key of content. */
export function contentKey({ kind, digest }: ContentName): string {
  const hex = digestHex(digest);
  return `${folderOf(kind)}/${hex.slice(0, 2)}/${hex.slice(2)}`;
}

/** The key of damaged bytes. */
export function damagedKey(name: ContentName): string {
  return `${stateFolder(name)}damaged`;
}

/** The folder of all content of a kind. */
export function folderOf(kind: ContentKind): 'blobs' | 'trees' {
  return kind === 'file' ? 'blobs' : 'trees';
}

/** The digest in a key like `ab/cdef…`; null for other keys. */
export function digestIn(path: string): Digest | null {
  const found = /^([0-9a-f]{2})\/([0-9a-f]{62})$/.exec(path);
  const digest = `sha256:${found?.[1]}${found?.[2]}`;
  return isDigest(digest) ? digest : null;
}

/** A time of storing in the last part of a key; null for other names. */
export function timeIn(name: string): number | null {
  return /^\d{13}$/.test(name) ? Number(name) : null;
}

/** Says that content counts as stored now. */
export async function stamp(bucket: Bucket, name: ContentName): Promise<void> {
  await bucket.mark(`${stateFolder(name)}${String(now()).padStart(13, '0')}`);
}

/** What is known of content. */
export async function readState(bucket: Bucket, name: ContentName): Promise<ContentState> {
  const folder = stateFolder(name);
  const names: string[] = [];
  for await (const { key } of bucket.list(folder)) names.push(key.slice(folder.length));
  const storedAtMs = names.map(timeIn).filter((time) => time !== null);
  const leaving = names.filter((one) => one.startsWith('leaving')).map((one) => `${folder}${one}`);
  return { storedAtMs, leaving, isDamaged: names.includes('damaged') };
}

/** The same once nobody is about to remove it. The caller has written a time before. */
export async function settledState(bucket: Bucket, name: ContentName, signal?: AbortSignal): Promise<ContentState> {
  for (;;) {
    throwIfCanceled(signal);
    const state = await readState(bucket, name);
    if (state.leaving.length === 0) return state;
    await dropAbandoned(bucket, state);
    await sleep(lookAgainMs);
  }
}

/** Removes what is older than the newest time, and damaged bytes that were replaced. */
export async function tidyState(bucket: Bucket, name: ContentName, state: ContentState): Promise<void> {
  const old = state.storedAtMs.slice(0, -1).map((time) => `${stateFolder(name)}${String(time).padStart(13, '0')}`);
  const gone = state.isDamaged ? [...old, damagedKey(name)] : old;
  await Promise.all(gone.map((key) => bucket.remove(key)));
}

/**
 * Removes content unless it was stored at or after an instant.
 * @returns whether it was removed
 */
export async function removeContent(bucket: Bucket, name: ContentName, storedBeforeMs: number): Promise<boolean> {
  const head = await bucket.head(contentKey(name));
  if (head === null) return false;
  const isOld = (state: ContentState): boolean =>
    (state.storedAtMs.at(-1) ?? latestTime(head.modifiedAtMs)) < storedBeforeMs;
  const before = await readState(bucket, name);
  if (!isOld(before)) return false;
  if (before.leaving.length > 0) {
    await dropAbandoned(bucket, before);
    return false;
  }
  const markedAtMs = monotonicMs();
  const mark = `${stateFolder(name)}${newId('leaving')}`;
  try {
    await bucket.mark(mark);
    const state = await readState(bucket, name);
    if (!isOld(state) || monotonicMs() - markedAtMs > removeWithinMs) return false;
    await bucket.remove(contentKey(name));
    await removeTimes(bucket, name, state);
  } finally {
    await bucket.remove(mark);
  }
  return (await bucket.head(contentKey(name))) === null;
}

/** The last instant that a time to the second may mean. */
export function latestTime(modifiedAtMs: number): number {
  return modifiedAtMs + 999;
}

/** Removes times of what is not there. */
export async function removeTimes(
  bucket: Bucket,
  name: ContentName,
  { storedAtMs }: Pick<ContentState, 'storedAtMs'>,
): Promise<void> {
  const keys = storedAtMs.map((time) => `${stateFolder(name)}${String(time).padStart(13, '0')}`);
  await Promise.all(keys.map((key) => bucket.remove(key)));
}

/** Takes damaged content out of its name, if it is still as it was found, and keeps it for examination where that is possible. */
export async function setAside(bucket: Bucket, name: ContentName, etag: string): Promise<void> {
  try {
    await bucket.copy(contentKey(name), damagedKey(name), etag);
  } catch {
    // Stores copy objects up to a size only: then the name alone says that there was damage.
    await bucket.mark(damagedKey(name)).catch(() => undefined);
  }
  await bucket.remove(contentKey(name), { etag }).catch(() => undefined);
}

/** The error for content that is not there: CORRUPT where it was set aside before, else MISSING. */
export async function absence(bucket: Bucket, name: ContentName): Promise<PlatformError> {
  const { digest } = name;
  if ((await readState(bucket, name)).isDamaged) {
    return new PlatformError('ARTIFACT_CORRUPT', {
      message: `expected content ${digest} in the artifact store: its bytes were found damaged and set aside`,
      details: { digest },
    });
  }
  return new PlatformError('ARTIFACT_MISSING', {
    message: `expected content ${digest} in the artifact store, found none`,
    details: { digest },
  });
}

async function dropAbandoned(bucket: Bucket, { leaving }: ContentState): Promise<void> {
  for (const key of leaving) {
    const mark = await bucket.head(key);
    if (mark !== null && mark.answeredAtMs - mark.modifiedAtMs > abandonedMs) await bucket.remove(key);
  }
}

function stateFolder(name: ContentName): string {
  return `state/${contentKey(name)}/`;
}
