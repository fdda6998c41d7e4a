/** What a signature lists: whole files, or parts of so many bytes, with their digests. */
import { createHash } from 'node:crypto';
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ArtifactStore, TreeEntry } from '../../artifacts/index.ts';
import type { Digest } from '../../encoding/index.ts';
import { PlatformError } from '../../errors/index.ts';
import {
  alwaysIgnored,
  type FilePart,
  hashParts,
  listFolder,
  type SignedResource,
} from '../../provenance/model-signing/index.ts';
import type { RecordedContent } from './find-content.ts';

/** What is to be signed, listed. */
export interface ListedContent {
  readonly files: readonly SignedResource[];
  readonly fileCount: number;
  readonly sizeBytes: number;
  /** What had to be read for it. */
  readonly hashedBytes: number;
  /** Files that no signature speaks of. */
  readonly leftOut: readonly string[];
}

/** Where a part lies in its file. */
interface Span {
  readonly name: string;
  readonly from: number;
  /** Null: to the end of the file. */
  readonly to: number | null;
}

/**
 * Hashes a folder or a file on disk.
 * @param how.ignored a path in it that is left out: that of the signature
 * @throws PlatformError ARTIFACT_UNSUPPORTED_FILE, ARTIFACT_SOURCE_UNREADABLE
 */
export async function listOnDisk(
  target: string,
  how: { readonly shardBytes: number | null; readonly ignored: readonly string[]; readonly signal: AbortSignal },
): Promise<ListedContent> {
  const listing = await listFolder(target, new Set([...alwaysIgnored, ...how.ignored]));
  const strange = [...listing.strange, ...[...listing.files].filter(isMisread).map((path) => `${path} is not UTF-8`)];
  if (strange.length > 0) throw unsupported(target, strange);
  const sizes = await Promise.all([...listing.files].map(async (file) => await sizeOf(target, file)));
  const parts = [...listing.files].flatMap((file, place) =>
    spansOf(file, sizes[place]!, how.shardBytes).map((span): FilePart & Span => ({
      ...span,
      path: placeOf(target, file),
      sizeBytes: (span.to ?? sizes[place]!) - span.from,
    })),
  );
  const hashed = await hashParts(parts, { signal: how.signal });
  const files = parts.map(({ name, path }, place) => {
    const one = hashed[place]!;
    if ('digest' in one) return { name, digest: one.digest };
    throw new PlatformError('ARTIFACT_SOURCE_UNREADABLE', { message: `expected to read ${path}: ${one.failed}` });
  });
  const sizeBytes = sizes.reduce((sum, size) => sum + size, 0);
  const leftOut = listing.ignored.filter((path) => !how.ignored.includes(path));
  return { files, fileCount: listing.files.size, sizeBytes, hashedBytes: sizeBytes, leftOut };
}

/**
 * Lists content of the store. Its digests are those under which it was stored, so that nothing is hashed again; parts have
 * digests of their own, and for these every file is read once.
 * @throws PlatformError ARTIFACT_MISSING, ARTIFACT_CORRUPT
 */
export async function listStored(
  store: ArtifactStore,
  content: Omit<RecordedContent, 'name'>,
  shardBytes: number | null,
): Promise<ListedContent> {
  const { digest, kind, sizeBytes: ownBytes = 0 } = content;
  if (!(await store.has(digest))) {
    throw new PlatformError('ARTIFACT_MISSING', { message: `the store does not hold ${digest} any more` });
  }
  const all: readonly Pick<TreeEntry, 'path' | 'digest' | 'sizeBytes'>[] =
    kind === 'tree' ? await store.entries(digest) : [{ path: '.', digest, sizeBytes: ownBytes }];
  const entries = all.filter(({ path }) => !alwaysIgnored.includes(path.split('/')[0]!));
  const listed = shardBytes === null ? null : await listShards(store, entries, shardBytes);
  const sizeBytes = entries.reduce((sum, entry) => sum + entry.sizeBytes, 0);
  return {
    files: listed?.files ?? entries.map(({ path, digest }) => ({ name: path, digest })),
    fileCount: entries.length,
    sizeBytes: listed?.sizeBytes ?? sizeBytes,
    hashedBytes: listed?.sizeBytes ?? 0,
    leftOut: all.filter((entry) => !entries.includes(entry)).map(({ path }) => path),
  };
}

async function listShards(
  store: ArtifactStore,
  entries: readonly Pick<TreeEntry, 'path' | 'digest'>[],
  shardBytes: number,
): Promise<{ readonly files: readonly SignedResource[]; readonly sizeBytes: number }> {
  const files: SignedResource[] = [];
  let sizeBytes = 0;
  for (const { path, digest } of entries) {
    const content = store.open(digest);
    for await (const shard of shardsOf(content, shardBytes)) {
      files.push({ name: `${path}:${shard.from}:${shard.from + shard.length}`, digest: shard.digest });
      sizeBytes += shard.length;
    }
  }
  return { files, sizeBytes };
}

/** The parts of a stream, one after the other; none where it is empty. */
async function* shardsOf(
  content: AsyncIterable<Buffer>,
  shardBytes: number,
): AsyncGenerator<{ readonly from: number; readonly length: number; readonly digest: Digest }> {
  let from = 0;
  let length = 0;
  let state = createHash('sha256');
  const end = (): { from: number; length: number; digest: Digest } => {
    const shard = { from, length, digest: `sha256:${state.digest('hex')}` as Digest };
    from += length;
    length = 0;
    state = createHash('sha256');
    return shard;
  };
  for await (const chunk of content) {
    for (let rest = chunk; rest.length > 0; ) {
      const taken = rest.subarray(0, shardBytes - length);
      state.update(taken);
      length += taken.length;
      rest = rest.subarray(taken.length);
      if (length === shardBytes) yield end();
    }
  }
  if (length > 0) yield end();
}

/** A file as one span, or in parts; an empty one has none of these. */
function spansOf(file: string, sizeBytes: number, shardBytes: number | null): Span[] {
  if (shardBytes === null) return [{ name: file, from: 0, to: null }];
  return Array.from({ length: Math.ceil(sizeBytes / shardBytes) }, (_, place) => {
    const from = place * shardBytes;
    const to = Math.min(from + shardBytes, sizeBytes);
    return { name: `${file}:${from}:${to}`, from, to };
  });
}

function placeOf(target: string, file: string): string {
  return file === '.' ? target : join(target, file);
}

async function sizeOf(target: string, file: string): Promise<number> {
  try {
    return (await lstat(placeOf(target, file))).size;
  } catch (cause) {
    throw new PlatformError('ARTIFACT_SOURCE_UNREADABLE', {
      message: `expected to read ${placeOf(target, file)}: ${(cause as NodeJS.ErrnoException).code}`,
      cause,
    });
  }
}

/** A name that is not UTF-8 arrives with replacement characters. */
function isMisread(path: string): boolean {
  return path.includes('\ufffd');
}

function unsupported(target: string, strange: readonly string[]): PlatformError {
  return new PlatformError('ARTIFACT_UNSUPPORTED_FILE', {
    message: `expected plain files and folders alone in ${target}: ${strange.slice(0, 5).join(', ')}`,
    hint: 'A signature speaks of plain files. Copy what links point to, or leave them out of the folder.',
  });
}
