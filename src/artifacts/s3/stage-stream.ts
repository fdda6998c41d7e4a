/**
 * Streams whose digest nobody knows before their end, and with it the name of the object. What is small is kept in memory,
 * what is not in a file of this machine: nothing lies in the bucket under a name that is not its own, content that is
 * there already is not sent at all, and a store that fails for a while is asked again without the sender.
 */
import { type FileHandle, mkdir, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ByteStream, StoreOptions } from '../artifact-store.ts';
import { asStoreError } from '../files/file-errors.ts';
import { readPieces } from '../files/read-pieces.ts';
import type { StoredFile } from '../files/source-file.ts';
import { isAbandoned, stagingName } from '../files/staging.ts';
import { type MeasuredFile, measureFile, PartHasher, partBytesFor } from './measure-parts.ts';

type Stored = Pick<StoredFile, 'digest' | 'sizeBytes'>;

/** Where a stream waits, and what becomes of it. */
export interface Staging extends StoreOptions {
  readonly folder: string;
  /** Up to this size it waits in memory. */
  readonly smallBytes: number;
  readonly storeBytes: (bytes: Buffer) => Promise<Stored>;
  readonly storeFile: (file: FileHandle, measured: MeasuredFile) => Promise<Stored>;
}

/** Stores a stream once it has ended. @throws PlatformError ARTIFACT_SOURCE_BROKEN, ARTIFACT_STORE_FULL */
export async function stageStream(source: ByteStream, staging: Staging): Promise<Stored> {
  const pieces = readPieces(source, staging)[Symbol.asyncIterator]();
  try {
    const first: Uint8Array[] = [];
    for (let sizeBytes = 0; sizeBytes <= staging.smallBytes; ) {
      const { value, done } = await pieces.next();
      if (done === true) return await staging.storeBytes(Buffer.concat(first));
      first.push(value);
      sizeBytes += value.length;
    }
    return await storeLarge(first, pieces, staging);
  } finally {
    await pieces.return(undefined);
  }
}

/** Removes what killed processes left. @returns how many files */
export async function clearStaging(folder: string): Promise<number> {
  let count = 0;
  for (const name of await readdir(folder).catch(() => [])) {
    const path = join(folder, name);
    if (!(await isAbandoned(path))) continue;
    await rm(path, { force: true });
    count++;
  }
  return count;
}

async function storeLarge(first: Uint8Array[], rest: AsyncGenerator<Uint8Array>, staging: Staging): Promise<Stored> {
  const path = join(staging.folder, stagingName());
  try {
    await using file = await asStoreError(`making ${path}`, () => makeFile(staging.folder, path));
    const hasher = new PartHasher(partBytesFor(0));
    const write = async (piece: Uint8Array): Promise<void> => {
      await writeAll(file, piece, hasher.sizeBytes);
      hasher.update(piece);
    };
    for (let piece = first.shift(); piece !== undefined; piece = first.shift()) await write(piece);
    for await (const piece of rest) await write(piece);
    const measured = hasher.finish();
    const partBytes = partBytesFor(measured.sizeBytes);
    const fitting = partBytes === measured.partBytes ? measured : await measureFile(file, partBytes, staging.signal);
    return await staging.storeFile(file, fitting);
  } finally {
    await rm(path, { force: true });
  }
}

async function makeFile(folder: string, path: string): Promise<FileHandle> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return await open(path, 'wx+', 0o600);
}

async function writeAll(file: FileHandle, piece: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < piece.length; ) {
    const { bytesWritten } = await file.write(piece, done, piece.length - done, position + done);
    done += bytesWritten;
  }
}
