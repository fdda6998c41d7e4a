import { writeFile } from 'node:fs/promises';
import { pathExists, writeFileAtomically } from '../../encoding/index.ts';
import { PlatformError } from '../../errors/index.ts';

/** What becomes of a file that is there already. */
export type Existing = 'refuse' | 'replace';

/** Refuses a place at which a file is that is not to be replaced. @throws PlatformError EXPORT_PLACE_TAKEN */
export async function requireFree(path: string, existing: Existing): Promise<void> {
  if (existing === 'refuse' && (await pathExists(path))) throw isTaken(path);
}

/** Writes a text to its place, whole or not at all. @throws PlatformError EXPORT_PLACE_TAKEN, PLACE_NOT_WRITABLE */
export async function placeFile(path: string, text: string, existing: Existing): Promise<void> {
  try {
    if (existing === 'refuse') await writeFile(path, text, { flag: 'wx' });
    else await writeFileAtomically(path, text);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'EEXIST') throw isTaken(path);
    throw new PlatformError('PLACE_NOT_WRITABLE', { message: `expected to write ${path}, found: ${message}`, cause });
  }
}

function isTaken(path: string): PlatformError {
  return new PlatformError('EXPORT_PLACE_TAKEN', {
    message: `expected no file at ${path}, found one; nothing was written`,
    hint: 'Name another file, or give --force to replace this one.',
  });
}
