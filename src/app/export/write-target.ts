/** A file at a place that a person named: what is there already, and what keeps it from being written, is told in words. */
import { type FileHandle, open, realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { writeFileAtomically } from '../../encoding/index.ts';
import { PlatformError } from '../../errors/index.ts';
import type { Config } from '../config.ts';

/** So many bytes at its beginning tell a document of a kind from most others; further on comes what differs from run to run. */
const tellingBytes = 4;

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'its folder is not there',
  ENOTDIR: 'a part of its path is a file',
  EACCES: 'permission was denied',
  EPERM: 'permission was denied',
  EROFS: 'its file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota of disk space is used up',
  ENAMETOOLONG: 'its name is too long',
  ELOOP: 'its links lead in a circle',
};

/**
 * Writes a document where nothing is, an empty file, or an older document of its kind: one that begins as it does. The
 * declaration is none, whatever it begins with.
 * @param path absolute
 * @throws PlatformError EXPORT_PLACE_TAKEN where something else is, PLACE_NOT_WRITABLE
 */
export async function writeTarget(config: Pick<Config, 'specFile'>, path: string, text: string): Promise<void> {
  if (await isSame(path, config.specFile)) throw taken(path, 'another file', 'the declaration');
  await requireReplaceable(path, text);
  try {
    await writeFileAtomically(path, text);
  } catch (error) {
    throw notWritable(path, error);
  }
}

/** Makes sure, before there is anything to write, that a path is no folder and lies in one. @throws as `writeTarget` */
export async function requireTarget(path: string): Promise<void> {
  const found = await stat(path).catch(() => null);
  if (found?.isDirectory() === true) throw taken(path, 'a file', 'a folder');
  try {
    const folder = await stat(dirname(path));
    if (!folder.isDirectory()) throw Object.assign(new Error(dirname(path)), { code: 'ENOTDIR' });
  } catch (error) {
    throw notWritable(path, error);
  }
}

async function requireReplaceable(path: string, text: string): Promise<void> {
  const found = await stat(path).catch(() => null);
  if (found === null || (found.isFile() && found.size === 0)) return;
  if (!found.isFile()) throw taken(path, 'a file', found.isDirectory() ? 'a folder' : 'something else');
  if (!(await beginsAs(path, text)))
    throw taken(path, 'no file, or an older one of its kind', 'another file, which is left as it is');
}

/** Whether two paths lead to one file. */
async function isSame(one: string, other: string): Promise<boolean> {
  const [a, b] = await Promise.all([one, other].map((path) => realpath(path).catch(() => null)));
  return a !== null && a === b;
}

async function beginsAs(path: string, text: string): Promise<boolean> {
  let file: FileHandle | null = null;
  try {
    file = await open(path, 'r');
    const wanted = Buffer.from(text).subarray(0, tellingBytes);
    const { bytesRead, buffer } = await file.read(Buffer.alloc(wanted.length), 0, wanted.length, 0);
    return buffer.subarray(0, bytesRead).equals(wanted);
  } catch (error) {
    throw notWritable(path, error);
  } finally {
    await file?.close();
  }
}

function taken(path: string, expected: string, found: string): PlatformError {
  return new PlatformError('EXPORT_PLACE_TAKEN', {
    message: `expected ${path} to be ${expected}, found ${found}`,
    hint: 'Name another file, or take away what is there.',
  });
}

/** What the file system refused, in words; another error as it is. */
export function notWritable(path: string, error: unknown): unknown {
  const errno = (error as NodeJS.ErrnoException).code ?? '';
  const reason = Object.hasOwn(reasons, errno) ? reasons[errno] : undefined;
  if (reason === undefined) return error;
  return new PlatformError('PLACE_NOT_WRITABLE', {
    message: `expected a place that can be written at ${path}, found that ${reason}`,
    details: { errno },
    cause: error,
  });
}
