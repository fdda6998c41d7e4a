import { mkdir, readdir, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathExists } from '../../encoding/index.ts';
import { PlatformError } from '../../errors/index.ts';
import { notWritable } from './write-target.ts';

/**
 * Makes sure that a folder is empty, and makes it where it is not there.
 * @param folder absolute
 * @throws PlatformError EXPORT_PLACE_TAKEN, PLACE_NOT_WRITABLE
 */
export async function makeEmpty(folder: string): Promise<void> {
  await requireEmpty(folder);
  try {
    await makeFolder(folder);
  } catch (error) {
    throw notWritable(folder, error);
  }
}

/** Makes an empty folder and fills it; where that fails, it is empty again, or gone if it was not there. */
export async function fillEmpty<Filled>(folder: string, fill: () => Promise<Filled>): Promise<Filled> {
  const wasThere = await pathExists(folder);
  await makeEmpty(folder);
  try {
    return await fill();
  } catch (error) {
    for (const name of await readdir(folder)) await rm(join(folder, name), { recursive: true, force: true });
    if (!wasThere) await rmdir(folder);
    throw error;
  }
}

/** A folder after those above it: asked for all at once, Node never ends where a file system takes no new folders at all. */
async function makeFolder(folder: string): Promise<void> {
  const found = await stat(folder).catch(() => null);
  if (found?.isDirectory() === true) return;
  if (found !== null) throw Object.assign(new Error(folder), { code: 'ENOTDIR' });
  if (dirname(folder) !== folder) await makeFolder(dirname(folder));
  await mkdir(folder);
}

/** Makes sure that a folder is new or empty. @throws PlatformError EXPORT_PLACE_TAKEN */
export async function requireEmpty(folder: string): Promise<void> {
  const isFile = await stat(folder).then(
    (found) => !found.isDirectory(),
    () => false,
  );
  const held = isFile ? ['a file'] : await readdir(folder).catch(() => []);
  if (held.length === 0) return;
  throw new PlatformError('EXPORT_PLACE_TAKEN', {
    message: `expected ${folder} to be new or empty, found ${held[0]} in it`,
  });
}
