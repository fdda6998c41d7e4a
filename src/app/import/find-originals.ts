import { constants } from 'node:fs';
import { type FileHandle, open, opendir, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { visibleText } from '../../encoding/index.ts';
import { PlatformError } from '../../errors/index.ts';
import { maximumFileBytes } from '../../originals/index.ts';

/** A file that may hold documents of the original MLSpec. */
export interface OriginalFile {
  /**
   * Relative to the folder that was given, or the name of the file itself; `/` between folders. Characters that a terminal
   * would obey stand as `\u{1b}`.
   */
  readonly name: string;
  /** At most one byte more than is read of any: what is longer is told by its length. */
  readonly bytes: Buffer;
}

const maximumFiles = 1000;
const maximumBytes = 64 * maximumFileBytes;
const maximumDepth = 20;
const endings = /\.(?:ya?ml|json)$/i;

/**
 * A file, or every `.yaml`, `.yml` and `.json` file of a folder and the folders in it, by name. Links inside the folder are not
 * followed, and hidden files and folders are left out.
 * @throws PlatformError ORIGINAL_NOT_FOUND, ORIGINAL_TOO_MANY
 */
export async function findOriginals(path: string): Promise<readonly OriginalFile[]> {
  const root = resolve(path);
  const found = await stat(root).catch((cause: unknown) => {
    throw notFound(
      `expected documents of the original MLSpec, or what another tracker kept, at ${path}, found nothing that can be read`,
      cause,
    );
  });
  if (found.isFile()) return [{ name: visibleText(basename(root)), bytes: await readStart(root) }];
  if (!found.isDirectory()) throw notFound(`expected a file or folder at ${path}, found something else`);
  const names: string[] = [];
  await collect(root, '', { names, depth: 0 });
  if (names.length === 0)
    throw notFound(
      `expected .yaml, .yml or .json files, or what another tracker keeps (mlflow.db, mlruns/, event files of TensorBoard, offline runs of Weights & Biases, an export of Neptune), in ${path}, found none of them`,
    );
  const files: OriginalFile[] = [];
  let sizeBytes = 0;
  for (const name of names.sort()) {
    const bytes = await readStart(join(root, name));
    files.push({ name: visibleText(name), bytes });
    sizeBytes += bytes.length;
    if (sizeBytes > maximumBytes)
      throw tooMany(`expected at most ${maximumBytes} bytes in all files of a folder, found more`);
  }
  return files;
}

async function collect(
  root: string,
  folder: string,
  found: { readonly names: string[]; readonly depth: number },
): Promise<void> {
  for await (const entry of await opendir(join(root, folder))) {
    if (entry.name.startsWith('.')) continue;
    const name = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory() && found.depth < maximumDepth)
      await collect(root, name, { ...found, depth: found.depth + 1 });
    if (!entry.isFile() || !endings.test(entry.name)) continue;
    found.names.push(name);
    if (found.names.length > maximumFiles)
      throw tooMany(`expected at most ${maximumFiles} files in a folder, found more`);
  }
}

/** The beginning of a file, as much as tells whether it is too long. */
async function readStart(path: string): Promise<Buffer> {
  let file: FileHandle;
  try {
    // Not blocking, so that a pipe that took the place of the file does not hold the command.
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (cause) {
    throw notFound(`expected to read ${JSON.stringify(path)}`, cause);
  }
  try {
    const buffer = Buffer.alloc(maximumFileBytes + 1);
    let length = 0;
    for (let read = -1; read !== 0 && length < buffer.length; length += read)
      ({ bytesRead: read } = await file.read(buffer, length, buffer.length - length, length));
    return Buffer.from(buffer.subarray(0, length));
  } finally {
    await file.close();
  }
}

function tooMany(message: string): PlatformError {
  return new PlatformError('ORIGINAL_TOO_MANY', { message });
}

function notFound(message: string, cause?: unknown): PlatformError {
  return new PlatformError('ORIGINAL_NOT_FOUND', { message, ...(cause === undefined ? {} : { cause }) });
}
