/**
 * Small files into the store and out of it. They are read whole, so that one call each is enough, and every call that the
 * kernel answers from memory is made in place: handing it to another thread would take several times as long. Only
 * flushing, which waits for the disk, is handed over.
 */
import {
  type BigIntStats,
  closeSync,
  constants,
  fdatasync,
  fstatSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { unlink } from 'node:fs/promises';
import { promisify } from 'node:util';
import { type Digest, digestOf } from '../../encoding/index.ts';
import type { PutOptions } from '../artifact-store.ts';
import { errnoOf } from '../files/file-errors.ts';
import { changedSource, isUnchanged, type StoredFile, sourceError } from '../files/source-file.ts';
import { unsupported } from '../files/walk-folder.ts';
import { type ContentFolder, checkDigest } from './content-folder.ts';

const smallFileBytes = 1 << 20;
const flush = promisify(fdatasync);

/**
 * Stores a file; null where it is not small, and nothing was done.
 * @throws PlatformError ARTIFACT_SOURCE_UNREADABLE, ARTIFACT_SOURCE_CHANGED, ARTIFACT_UNSUPPORTED_FILE
 */
export async function putSmallFile(
  folder: ContentFolder,
  path: string,
  options: PutOptions,
): Promise<StoredFile | null> {
  const source = openSource(path);
  try {
    const before = fstatSync(source, { bigint: true });
    if (!before.isFile()) throw unsupported(path, 'something else');
    if (before.size > smallFileBytes) return null;
    const bytes = readFileSync(source);
    if (!isUnchanged(before, fstatSync(source, { bigint: true }))) throw changedSource(path);
    const executable = (Number(before.mode) & 0o100) !== 0;
    if (options.source !== 'consume') return { ...(await putContent(folder, 'file', bytes)), executable };
    const digest = digestOf(bytes);
    const stored = { digest, sizeBytes: bytes.length, executable };
    const isKnown = await folder.touch('file', digest, bytes.length);
    if (!isKnown && (await takeFile(folder, { path, source, before }, digest))) return stored;
    if (!isKnown) await putContent(folder, 'file', bytes);
    await unlink(path).catch(() => undefined);
    return stored;
  } finally {
    closeSync(source);
  }
}

/** Stores bytes under their digest. */
export async function putContent(
  folder: ContentFolder,
  kind: 'file' | 'tree',
  bytes: Uint8Array,
): Promise<{ digest: Digest; sizeBytes: number }> {
  const digest = digestOf(bytes);
  const stored = { digest, sizeBytes: bytes.length };
  if (await folder.touch(kind, digest, bytes.length)) return stored;
  const temporary = folder.newStagingPath();
  try {
    const target = openSync(temporary, 'wx', 0o444);
    try {
      writeFileSync(target, bytes);
      await flush(target);
    } finally {
      closeSync(target);
    }
    await folder.install(temporary, kind, digest);
    return stored;
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/**
 * Copies a stored file to a new path, verified; false where it is not small, and nothing was done.
 * @throws PlatformError ARTIFACT_MISSING, ARTIFACT_CORRUPT
 */
export async function copyOutSmall(
  folder: ContentFolder,
  wanted: { readonly digest: Digest; readonly destination: string; readonly mode: number },
): Promise<boolean> {
  const { digest, destination, mode } = wanted;
  const bytes = await readSmall(folder, digest);
  if (bytes === null) return false;
  await checkDigest(folder, digest, digestOf(bytes));
  writeFileSync(destination, bytes, { mode, flag: 'wx' });
  return true;
}

async function readSmall(folder: ContentFolder, digest: Digest): Promise<Buffer | null> {
  try {
    return await folder.find('file', digest, readIfSmall);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') throw await folder.absence(digest);
    throw error;
  }
}

function readIfSmall(path: string): Buffer | null {
  const source = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    return fstatSync(source).size > smallFileBytes ? null : readFileSync(source);
  } finally {
    closeSync(source);
  }
}

/** Moves a file into the store where it can be moved: it has one name, and lies on the same file system. */
async function takeFile(
  folder: ContentFolder,
  { path, source, before }: { readonly path: string; readonly source: number; readonly before: BigIntStats },
  digest: Digest,
): Promise<boolean> {
  if (before.nlink !== 1n || before.dev !== (await folder.device())) return false;
  await flush(source);
  return await folder.take(path, digest);
}

function openSource(path: string): number {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    throw sourceError(path, error);
  }
}
