/**
 * The format of sealed bytes, version 1.
 *
 *   header   magic 8 | version 1 | log2 of chunk size 1 | zero 2 | key id 16 | binding 16 | content id 32 | length 8
 *   chunks   AES-256-GCM, each of chunk size (the last one shorter, empty for empty content), tag of 16 bytes behind it
 *
 * The scheme is deterministic authenticated encryption in two passes, in the manner of SIV (RFC 5297), with the chunks
 * of the STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizár 2015):
 *   content id = HMAC(key, binding, length, SHA-256 of content)     equal content under one key seals to equal bytes
 *   file key   = HKDF(key, salt = content id)                        so that no two contents share a key and a nonce
 *   nonce      = 7 zero bytes | chunk number 4 | 1 for the last chunk
 *   associated data of every chunk = the whole header
 *   binding    = HMAC(key, project and part)                         a part cannot be passed off as another one
 * Without the key the content id tells nothing about the content except that it is equal to another sealed one; the
 * length is visible. Opening checks every tag, the length, and in the end the content id itself, which also commits to
 * the key.
 */
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { canonicalJson } from '../encoding/index.ts';
import { assert, PlatformError } from '../errors/index.ts';
import type { SealingKey } from './sealing-key.ts';

/** Bytes before the first chunk. */
export const headerBytes = 84;
/** Bytes of a chunk's tag. */
export const tagBytes = 16;
const magic = Buffer.from('MLSEALED', 'latin1');
const version = 1;
/** 64 KiB: what fits the processor's caches; larger chunks are slower. */
const defaultChunkBits = 16;
const smallestChunkBits = 12;
const largestChunkBits = 24;

/** What sealed bytes belong to; must be given again to open them. */
export interface SealBinding {
  /** The name of the project or of its declaration. */
  readonly project: string;
  /** `test`, `holdback`, or another name for what is sealed. */
  readonly part: string;
  /** Further facts that must agree, for example the digest of the model that a report is about. */
  readonly context?: Readonly<Record<string, string>>;
}

/** A header, read. */
export interface SealedHeader {
  readonly bytes: Buffer;
  readonly chunkBytes: number;
  readonly keyId: string;
  readonly binding: Buffer;
  readonly contentId: Buffer;
  /** Of the content. */
  readonly sizeBytes: number;
}

/** The header for content of a known SHA-256 and size. */
export function makeHeader(
  key: SealingKey,
  binding: SealBinding,
  content: { readonly sha256: Buffer; readonly sizeBytes: number },
): SealedHeader {
  const bound = bindingId(key, binding);
  const bytes = Buffer.alloc(headerBytes);
  magic.copy(bytes, 0);
  bytes.writeUInt8(version, 8);
  bytes.writeUInt8(defaultChunkBits, 9);
  Buffer.from(key.keyId, 'hex').copy(bytes, 12);
  bound.copy(bytes, 28);
  contentIdOf(key, bound, content).copy(bytes, 44);
  bytes.writeBigUInt64BE(BigInt(content.sizeBytes), 76);
  return readHeader(bytes);
}

/**
 * Reads a header; what it says is believed only once the chunks were opened with it.
 * @throws PlatformError PROVENANCE_NOT_SEALED, PROVENANCE_SEAL_NEWER
 */
export function readHeader(bytes: Buffer): SealedHeader {
  if (bytes.length < headerBytes || !bytes.subarray(0, 8).equals(magic)) {
    throw new PlatformError('PROVENANCE_NOT_SEALED', { message: 'expected sealed bytes, found others' });
  }
  if (bytes[8] !== version) {
    throw new PlatformError('PROVENANCE_SEAL_NEWER', {
      message: `expected sealed bytes of version ${version}, found version ${bytes[8]}`,
    });
  }
  const chunkBits = bytes[9]!;
  const sizeBytes = Number(bytes.readBigUInt64BE(76));
  const isPlausible =
    chunkBits >= smallestChunkBits &&
    chunkBits <= largestChunkBits &&
    bytes.readUInt16BE(10) === 0 &&
    Number.isSafeInteger(sizeBytes) &&
    sizeBytes / 2 ** chunkBits < 2 ** 32;
  if (!isPlausible) {
    throw new PlatformError('PROVENANCE_NOT_SEALED', { message: 'expected sealed bytes, found a damaged header' });
  }
  return {
    bytes: bytes.subarray(0, headerBytes),
    chunkBytes: 2 ** chunkBits,
    keyId: bytes.toString('hex', 12, 28),
    binding: bytes.subarray(28, 44),
    contentId: bytes.subarray(44, 76),
    sizeBytes,
  };
}

/** How many chunks content of a header has; at least one. */
export function chunkCount(header: SealedHeader): number {
  return Math.max(1, Math.ceil(header.sizeBytes / header.chunkBytes));
}

