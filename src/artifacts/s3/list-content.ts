/** Everything in a bucket: content with the times at which it was stored, and what nothing will become of. */
import type { StoredItem } from '../artifact-store.ts';
import type { Bucket, ListedObject } from './bucket.ts';
import { digestIn, folderOf, latestTime, removeTimes, timeIn } from './content-state.ts';

const kinds = ['file', 'tree'] as const;

/** Content, and the times at which it was stored; either may be missing. */
interface Found {
  /** `ab/cdef…`. */
  readonly path: string;
  readonly content: ListedObject | null;
  readonly storedAtMs: readonly number[];
}

/** All content. Two listings in the same order are read side by side, whose keys differ only in how they begin. */
export async function* listContent(bucket: Bucket): AsyncGenerator<StoredItem> {
  for (const kind of kinds) {
    for await (const { path, content, storedAtMs } of findContent(bucket, folderOf(kind))) {
      const digest = digestIn(path);
      if (digest === null || content === null) continue;
      const latest = storedAtMs.at(-1) ?? latestTime(content.modifiedAtMs);
      yield { digest, kind, sizeBytes: content.sizeBytes, storedAtMs: latest };
    }
  }
}

/** Aborts uploads that were begun before an instant, and forgets times of content that never came. @returns how many */
export async function removeUnfinished(bucket: Bucket, begunBeforeMs: number): Promise<number> {
  let count = 0;
  for await (const upload of bucket.openUploads()) {
    if (latestTime(upload.begunAtMs) >= begunBeforeMs) continue;
    await bucket.abortUpload(upload);
    count++;
  }
  for (const kind of kinds) {
    for await (const { path, content, storedAtMs } of findContent(bucket, folderOf(kind))) {
      const digest = digestIn(path);
      const old = storedAtMs.filter((time) => time < begunBeforeMs);
      if (digest === null || content !== null || old.length === 0) continue;
      await removeTimes(bucket, { kind, digest }, { storedAtMs: old });
      count++;
    }
  }
  return count;
}

async function* findContent(bucket: Bucket, folder: string): AsyncGenerator<Found> {
  const states = groupStates(bucket.list(`state/${folder}/`), `state/${folder}/`);
  let state = await states.next();
  for await (const content of bucket.list(`${folder}/`)) {
    const path = content.key.slice(folder.length + 1);
    for (; state.done !== true && state.value.path < path; state = await states.next())
      yield { ...state.value, content: null };
    if (state.done !== true && state.value.path === path) {
      yield { ...state.value, content };
      state = await states.next();
    } else yield { path, content, storedAtMs: [] };
  }
  for (; state.done !== true; state = await states.next()) yield { ...state.value, content: null };
}

/** Times by the content that they belong to. */
interface Times {
  readonly path: string;
  readonly storedAtMs: number[];
}

async function* groupStates(objects: AsyncGenerator<ListedObject>, folder: string): AsyncGenerator<Times, undefined> {
  let group: Times = { path: '', storedAtMs: [] };
  for await (const { key } of objects) {
    const end = key.lastIndexOf('/');
    const path = key.slice(folder.length, end);
    if (group.path !== path) {
      if (group.path !== '') yield group;
      group = { path, storedAtMs: [] };
    }
    const time = timeIn(key.slice(end + 1));
    if (time !== null) group.storedAtMs.push(time);
  }
  if (group.path !== '') yield group;
  return undefined;
}
