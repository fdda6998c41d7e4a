import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { type ErrorCode, isPlatformError, PlatformError } from '../../errors/index.ts';

/** Primary result codes of SQLite. @see https://www.sqlite.org/rescode.html */
const codes: Readonly<Record<number, ErrorCode>> = {
  5: 'DATABASE_BUSY',
  6: 'DATABASE_BUSY',
  8: 'DATABASE_READ_ONLY',
  10: 'DATABASE_UNREACHABLE',
  11: 'DATABASE_CORRUPT',
  13: 'DATABASE_FULL',
  14: 'DATABASE_UNREACHABLE',
  19: 'DATABASE_CONSTRAINT',
  26: 'DATABASE_CORRUPT',
};

/** Errors of making the folder of the file, and of bringing the file to the disk. */
const fileCodes: Readonly<Record<string, ErrorCode>> = {
  ENOENT: 'DATABASE_UNREACHABLE',
  ENOTDIR: 'DATABASE_UNREACHABLE',
  EEXIST: 'DATABASE_UNREACHABLE',
  EACCES: 'DATABASE_READ_ONLY',
  EPERM: 'DATABASE_READ_ONLY',
  EROFS: 'DATABASE_READ_ONLY',
  ENOSPC: 'DATABASE_FULL',
  EDQUOT: 'DATABASE_FULL',
  EIO: 'DATABASE_UNREACHABLE',
};

const ioError = 10;
/** What the index of the write-ahead log takes, which every reader makes too. */
const neededBytes = 64 * 1024;

/** Whether the disk of a file has no room: SQLite tells that as an error of input and output where it opens its files. */
function isFull(path: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(dirname(path));
    return bavail * bsize < neededBytes;
  } catch {
    return false;
  }
}

/** Any error of `node:sqlite` as an error of ours. Parameters of the query are not in it. */
export function sqliteError(error: unknown, location: string): PlatformError {
  if (isPlatformError(error)) return error;
  const { code, errcode, message } = error as { code?: unknown; errcode?: unknown; message?: unknown };
  const primary = typeof errcode === 'number' ? errcode & 0xff : -1;
  if (primary === ioError && isFull(location))
    return new PlatformError('DATABASE_FULL', { message: `${location}: no space is left for it`, cause: error });
  const found = codes[primary] ?? (typeof code === 'string' ? fileCodes[code] : undefined) ?? 'DATABASE_QUERY';
  return new PlatformError(found, {
    message: `${location}: ${String(message)}`,
    details: { sqlite: typeof errcode === 'number' ? errcode : null },
    cause: error,
  });
}