/** How many bytes sealed content of a header has. */
export function sealedSizeBytes(header: SealedHeader): number {
  return headerBytes + header.sizeBytes + tagBytes * chunkCount(header);
}

/**
 * Checks that a header was made with this key and for this part.
 * @throws PlatformError PROVENANCE_SEAL_WRONG_KEY, PROVENANCE_SEAL_OTHER_PART
 */
export function checkHeader(header: SealedHeader, key: SealingKey, binding: SealBinding): void {
  if (header.keyId !== key.keyId) {
    throw new PlatformError('PROVENANCE_SEAL_WRONG_KEY', {
      message: `expected bytes sealed with key ${key.keyId}, found key ${header.keyId}`,
      details: { expected: key.keyId, found: header.keyId },
    });
  }
  if (!timingSafeEqual(header.binding, bindingId(key, binding))) {
    throw new PlatformError('PROVENANCE_SEAL_OTHER_PART', {
      message: `expected bytes sealed as ${JSON.stringify(binding.part)} of project ${JSON.stringify(binding.project)}, found others`,
      details: { part: binding.part, project: binding.project },
    });
  }
}

/** Checks opened content against the content id. @throws PlatformError PROVENANCE_SEAL_BROKEN */
export function checkContent(header: SealedHeader, key: SealingKey, sha256: Buffer): void {
  const expected = contentIdOf(key, header.binding, { sha256, sizeBytes: header.sizeBytes });
  if (!timingSafeEqual(header.contentId, expected)) throw broken('the content does not belong to its header');
}

/** Seals and opens the chunks of one header. */
export class ChunkCipher {
  readonly #header: SealedHeader;
  readonly #fileKey: Buffer;

  constructor(header: SealedHeader, key: SealingKey) {
    this.#header = header;
    this.#fileKey = Buffer.from(hkdfSync('sha256', key.secret, header.contentId, 'mlspec sealed file v1', 32));
  }

  /** Ciphertext and tag of a chunk, to be written one after the other. */
  seal(index: number, content: Buffer): readonly [Buffer, Buffer] {
    const cipher = createCipheriv('aes-256-gcm', this.#fileKey, this.#nonce(index));
    cipher.setAAD(this.#header.bytes);
    const sealed = cipher.update(content);
    // GCM is a stream cipher: nothing is held back for the end.
    cipher.final();
    return [sealed, cipher.getAuthTag()];
  }

  /** The content of a chunk, given with its tag. @throws PlatformError PROVENANCE_SEAL_BROKEN */
  open(index: number, sealed: Buffer): Buffer {
    const end = sealed.length - tagBytes;
    assert(end >= 0, 'a sealed chunk holds its tag');
    const decipher = createDecipheriv('aes-256-gcm', this.#fileKey, this.#nonce(index), { authTagLength: tagBytes });
    decipher.setAAD(this.#header.bytes);
    decipher.setAuthTag(sealed.subarray(end));
    const content = decipher.update(sealed.subarray(0, end));
    try {
      decipher.final();
      return content;
    } catch {
      throw broken(`chunk ${index + 1} of ${chunkCount(this.#header)} fails its check`);
    }
  }

  #nonce(index: number): Buffer {
    const nonce = Buffer.alloc(12);
    nonce.writeUInt32BE(index, 7);
    nonce.writeUInt8(index === chunkCount(this.#header) - 1 ? 1 : 0, 11);
    return nonce;
  }
}

/** The error for sealed bytes that were tampered with. */
export function broken(found: string): PlatformError {
  return new PlatformError('PROVENANCE_SEAL_BROKEN', { message: `expected untouched sealed bytes: ${found}` });
}

/** The error for sealed bytes of a wrong length. */
export function truncated(expectedBytes: number, foundBytes: number): PlatformError {
  return new PlatformError('PROVENANCE_SEAL_TRUNCATED', {
    message: `expected ${expectedBytes} sealed bytes, found ${foundBytes}`,
    details: { expectedBytes, foundBytes },
  });
}

function bindingId(key: SealingKey, binding: SealBinding): Buffer {
  const text = canonicalJson({ project: binding.project, part: binding.part, context: binding.context ?? {} });
  return createHmac('sha256', key.secret).update('mlspec seal binding v1\0').update(text).digest().subarray(0, 16);
}

function contentIdOf(
  key: SealingKey,
  binding: Buffer,
  content: { readonly sha256: Buffer; readonly sizeBytes: number },
): Buffer {
  const length = Buffer.alloc(8);
  length.writeBigUInt64BE(BigInt(content.sizeBytes));
  const state = createHmac('sha256', key.secret).update('mlspec seal content v1\0');
  return state.update(binding).update(length).update(content.sha256).digest();
}
