import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

/** Something of a folder that cannot be read; the message says why. */
export class Unreadable extends Error {}

/** Opens a plain file, through no link. @throws Unreadable */
export async function openPlain(path: string): Promise<FileHandle> {
  let handle: FileHandle | null = null;
  try {
    handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    if ((await handle.stat()).isFile()) return handle;
  } catch (error) {
    const { code } = error as { code?: string };
    throw new Unreadable(
      code === 'ENOENT' ? 'the file is missing' : code === 'ELOOP' ? 'a link' : `cannot be read: ${code}`,
    );
  }
  await handle.close();
  throw new Unreadable('no plain file');
}
