import type { Readable } from 'node:stream';
import type { Digest } from '../encoding/index.ts';
import type {
  ByteRange,
  ByteStream,
  ContentKind,
  LinkOptions,
  PutOptions,
  StoredItem,
  StoreOptions,
} from './artifact-store.ts';
import type { StoredFile } from './files/source-file.ts';

/** One file in a store, of which some content consists: a file's bytes, or a tree's manifest. */
export interface ContentPart {
  readonly kind: ContentKind;
  readonly digest: Digest;
  /** Null where it is not known. */
  readonly sizeBytes: number | null;
}

/** Which file goes where. */
export interface CopyTarget {
  readonly digest: Digest;
  /** A path where nothing is. */
  readonly destination: string;
  /** The permissions of the copy. */
  readonly mode: number;
}

/**
 * What an adapter does with single files; `composeStore` makes a store of it. Errors of the file system may pass through:
 * `composeStore` says what they mean.
 */
export interface FileStore {
  /** How many files may be worked on at once. */
  readonly filesAtOnce: number;
  /** @throws PlatformError ARTIFACT_STORE_NEWER */
  prepareReading(): Promise<void>;
  /** @throws PlatformError ARTIFACT_STORE_NEWER */
  prepareWriting(): Promise<void>;
  /** The first kind of which there is content. @throws PlatformError ARTIFACT_MISSING, ARTIFACT_CORRUPT */
  kindOf(digest: Digest, kinds: readonly ContentKind[]): Promise<ContentKind>;
  /** @throws PlatformError ARTIFACT_SOURCE_UNREADABLE, ARTIFACT_SOURCE_CHANGED, ARTIFACT_UNSUPPORTED_FILE */
  putFile(path: string, options: PutOptions): Promise<StoredFile>;
  putContent(kind: ContentKind, bytes: Uint8Array): Promise<Pick<StoredFile, 'digest' | 'sizeBytes'>>;
  /** @throws PlatformError ARTIFACT_SOURCE_BROKEN */
  putStream(source: ByteStream, options: StoreOptions): Promise<Pick<StoredFile, 'digest' | 'sizeBytes'>>;
  /** All bytes, compared with their digest. @throws PlatformError ARTIFACT_MISSING, ARTIFACT_CORRUPT, ARTIFACT_TOO_LARGE */
  readWhole(kind: ContentKind, digest: Digest, maxBytes: number): Promise<Buffer>;
  /** Copies a file, compared with its digest. @throws PlatformError ARTIFACT_MISSING, ARTIFACT_CORRUPT */
  copyOut(target: CopyTarget, options: StoreOptions): Promise<void>;
  /** As `ArtifactStore.open`. */
  open(digest: Digest, range?: ByteRange): Readable;
  /** As `ArtifactStore.linkTo`. */
  linkTo(digest: Digest, link: LinkOptions): Promise<string | null>;
  /** Compares a file with its digest. @throws PlatformError ARTIFACT_MISSING, ARTIFACT_CORRUPT */
  verifyFile(digest: Digest, options: StoreOptions): Promise<void>;
  /** Whether a part is there in its size. */
  isThere(part: ContentPart): Promise<boolean>;
  /** The same, and it counts as stored now. */
  renew(part: ContentPart): Promise<boolean>;
  list(): AsyncIterable<StoredItem>;
  /** As `ArtifactStore.remove`, of one kind. */
  remove(kind: ContentKind, digest: Digest, storedBeforeMs: number): Promise<boolean>;
  /** As `ArtifactStore.removeUnfinished`. */
  removeUnfinished(begunBeforeMs: number): Promise<number>;
}
