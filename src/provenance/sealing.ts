/** Sealing of files and of small documents. The scheme is described in `sealed-format.ts`. */
import { createHash, hash } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { canonicalJson, type JsonValue, newId } from '../encoding/index.ts';
import { PlatformError } from '../errors/index.ts';
import {
  ChunkCipher,
  checkContent,
  checkHeader,
  chunkCount,
  headerBytes,
  makeHeader,
  readHeader,
  type SealBinding,
  type SealedHeader,
  sealedSizeBytes,
  tagBytes,
  truncated,
} from './sealed-format.ts';
import type { SealingKey } from './sealing-key.ts';

const readBytes = 1 << 20;
const chunksAtOnce = 16;
const paddingBytes = 4096;
const defaultBufferBytes = 1 << 30;

/** From where to where. */
export interface SealPaths {
  readonly source: string;
  readonly destination: string;
}

/** What a sealed file is bound to, and what may stop the work. */
export interface SealOptions {
  readonly binding: SealBinding;
  readonly signal?: AbortSignal;
}

/**
 * Seals a file. Equal content, key and binding give equal bytes. The destination appears whole or not at all. Memory:
 * some chunks. The digest of the content is not returned: a guess could be checked by it.
 * @throws PlatformError PROVENANCE_SOURCE_CHANGED, CANCELED; errors of the file system pass through
 */
export async function seal(paths: SealPaths, key: SealingKey, options: SealOptions): Promise<void> {
  const source = await open(paths.source, 'r');
  try {
    const content = await hashFile(source, options.signal);
    const header = makeHeader(key, options.binding, content);
    await written(paths.destination, 0o644, (target) =>
      sealChunks({ source, target }, { header, key, content }, options),
    );
  } finally {
    await source.close();
  }
}

/**
 * Opens a sealed file into a file of mode 0600 that appears only once everything was found right.
 * @throws PlatformError PROVENANCE_NOT_SEALED, PROVENANCE_SEAL_NEWER, PROVENANCE_SEAL_WRONG_KEY,
 *   PROVENANCE_SEAL_OTHER_PART, PROVENANCE_SEAL_TRUNCATED, PROVENANCE_SEAL_BROKEN, CANCELED; errors of the file system
 *   pass through
 */
export async function unseal(paths: SealPaths, key: SealingKey, options: SealOptions): Promise<void> {
  await written(paths.destination, 0o600, (target) => unsealInto(paths.source, target, { ...options, key }));
}

/**
 * Opens a sealed file into a file that is open already, from its beginning. Where this throws, what was written must not
 * be used.
 * @throws PlatformError as `unseal`
 */
export async function unsealInto(
  source: string,
  target: FileHandle,
  options: SealOptions & { readonly key: SealingKey },
): Promise<void> {
  const { key } = options;
  await withSealed(source, key, options, async (sealed, header) => {
    let position = 0;
    for await (const chunks of openChunks(sealed, { header, key }, options)) {
      position += await writeExactly(target, chunks, position);
    }
  });
}

/**
 * Opens a sealed file into memory: nothing of it touches the disk.
 * @param options.maxBytes default 1 GiB
 * @throws PlatformError as `unseal`, and PROVENANCE_TOO_LARGE
 */
export async function unsealToBuffer(
  source: string,
  key: SealingKey,
  options: SealOptions & { readonly maxBytes?: number },
): Promise<Buffer> {
  return await withSealed(source, key, options, async (file, header) => {
    const maxBytes = options.maxBytes ?? defaultBufferBytes;
    if (header.sizeBytes > maxBytes) {
      throw new PlatformError('PROVENANCE_TOO_LARGE', {
        message: `expected content of at most ${maxBytes} bytes, found ${header.sizeBytes}`,
      });
    }
    const content = Buffer.allocUnsafe(header.sizeBytes);
    let position = 0;
    for await (const chunks of openChunks(file, { header, key }, options)) {
      for (const chunk of chunks) position += chunk.copy(content, position);
    }
    return content;
  });
}

