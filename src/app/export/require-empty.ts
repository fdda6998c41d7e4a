import { readdir, stat } from 'node:fs/promises';
import { PlatformError } from '../../errors/index.ts';

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
