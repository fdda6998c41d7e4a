import { createReadStream } from 'node:fs';
import { glob, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { PlatformError } from '../../errors/index.ts';

const headerBytes = 1_048_576;
const pattern = /[*?[{]/;

/** A file of a source. */
export interface SourceFile {
  /** Absolute. */
  readonly path: string;
  /** As declared, or as the pattern found it. */
  readonly written: string;
  readonly sizeBytes: number;
}

/** Whether a declared path is a pattern. */
export function isPattern(path: string): boolean {
  return pattern.test(path);
}

/**
 * The files that a path or pattern names, sorted, relative to `root`.
 * @throws PlatformError INGESTION_SOURCE_MISSING
 */
export async function filesOf(path: string, root: string): Promise<SourceFile[]> {
  const written = isPattern(path) ? (await Array.fromAsync(glob(path, { cwd: root }))).sort() : [path];
  const found = await Promise.all(written.map((one) => fileAt(one, { root, mustBe: !isPattern(path) })));
  const files = found.filter((file) => file !== null);
  if (files.length === 0) throw new PlatformError('INGESTION_SOURCE_MISSING', { message: `no file matches ${path}` });
  return files;
}

async function fileAt(
  written: string,
  at: { readonly root: string; readonly mustBe: boolean },
): Promise<SourceFile | null> {
  const path = resolve(at.root, written);
  const info = await stat(path).catch(() => null);
  if (info?.isFile()) return { path, written, sizeBytes: info.size };
  if (!at.mustBe) return null;
  throw new PlatformError('INGESTION_SOURCE_MISSING', {
    message: `expected a file at ${written} (relative to the declaration), found ${info === null ? 'nothing' : 'no plain file'}`,
  });
}

/**
 * The first line of a text file (also of one packed with gzip or Zstandard), without its end and byte order mark.
 * @throws PlatformError TABLE_FILE_UNREADABLE where it is no UTF-8 text, or empty
 */
export async function firstLine(file: SourceFile): Promise<string> {
  const bytes = await firstBytes(file);
  const fail = (message: string): never => {
    throw new PlatformError('TABLE_FILE_UNREADABLE', {
      message: `${file.written}, line 1: ${message}`,
      details: { file: file.written, line: 1, column: null },
    });
  };
  if (bytes.length === 0) return fail('expected a header, found an empty file');
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff))
    return fail("expected UTF-8, found UTF-16; declare options: {encoding: 'utf-16'}");
  const end = bytes.findIndex((byte) => byte === 0x0a || byte === 0x0d);
  const line = end < 0 ? bytes : bytes.subarray(0, end);
  try {
    return new TextDecoder('utf-8', { fatal: bytes.length < headerBytes || end >= 0 }).decode(line);
  } catch {
    return fail("expected UTF-8, found other bytes; declare the encoding, for example options: {encoding: 'latin-1'}");
  }
}

async function firstBytes(file: SourceFile): Promise<Buffer> {
  const raw = createReadStream(file.path);
  const stream: Readable = /\.gz$/i.test(file.path)
    ? raw.pipe(createGunzip())
    : /\.zst$/i.test(file.path)
      ? raw.pipe(createZstdDecompress())
      : raw;
  raw.on('error', (error) => stream.destroy(error));
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of stream) {
      chunks.push(chunk as Buffer);
      size += (chunk as Buffer).length;
      if (size >= headerBytes || (chunk as Buffer).includes(0x0a)) break;
    }
  } catch (cause) {
    throw new PlatformError('TABLE_FILE_UNREADABLE', {
      message: `${file.written} cannot be read: ${(cause as Error).message}`,
      details: { file: file.written, line: null, column: null },
      cause,
    });
  } finally {
    raw.destroy();
  }
  return Buffer.concat(chunks);
}
