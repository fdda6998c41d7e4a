/** Single files into the store and out of it: every byte that passes is hashed. */
import { constants } from 'node:fs';
import { copyFile, type FileHandle, open, rm, unlink } from 'node:fs/promises';
import type { Digest } from '../../encoding/index.ts';
import type { PutOptions, StoreOptions } from '../artifact-store.ts';
import { copyHashing } from '../files/copy-hashing.ts';
import { errnoOf } from '../files/file-errors.ts';
import { type OpenSource, openSource, requireUnchanged, type StoredFile } from '../files/source-file.ts';
import { unsupported } from '../files/walk-folder.ts';
import { type ContentFolder, checkDigest } from './content-folder.ts';
import { copyOutSmall, putSmallFile } from './small-file.ts';

/** From here on a copy that shares blocks is tried first. */
const reflinkFromBytes = 4 << 20;

/** Stores one file. @throws PlatformError ARTIFACT_SOURCE_UNREADABLE, ARTIFACT_SOURCE_CHANGED, ARTIFACT_UNSUPPORTED_FILE */
export async function putFile(folder: ContentFolder, path: string, options: PutOptions): Promise<StoredFile> {
  const small = await putSmallFile(folder, path, options);
  if (small !== null) return small;
  const source = await openSource(path);
  try {
    const before = await source.stat({ bigint: true });
    if (!before.isFile()) throw unsupported(path, 'something else');
    const stored = await putLargeFile(folder, { path, source, before }, options);
    return { ...stored, executable: (Number(before.mode) & 0o100) !== 0 };
  } finally {
    await source.close();
  }
}

/**
 * Copies a stored file to a new path, verified.
 * @throws PlatformError ARTIFACT_MISSING, ARTIFACT_CORRUPT
 */
export async function copyOut(
  folder: ContentFolder,
  wanted: { readonly digest: Digest; readonly destination: string; readonly mode: number },
  options: StoreOptions,
): Promise<void> {
  if (await copyOutSmall(folder, wanted)) return;
  const { digest, destination, mode } = wanted;
  const source = await openContent(folder, 'file', digest);
  try {
    const { size: sizeBytes } = await source.stat();
    const copying = { signal: options.signal, sizeBytes, flush: 'never' as const };
    if (sizeBytes >= reflinkFromBytes && (await reflink(folder.pathOf('file', digest), destination))) {
      await using target = await open(destination, 'r');
      await target.chmod(mode);
      await checkDigest(folder, digest, (await copyHashing(target, null, copying)).digest);
      return;
    }
    await using target = await open(destination, 'wx', mode);
    await checkDigest(folder, digest, (await copyHashing(source, target, copying)).digest);
  } finally {
    await source.close();
  }
}

/** Opens stored content for reading. @throws PlatformError ARTIFACT_MISSING, ARTIFACT_CORRUPT */
export async function openContent(folder: ContentFolder, kind: 'file' | 'tree', digest: Digest): Promise<FileHandle> {
  try {
    return await folder.find(kind, digest, (path) => open(path, constants.O_RDONLY | constants.O_NOFOLLOW));
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') throw await folder.absence(digest);
    throw error;
  }
}

async function putLargeFile(
  folder: ContentFolder,
  open: OpenSource,
  options: PutOptions,
): Promise<{ digest: Digest; sizeBytes: number }> {
  if (options.source === 'consume' && open.before.nlink === 1n) {
    const taken = await takeFile(folder, open, options);
    if (taken !== null) return taken;
  }
  const stored = await copyFileIn(folder, open, options);
  if (options.source === 'consume') await unlink(open.path).catch(() => undefined);
  return stored;
}

async function copyFileIn(
  folder: ContentFolder,
  source: OpenSource,
  options: PutOptions,
): Promise<{ digest: Digest; sizeBytes: number }> {
  const copying = { signal: options.signal, sizeBytes: Number(source.before.size) };
  return await staged(folder, async (temporary) => {
    const shared = copying.sizeBytes >= reflinkFromBytes && (await reflink(source.path, temporary));
    const target = await open(temporary, shared ? 'r+' : 'wx', 0o600);
    try {
      const copied = shared
        ? await copyHashing(target, null, { ...copying, flush: 'never' })
        : await copyHashing(source.source, target, { ...copying, flush: 'early' });
      await requireUnchanged(source);
      if (!(await folder.touch('file', copied.digest, copied.sizeBytes))) {
        await target.datasync();
        await folder.install(temporary, 'file', copied.digest);
      }
      return copied;
    } finally {
      await target.close();
    }
  });
}

/** Hashes a file where it is and moves it into the store. Null where it lies on another file system or is not ours. */
async function takeFile(
  folder: ContentFolder,
  source: OpenSource,
  options: PutOptions,
): Promise<{ digest: Digest; sizeBytes: number } | null> {
  if (source.before.dev !== (await folder.device())) return null;
  const hashing = { signal: options.signal, sizeBytes: Number(source.before.size), flush: 'never' as const };
  const hashed = await copyHashing(source.source, null, hashing);
  await requireUnchanged(source);
  if (await folder.touch('file', hashed.digest, hashed.sizeBytes)) {
    await unlink(source.path);
    return hashed;
  }
  await source.source.datasync();
  return (await folder.take(source.path, hashed.digest)) ? hashed : null;
}

/** Copies by sharing blocks. False where the file system cannot; then there is no file at the destination. */
async function reflink(source: string, destination: string): Promise<boolean> {
  try {
    await copyFile(source, destination, constants.COPYFILE_FICLONE_FORCE | constants.COPYFILE_EXCL);
    return true;
  } catch (error) {
    if (['ENOSPC', 'EDQUOT', 'EACCES', 'EROFS', 'EEXIST'].includes(errnoOf(error) ?? '')) throw error;
    return false;
  }
}

/** Gives work a path for an unfinished file and removes whatever is left there at its end. */
async function staged<Result>(folder: ContentFolder, work: (temporary: string) => Promise<Result>): Promise<Result> {
  const temporary = folder.newStagingPath();
  try {
    return await work(temporary);
  } finally {
    await rm(temporary, { force: true });
  }
}
