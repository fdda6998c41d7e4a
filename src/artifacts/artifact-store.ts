import type { Readable } from 'node:stream';
import type { Digest } from '../encoding/index.ts';

/** A plain file, or a folder stored as a manifest of files. */
export type ContentKind = 'file' | 'tree';

/** What the store holds under one digest. */
export interface StoredContent {
  /** Of a file: SHA-256 of its bytes. Of a tree: SHA-256 of its canonical manifest. */
  readonly digest: Digest;
  /** Bytes of the file; of a tree, the sum over its files. */
  readonly sizeBytes: number;
  readonly kind: ContentKind;
}

/** One file of a tree. */
export interface TreeEntry {
  /** Relative to the tree, parts separated by `/`, without `.` and `..`. */
  readonly path: string;
  readonly digest: Digest;
  readonly sizeBytes: number;
  /** Whether its owner may execute it. No other permission is kept. */
  readonly executable: boolean;
}

/** One thing on the disk of the store: a file's bytes, or a tree's manifest (its files are listed on their own). */
export interface StoredItem {
  readonly digest: Digest;
  readonly kind: ContentKind;
  /** Bytes that removing it gives back. */
  readonly sizeBytes: number;
  /** When it was stored, or last stored again. */
  readonly storedAtMs: number;
}

/** What may stop a call. */
export interface StoreOptions {
  readonly signal?: AbortSignal;
}

/** How content enters the store. */
export interface PutOptions extends StoreOptions {
  /**
   * `copy` (default) leaves the source alone. `consume` lets the store take the files themselves instead of copying
   * them where it can: for outputs that nobody else will use. Afterwards the source is gone, after a failure perhaps
   * only parts of it.
   */
  readonly source?: 'copy' | 'consume';
}

/** Bytes in pieces, whose memory nobody writes to any more: a `Readable`, a request's body. */
export type ByteStream = AsyncIterable<Uint8Array>;

/** Part of a file: from one byte to before another, counted from 0. */
export interface ByteRange {
  readonly start: number;
  /** The byte after the last; beyond the end of the file it means the end. */
  readonly end: number;
}

/** How a link hands bytes out. */
export interface LinkOptions {
  /** At most seven days. */
  readonly expiresInS: number;
  readonly mediaType: string;
  /** What whoever gets the bytes is to do with them, as `attachment; filename="a.bin"`. */
  readonly disposition: string;
}

/** Which content is meant. */
export interface ReadOptions extends StoreOptions {
  /** Where a file happens to hold a tree's manifest, both have one digest; without `kind` the tree is meant. */
  readonly kind?: ContentKind;
}

/**
 * The port of artifact stores: content named by its digest, written once and never changed.
 *
 * Promises of every adapter: content appears whole or not at all, also when the process is killed or the disk is full;
 * putting equal content at the same time, from any number of processes, stores it once; no byte is handed out as
 * complete before its digest was found right. Damaged content is set aside, so that storing it again repairs the store.
 * Every method may throw ARTIFACT_STORE_DENIED, ARTIFACT_STORE_FULL, ARTIFACT_STORE_IO, ARTIFACT_STORE_NEWER, and
 * CANCELED once its signal was raised.
 */
export interface ArtifactStore {
  /**
   * Stores a file, or a folder with all its files (empty folders are not kept).
   * @throws PlatformError ARTIFACT_SOURCE_UNREADABLE, ARTIFACT_SOURCE_CHANGED; ARTIFACT_UNSUPPORTED_FILE for symbolic
   *   links, devices, pipes, sockets and names that are not UTF-8, at the path itself and anywhere below it
   */
  put(path: string, options?: PutOptions): Promise<StoredContent>;
  /** Stores bytes, or a text's UTF-8 bytes, as a file. */
  putBytes(bytes: Uint8Array | string): Promise<StoredContent>;
  /**
   * Stores what a stream gives as a file, in memory that does not grow with it. A stream that breaks leaves nothing.
   * @throws PlatformError ARTIFACT_SOURCE_BROKEN; a PlatformError that the stream throws passes through
   */
  putStream(source: ByteStream, options?: StoreOptions): Promise<StoredContent>;
  /**
   * Copies content to a new path that appears only once it is whole and right. The copy shares no bytes with the store
   * that writing could change (reflink or copy, never a hard link).
   * @throws PlatformError ARTIFACT_MISSING, ARTIFACT_CORRUPT, ARTIFACT_BAD_TREE, ARTIFACT_DESTINATION_EXISTS
   */
  materialize(digest: Digest, destination: string, options?: ReadOptions): Promise<void>;
  /**
   * The bytes of a file; of a tree, its manifest.
   * @param options.maxBytes default 64 MiB
   * @throws PlatformError ARTIFACT_MISSING, ARTIFACT_CORRUPT, ARTIFACT_TOO_LARGE
   */
  read(digest: Digest, options?: ReadOptions & { readonly maxBytes?: number }): Promise<Buffer>;
  /**
   * The bytes of a file as a stream, which ends with ARTIFACT_CORRUPT or ARTIFACT_MISSING instead of `end` where they are
   * wrong. Of a part, whose bytes nobody can compare with a digest: the whole file is compared before this handle hands
   * out the first part of it, which costs reading it once.
   */
  open(digest: Digest, range?: ByteRange): Readable;
  /**
   * An address at which whoever has it reads a file from where it lies, past this program, until it expires; null where
   * only this program reaches the bytes. They are compared with their digest before the link is given.
   * @throws PlatformError ARTIFACT_MISSING, ARTIFACT_CORRUPT
   */
  linkTo(digest: Digest, link: LinkOptions): Promise<string | null>;
  /** The files of a tree, sorted by path; none for a file. @throws PlatformError as `read` */
  entries(digest: Digest): Promise<readonly TreeEntry[]>;
  /** Whether content is there, with all files of a tree. Reads no content: see `verify`. */
  has(digest: Digest): Promise<boolean>;
  /**
   * The same, and counts as storing it again: a collection that is going on, and has not removed it yet, leaves it. Whoever
   * is about to use content that was stored long ago asks this.
   */
  renew(digest: Digest): Promise<boolean>;
  /** Reads all bytes and compares them with their digests. */
  verify(digest: Digest, options?: ReadOptions): Promise<'ok' | 'missing' | 'corrupt'>;
  /** Everything on the disk of the store, in no particular order. */
  list(): AsyncIterable<StoredItem>;
  /**
   * Removes one file or one tree's manifest (not its files). Nothing happens where it is absent, or was stored (again)
   * at or after `storedBeforeMs`, and then nobody who reads it meanwhile misses it.
   * @returns whether it was removed
   */
  remove(digest: Digest, options?: { readonly storedBeforeMs?: number; readonly kind?: ContentKind }): Promise<boolean>;
  /**
   * Removes what was begun and cannot end any more, because its process is gone: unfinished files and uploads. Where nobody
   * can tell, what was begun before an instant.
   * @returns how many there were
   */
  removeUnfinished(begunBeforeMs: number): Promise<number>;
}