/** Which key sealed a file and how large its content is: what anybody may know. @throws PlatformError as `unseal` */
export async function describeSealed(
  path: string,
): Promise<{ readonly keyId: string; readonly contentSizeBytes: number }> {
  const file = await open(path, 'r');
  try {
    const header = await readFileHeader(file);
    return { keyId: header.keyId, contentSizeBytes: header.sizeBytes };
  } finally {
    await file.close();
  }
}

/**
 * Seals a JSON value, filled up with white space to whole blocks of 4 KiB so that its size does not tell how long its
 * numbers are. Name in the binding what it is about: reports that differ there never seal to equal bytes.
 * @param binding.atLeastBytes fills it up to as many bytes: what any value of its kind can need
 * @throws PlatformError ENCODING_NOT_JSON
 */
export function encryptJson(
  value: JsonValue,
  key: SealingKey,
  { atLeastBytes = 0, ...binding }: SealBinding & { readonly atLeastBytes?: number },
): Buffer {
  const text = Buffer.from(canonicalJson(value));
  const neededBytes = Math.max(atLeastBytes, text.length + 1);
  const content = Buffer.alloc(Math.ceil(neededBytes / paddingBytes) * paddingBytes, ' ');
  text.copy(content);
  const sha256 = hash('sha256', content, 'buffer');
  const header = makeHeader(key, binding, { sha256, sizeBytes: content.length });
  const cipher = new ChunkCipher(header, key);
  const parts = Array.from({ length: chunkCount(header) }, (_, index) =>
    Buffer.concat(cipher.seal(index, content.subarray(index * header.chunkBytes, (index + 1) * header.chunkBytes))),
  );
  return Buffer.concat([header.bytes, ...parts]);
}

/** Opens what `encryptJson` sealed. @throws PlatformError as `unseal` */
export function decryptJson(sealed: Uint8Array, key: SealingKey, binding: SealBinding): JsonValue {
  const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
  const header = readHeader(bytes);
  checkHeader(header, key, binding);
  if (bytes.length !== sealedSizeBytes(header)) throw truncated(sealedSizeBytes(header), bytes.length);
  const cipher = new ChunkCipher(header, key);
  const strideBytes = header.chunkBytes + tagBytes;
  const parts = Array.from({ length: chunkCount(header) }, (_, index) => {
    const start = headerBytes + index * strideBytes;
    return cipher.open(index, bytes.subarray(start, Math.min(start + strideBytes, bytes.length)));
  });
  const content = Buffer.concat(parts);
  checkContent(header, key, hash('sha256', content, 'buffer'));
  return JSON.parse(content.toString('utf8')) as JsonValue;
}

interface Sealing {
  readonly header: SealedHeader;
  readonly key: SealingKey;
  readonly content: { readonly sha256: Buffer; readonly sizeBytes: number };
}

async function sealChunks(
  files: { readonly source: FileHandle; readonly target: FileHandle },
  sealing: Sealing,
  options: SealOptions,
): Promise<void> {
  const { header, key, content } = sealing;
  const cipher = new ChunkCipher(header, key);
  const plain = createHash('sha256');
  const buffer = Buffer.allocUnsafe(chunksAtOnce * header.chunkBytes);
  let position = await writeExactly(files.target, [header.bytes], 0);
  for (let first = 0; first < chunkCount(header); first += chunksAtOnce) {
    throwIfCanceled(options.signal);
    const start = first * header.chunkBytes;
    const block = buffer.subarray(0, Math.min(buffer.length, header.sizeBytes - start));
    await readExactly(files.source, block, start);
    plain.update(block);
    const parts = chunksOf(block, header.chunkBytes).flatMap((chunk, index) => cipher.seal(first + index, chunk));
    position += await writeExactly(files.target, parts, position);
  }
  // The file key follows from the first pass: bytes that changed since must never be kept under it.
  if (!plain.digest().equals(content.sha256)) throw sourceChanged();
}

