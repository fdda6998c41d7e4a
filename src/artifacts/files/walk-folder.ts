import { lstatSync, type Stats } from 'node:fs';
import { opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { PlatformError } from '../../errors/index.ts';
import { errnoOf } from './file-errors.ts';

/** A file found below a folder. */
export interface FoundFile {
  /** Relative to the folder, parts separated by `/`. */
  readonly path: string;
  readonly fullPath: string;
}

/**
 * All plain files below a folder, in no particular order. Follows nothing.
 * @throws PlatformError ARTIFACT_UNSUPPORTED_FILE for anything that is neither a plain file nor a folder, and for names
 *   that are not UTF-8
 */
export async function walkFolder(folder: string): Promise<FoundFile[]> {
  const found: FoundFile[] = [];
  const waiting = [''];
  for (let inside = waiting.pop(); inside !== undefined; inside = waiting.pop()) {
    const current = join(folder, inside);
    for await (const entry of await opendir(current)) {
      const path = inside === '' ? entry.name : `${inside}/${entry.name}`;
      // A name that is not UTF-8 arrives with replacement characters and cannot be opened again under that name.
      if (entry.name.includes('\ufffd')) throw unsupported(join(folder, path), 'a name that is not UTF-8');
      if (entry.isDirectory()) waiting.push(path);
      else if (entry.isFile()) found.push({ path, fullPath: join(folder, path) });
      else throw unsupported(join(folder, path), kindOf(entry));
    }
  }
  return found;
}

/**
 * Whether a path is a plain file or a folder.
 * @throws PlatformError ARTIFACT_UNSUPPORTED_FILE, ARTIFACT_SOURCE_UNREADABLE
 */
export function kindOfSource(path: string): 'file' | 'tree' {
  const found = statOf(path);
  if (found.isFile()) return 'file';
  if (found.isDirectory()) return 'tree';
  throw unsupported(path, kindOf(found));
}

function statOf(path: string): Stats {
  try {
    return lstatSync(path);
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** The error for a source that cannot be read. */
export function unreadable(path: string, cause: unknown): PlatformError {
  const errno = errnoOf(cause);
  const reason = errno === 'ENOENT' ? 'it does not exist' : errno === 'EACCES' ? 'permission was denied' : errno;
  return new PlatformError('ARTIFACT_SOURCE_UNREADABLE', {
    message: `expected a readable file or folder at ${path}: ${reason ?? String(cause)}`,
    details: { path },
    cause,
  });
}

/** The error for what is neither a plain file nor a folder. */
export function unsupported(path: string, found: string): PlatformError {
  return new PlatformError('ARTIFACT_UNSUPPORTED_FILE', {
    message: `expected a plain file or a folder at ${path}, found ${found}`,
    details: { path },
  });
}

function kindOf(entry: { isSymbolicLink(): boolean; isFIFO(): boolean; isSocket(): boolean }): string {
  if (entry.isSymbolicLink()) return 'a symbolic link';
  if (entry.isFIFO()) return 'a pipe';
  return entry.isSocket() ? 'a socket' : 'a device';
}
