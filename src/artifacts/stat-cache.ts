/**
 * Digests of files that are unchanged are remembered instead of computed again. A file counts as unchanged while its
 * size, inode, device, time of modification and time of change are equal (setting the modification time back, as
 * `touch -d` does, moves the time of change).
 *
 * A file written twice within one tick of the file system's clock can keep its times. So a digest is remembered only if
 * both times lay clearly before the moment at which reading began: git's rule for "racily clean" entries. Where a time
 * is a whole second the file system may know no finer ticks, and "clearly" means two seconds.
 *
 * @see Documentation/technical/racy-git.txt of git
 */
import type { BigIntStats } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type Digest, digestFile, isDigest, now, writeFileAtomically } from '../encoding/index.ts';
import { PlatformError } from '../errors/index.ts';

const coarseTickNs = 2_000_000_000n;
const fineTickNs = 20_000_000n;
const attempts = 3;

/** Remembers digests of files by what `stat` says of them. */
export interface StatCache {
  /**
   * Digest and size of a file, computed only where it may have changed. Symbolic links are followed.
   * @throws PlatformError ARTIFACT_SOURCE_CHANGED where the file keeps changing while it is read; errors of the file
   *   system (ENOENT, EACCES) pass through
   */
  digestOf(
    path: string,
    options?: { readonly signal?: AbortSignal },
  ): Promise<{ readonly digest: Digest; readonly sizeBytes: number }>;
  /** Writes what was learnt, keeping what other processes wrote meanwhile. Failing to write costs only time later. */
  save(): Promise<void>;
}

/** `[digest, size, mtimeNs, ctimeNs, inode, device]`, numbers as decimal texts. */
type Entry = readonly [Digest, string, string, string, string, string];

/** Opens a cache kept in a file; an absent or unreadable file is an empty cache. */
export async function openStatCache(path: string): Promise<StatCache> {
  return new FileStatCache(path, await readEntries(path));
}

class FileStatCache implements StatCache {
  readonly #path: string;
  readonly #known: Map<string, Entry>;
  readonly #learnt = new Map<string, Entry | null>();

  constructor(path: string, known: Map<string, Entry>) {
    this.#path = path;
    this.#known = known;
  }

  async digestOf(
    path: string,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<{ digest: Digest; sizeBytes: number }> {
    const name = resolve(path);
    for (let attempt = 0; attempt < attempts; attempt++) {
      const before = await stat(name, { bigint: true });
      const known = this.#learnt.get(name) ?? this.#known.get(name);
      if (known != null && isSame(known, before)) return { digest: known[0], sizeBytes: Number(before.size) };
      const startedNs = BigInt(now()) * 1_000_000n;
      const { digest, sizeBytes } = await digestFile(name, options);
      const entry = entryOf(digest, before);
      if (!isSame(entry, await stat(name, { bigint: true })) || BigInt(sizeBytes) !== before.size) continue;
      this.#learnt.set(name, isSettled(before, startedNs) ? entry : null);
      return { digest, sizeBytes };
    }
    throw new PlatformError('ARTIFACT_SOURCE_CHANGED', {
      message: `expected ${path} to stay as it is while it is read; it changed ${attempts} times`,
      details: { path },
    });
  }

  async save(): Promise<void> {
    if (this.#learnt.size === 0) return;
    const entries = await readEntries(this.#path);
    for (const [name, entry] of this.#learnt) {
      if (entry === null) entries.delete(name);
      else entries.set(name, entry);
    }
    const text = JSON.stringify({ version: 1, files: Object.fromEntries(entries) });
    await writeFileAtomically(this.#path, text, { flush: false }).then(
      () => this.#learnt.clear(),
      () => undefined,
    );
    for (const [name, entry] of entries) this.#known.set(name, entry);
  }
}

function entryOf(digest: Digest, found: BigIntStats): Entry {
  return [digest, ...[found.size, found.mtimeNs, found.ctimeNs, found.ino, found.dev].map(String)] as unknown as Entry;
}

function isSame(entry: Entry, found: BigIntStats): boolean {
  return entryOf(entry[0], found).every((part, index) => part === entry[index]);
}

function isSettled(found: BigIntStats, startedNs: bigint): boolean {
  return [found.mtimeNs, found.ctimeNs].every((timeNs) => {
    const tickNs = timeNs % 1_000_000_000n === 0n ? coarseTickNs : fineTickNs;
    return timeNs + tickNs < startedNs;
  });
}

async function readEntries(path: string): Promise<Map<string, Entry>> {
  try {
    const document = JSON.parse(await readFile(path, 'utf8')) as { version?: unknown; files?: Record<string, unknown> };
    if (document.version !== 1) return new Map();
    return new Map(Object.entries(document.files ?? {}).filter((pair): pair is [string, Entry] => isEntry(pair[1])));
  } catch {
    return new Map();
  }
}

function isEntry(value: unknown): value is Entry {
  return (
    Array.isArray(value) &&
    value.length === 6 &&
    isDigest(value[0]) &&
    value.slice(1).every((part) => typeof part === 'string')
  );
}