/** The content in order, some chunks at a time. Only once it has ended was everything found right. */
async function* openChunks(
  source: FileHandle,
  sealing: { readonly header: SealedHeader; readonly key: SealingKey },
  options: SealOptions,
): AsyncGenerator<readonly Buffer[]> {
  const { header, key } = sealing;
  const cipher = new ChunkCipher(header, key);
  const plain = createHash('sha256');
  const strideBytes = header.chunkBytes + tagBytes;
  const buffer = Buffer.allocUnsafe(chunksAtOnce * strideBytes);
  for (let first = 0; first < chunkCount(header); first += chunksAtOnce) {
    throwIfCanceled(options.signal);
    const start = headerBytes + first * strideBytes;
    const block = buffer.subarray(0, Math.min(buffer.length, sealedSizeBytes(header) - start));
    await readExactly(source, block, start);
    const chunks = chunksOf(block, strideBytes).map((sealed, index) => cipher.open(first + index, sealed));
    for (const chunk of chunks) plain.update(chunk);
    yield chunks;
  }
  checkContent(header, key, plain.digest());
}

/** A block in pieces; one empty piece for an empty block. */
function chunksOf(block: Buffer, sizeBytes: number): Buffer[] {
  const count = Math.max(1, Math.ceil(block.length / sizeBytes));
  return Array.from({ length: count }, (_, index) => block.subarray(index * sizeBytes, (index + 1) * sizeBytes));
}

async function withSealed<Result>(
  path: string,
  key: SealingKey,
  options: SealOptions,
  work: (source: FileHandle, header: SealedHeader) => Promise<Result>,
): Promise<Result> {
  const source = await open(path, 'r');
  try {
    const header = await readFileHeader(source);
    checkHeader(header, key, options.binding);
    const { size } = await source.stat();
    if (size !== sealedSizeBytes(header)) throw truncated(sealedSizeBytes(header), size);
    return await work(source, header);
  } finally {
    await source.close();
  }
}

async function readFileHeader(file: FileHandle): Promise<SealedHeader> {
  const bytes = Buffer.alloc(headerBytes);
  const { bytesRead } = await file.read(bytes, 0, headerBytes, 0);
  return readHeader(bytes.subarray(0, bytesRead));
}

async function hashFile(
  file: FileHandle,
  signal: AbortSignal | undefined,
): Promise<{ sha256: Buffer; sizeBytes: number }> {
  const state = createHash('sha256');
  const buffer = Buffer.allocUnsafe(readBytes);
  let sizeBytes = 0;
  for (;;) {
    throwIfCanceled(signal);
    const { bytesRead } = await file.read(buffer, 0, readBytes, sizeBytes);
    if (bytesRead === 0) return { sha256: state.digest(), sizeBytes };
    state.update(buffer.subarray(0, bytesRead));
    sizeBytes += bytesRead;
  }
}

/** Writes buffers one after the other. @returns how many bytes */
async function writeExactly(file: FileHandle, buffers: readonly Buffer[], position: number): Promise<number> {
  const sizeBytes = buffers.reduce((sum, buffer) => sum + buffer.length, 0);
  const { bytesWritten } = await file.writev(buffers, position);
  if (bytesWritten === sizeBytes) return sizeBytes;
  const rest = Buffer.concat(buffers).subarray(bytesWritten);
  for (let done = 0; done < rest.length; ) {
    done += (await file.write(rest, done, rest.length - done, position + bytesWritten + done)).bytesWritten;
  }
  return sizeBytes;
}

async function readExactly(file: FileHandle, into: Buffer, position: number): Promise<void> {
  for (let done = 0; done < into.length; ) {
    const { bytesRead } = await file.read(into, done, into.length - done, position + done);
    if (bytesRead === 0) throw sourceChanged();
    done += bytesRead;
  }
}

/**
 * Writes a file under another name and gives it its name. On failure nothing is left. Not flushed: what must outlast a
 * power failure goes into the artifact store.
 */
async function written<Result>(
  destination: string,
  mode: number,
  write: (target: FileHandle) => Promise<Result>,
): Promise<Result> {
  const temporary = join(dirname(destination), `.${newId('partial')}`);
  try {
    const target = await open(temporary, 'wx', mode);
    try {
      const result = await write(target);
      await rename(temporary, destination);
      return result;
    } finally {
      await target.close();
    }
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

function throwIfCanceled(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new PlatformError('CANCELED', { message: 'The sealing was canceled.' });
}

function sourceChanged(): PlatformError {
  return new PlatformError('PROVENANCE_SOURCE_CHANGED', {
    message: 'expected the file to stay as it is while it is read; it changed',
  });
}
