import { createHash, hash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { PlatformError } from '../errors/index.ts';
import { canonicalJson } from './canonical-json.ts';

/** A SHA-256 digest as text: `sha256:` and 64 lower-case hexadecimal digits. */
export type Digest = string & { readonly brand: 'Digest' };

const form = /^sha256:[0-9a-f]{64}$/;
const readSizeBytes = 1 << 20;

/** The digest of bytes, or of a text's UTF-8 bytes. */
export function digestOf(data: string | Uint8Array): Digest {
  return `sha256:${hash('sha256', data, 'hex')}` as Digest;
}

/**
 * The digest of a JSON value's canonical text (RFC 8785).
 * @throws PlatformError ENCODING_NOT_JSON
 */
export function digestJson(value: unknown): Digest {
  return digestOf(canonicalJson(value));
}

/** Whether a text has the form of a digest. */
export function isDigest(text: unknown): text is Digest {
  return typeof text === 'string' && form.test(text);
}

/**
 * A text as a digest.
 * @throws PlatformError ENCODING_BAD_DIGEST
 */
export function parseDigest(text: string): Digest {
  if (isDigest(text)) return text;
  throw new PlatformError('ENCODING_BAD_DIGEST', {
    message: `expected sha256:<64 hex digits>, found ${JSON.stringify(text.slice(0, 100))}`,
  });
}

/** The 64 hexadecimal digits of a digest. */
export function digestHex(digest: Digest): string {
  return digest.slice('sha256:'.length);
}

/** The digest and size of a file's bytes. Memory: one buffer of 1 MiB. Errors of the file system pass through. */
export async function digestFile(
  path: string,
  options: { readonly signal?: AbortSignal } = {},
): Promise<{ digest: Digest; sizeBytes: number }> {
  const file = await open(path, 'r');
  try {
    const state = createHash('sha256');
    const buffer = Buffer.allocUnsafe(readSizeBytes);
    let sizeBytes = 0;
    for (;;) {
      options.signal?.throwIfAborted();
      const { bytesRead } = await file.read(buffer, 0, readSizeBytes, null);
      if (bytesRead === 0) break;
      state.update(buffer.subarray(0, bytesRead));
      sizeBytes += bytesRead;
    }
    return { digest: `sha256:${state.digest('hex')}` as Digest, sizeBytes };
  } finally {
    await file.close();
  }
}
