import { type FileHandle, open, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { newId } from './id.ts';

/**
 * Writes a file so that every reader sees either the old content or the new one, whole, also after a crash: a
 * temporary file beside it is written, flushed to disk and renamed over it, then the folder is flushed. With
 * `flush: false` that holds where a process dies, not where the machine does: for what nobody needs after that.
 * Errors of the file system pass through; the temporary file is removed.
 */
export async function writeFileAtomically(
  path: string,
  data: string | Uint8Array,
  options: { readonly mode?: number; readonly flush?: boolean } = {},
): Promise<void> {
  const temporary = `${path}.${newId('tmp')}`;
  try {
    const { mode = 0o644, flush = true } = options;
    await writeFile(temporary, data, { mode, flush, flag: 'wx' });
    await rename(temporary, path);
    if (flush) await flushFolder(dirname(path));
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

async function flushFolder(path: string): Promise<void> {
  let folder: FileHandle | null = null;
  try {
    folder = await open(path, 'r');
    await folder.sync();
  } finally {
    await folder?.close();
  }
}
