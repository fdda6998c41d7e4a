/** What storing small and large files has in common: what is told of a source, and what is wrong with it. */
import { type BigIntStats, constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { Digest } from '../../encoding/index.ts';
import { PlatformError } from '../../errors/index.ts';
import { errnoOf } from './file-errors.ts';
import { unreadable, unsupported } from './walk-folder.ts';

/** What was stored of one file. */
export interface StoredFile {
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly executable: boolean;
}

/** Whether a file is as it was, as far as size and time tell. */
export function isUnchanged(before: BigIntStats, after: BigIntStats): boolean {
  return after.size === before.size && after.mtimeNs === before.mtimeNs;
}

/** The error for a source that changed while it was stored. */
export function changedSource(path: string): PlatformError {
  return new PlatformError('ARTIFACT_SOURCE_CHANGED', {
    message: `expected ${path} to stay as it was while it was stored; its size or time of modification changed`,
    details: { path },
  });
}

/** The error for a source that cannot be opened. */
export function sourceError(path: string, cause: unknown): PlatformError {
  return errnoOf(cause) === 'ELOOP' ? unsupported(path, 'a symbolic link') : unreadable(path, cause);
}

/** Opens a file that is to be stored; follows no link. @throws PlatformError ARTIFACT_SOURCE_UNREADABLE, ARTIFACT_UNSUPPORTED_FILE */
export async function openSource(path: string): Promise<FileHandle> {
  try {
    return await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    throw sourceError(path, error);
  }
}

/** A source, and what it was when it was opened. */
export interface OpenSource {
  readonly path: string;
  readonly source: FileHandle;
  readonly before: BigIntStats;
}

/** @throws PlatformError ARTIFACT_SOURCE_CHANGED where a source is not as it was */
export async function requireUnchanged({ path, source, before }: OpenSource): Promise<void> {
  if (!isUnchanged(before, await source.stat({ bigint: true }))) throw changedSource(path);
}
