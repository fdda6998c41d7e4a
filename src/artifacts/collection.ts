import type { Digest } from '../encoding/index.ts';
import type { ArtifactStore, StoredItem } from './artifact-store.ts';

/** What a collection would do. */
export interface CollectionPlan {
  /** What no kept content needs; trees first. */
  readonly remove: readonly StoredItem[];
  /** Bytes on disk that removing them gives back. */
  readonly removeBytes: number;
  readonly keptCount: number;
  readonly keptBytes: number;
}

/**
 * Finds stored content that nothing needs: neither among the kept digests, nor a file of a kept tree, nor stored at or
 * after an instant (work under way stores before it records). Removes nothing.
 */
export async function planCollection(
  store: ArtifactStore,
  options: { readonly keep: Iterable<Digest>; readonly storedBeforeMs: number },
): Promise<CollectionPlan> {
  const items: StoredItem[] = [];
  for await (const item of store.list()) items.push(item);
  const keep = new Set(options.keep);
  const isKept = (item: StoredItem): boolean => keep.has(item.digest) || item.storedAtMs >= options.storedBeforeMs;
  for (const tree of items.filter((item) => item.kind === 'tree' && isKept(item))) {
    for (const entry of await store.entries(tree.digest)) keep.add(entry.digest);
  }
  const remove = items
    .filter((item) => !isKept(item))
    .sort((a, b) => Number(a.kind === 'file') - Number(b.kind === 'file'));
  const removeBytes = sumBytes(remove);
  return { remove, removeBytes, keptCount: items.length - remove.length, keptBytes: sumBytes(items) - removeBytes };
}

/** Carries a plan out. What was stored again meanwhile stays. @returns what was really removed */
export async function removeCollected(
  store: ArtifactStore,
  plan: CollectionPlan,
  options: { readonly storedBeforeMs: number; readonly signal?: AbortSignal },
): Promise<readonly StoredItem[]> {
  const removed: StoredItem[] = [];
  for (const item of plan.remove) {
    options.signal?.throwIfAborted();
    const { storedBeforeMs } = options;
    if (await store.remove(item.digest, { storedBeforeMs, kind: item.kind })) removed.push(item);
  }
  return removed;
}

function sumBytes(items: readonly StoredItem[]): number {
  return items.reduce((sum, item) => sum + item.sizeBytes, 0);
}
