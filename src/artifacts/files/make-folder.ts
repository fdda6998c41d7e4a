import { lstat, mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errnoOf } from './file-errors.ts';

/** Makes a folder and those above it. Errors of the file system pass through. */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
    // Node reports ENOENT where the file system is read-only; making the topmost missing folder alone gives the reason.
    let missing = path;
    while (dirname(missing) !== missing && (await lstat(dirname(missing)).catch(() => null)) === null) {
      missing = dirname(missing);
    }
    await mkdir(missing);
    await mkdir(path, { recursive: true });
  }
}
