import { open, readFile } from 'node:fs/promises';
import { type ReadHistory, readHistory } from '../../data-quality/index.ts';
import { PlatformError } from '../../errors/index.ts';

/** What a line of a history begins with, also one that is cut off. */
const firstKeys = /^\s*\{"a(?:s|t)":/;

/**
 * Reads the file of values measured before; null where there is none yet.
 * @throws PlatformError HISTORY_INVALID for a file that is something else
 */
export async function openHistory(path: string): Promise<ReadHistory | null> {
  const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return null;
    throw isOther(path, cause.code === 'EISDIR' ? 'a folder' : cause.message);
  });
  if (text === null) return null;
  const read = readHistory(text);
  const hasLines = read.measured.length > 0 || read.accepted.length > 0;
  if (!hasLines && read.damaged.length > 0 && !firstKeys.test(text)) throw isOther(path, 'a file of something else');
  return read;
}

function isOther(path: string, found: string): PlatformError {
  return new PlatformError('HISTORY_INVALID', {
    message: `expected a file of values measured before at ${path}, or none, found ${found}; nothing was written`,
  });
}

/**
 * Appends a line and has it on disk when this returns. It is written as one piece, so that lines of several processes do not mix; what a
 * process left half before is closed first, and stays a line of its own.
 * @throws PlatformError PLACE_NOT_WRITABLE
 */
export async function appendHistory(path: string, line: string): Promise<void> {
  try {
    const file = await open(path, 'a+', 0o644);
    try {
      const { size } = await file.stat();
      const last = Buffer.alloc(1);
      if (size > 0) await file.read(last, 0, 1, size - 1);
      const bytes = Buffer.from(size > 0 && last[0] !== 0x0a ? `\n${line}` : line);
      const { bytesWritten } = await file.write(bytes);
      if (bytesWritten < bytes.length) throw new Error(`${bytesWritten} of ${bytes.length} bytes could be written`);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw new PlatformError('PLACE_NOT_WRITABLE', {
      message: `expected to append what was measured to ${path}, found: ${(cause as Error).message}`,
      cause,
    });
  }
}
