import { createHash, hash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { open, unlink } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { type Digest, now } from '../../encoding/index.ts';
import { PlatformError } from '../../errors/index.ts';
import type {
  ArtifactStore,
  ByteRange,
  ByteStream,
  ContentKind,
  LinkOptions,
  PutOptions,
  StoredItem,
  StoreOptions,
} from '../artifact-store.ts';
import { composeStore } from '../compose-store.ts';
import type { ContentPart, CopyTarget, FileStore } from '../file-store.ts';
import { openSource, requireUnchanged, type StoredFile } from '../files/source-file.ts';
import { unsupported } from '../files/walk-folder.ts';
import { Bucket } from './bucket.ts';
import {
  absence,
  type ContentName,
  contentKey,
  removeContent,
  setAside,
  settledState,
  stamp,
  tidyState,
} from './content-state.ts';
import { listContent, removeUnfinished } from './list-content.ts';
import { type MeasuredFile, measureFile, partBytesFor } from './measure-parts.ts';
import { readContent } from './read-content.ts';
import { isFailure, s3Error } from './s3-errors.ts';
import { requireFormat, writeFormat } from './s3-format.ts';
import type { S3Settings } from './settings.ts';
import { clearStaging, stageStream } from './stage-stream.ts';
import { uploadFile } from './upload-file.ts';
import { VerifiedObjects } from './verified-objects.ts';

/** Up to this size a file is sent at once. */
const singleBytes = 8 << 20;
const storeAttempts = 5;

/** A store in a bucket of S3, or of what speaks S3. Needs strong consistency and `If-None-Match` of it. */
export function createS3Artifacts(settings: S3Settings): ArtifactStore {
  return composeStore(new S3Files(settings));
}

/** Content that is to be stored, and how. */
interface NewContent extends ContentName {
  readonly sizeBytes: number;
  /** @returns false where it is there already */
  readonly send: () => Promise<boolean>;
  readonly signal?: AbortSignal | undefined;
}

class S3Files implements FileStore {
  readonly filesAtOnce = 16;
  readonly #bucket: Bucket;
  readonly #settings: S3Settings;
  readonly #verified: VerifiedObjects;
  #readable: Promise<void> | null = null;
  #writable: Promise<void> | null = null;

  constructor(settings: S3Settings) {
    this.#settings = settings;
    this.#bucket = new Bucket(settings);
    this.#verified = new VerifiedObjects((digest) => this.#requireWhole('file', digest, {}));
  }

  prepareReading(): Promise<void> {
    this.#readable ??= this.#as('opening the artifact store', () => requireFormat(this.#bucket)).catch(
      (error: unknown) => {
        this.#readable = null;
        throw error;
      },
    );
    return this.#readable;
  }

  prepareWriting(): Promise<void> {
    this.#writable ??= this.#makeReady().catch((error: unknown) => {
      this.#writable = null;
      throw error;
    });
    return this.#writable;
  }

  async kindOf(digest: Digest, kinds: readonly ContentKind[]): Promise<ContentKind> {
    // Whoever knows the kind is told of an absence by what it does next.
    if (kinds.length === 1) return kinds[0]!;
    return await this.#as(`looking for ${digest}`, async () => {
      const found = await Promise.all(kinds.map((kind) => this.#bucket.head(contentKey({ kind, digest }))));
      const index = found.findIndex((head) => head !== null);
      if (index >= 0) return kinds[index]!;
      const absences = await Promise.all(kinds.map((kind) => absence(this.#bucket, { kind, digest })));
      throw absences.find((error) => error.code === 'ARTIFACT_CORRUPT') ?? absences[0];
    });
  }

  async putFile(path: string, options: PutOptions): Promise<StoredFile> {
    const source = await openSource(path);
    try {
      const before = await source.stat({ bigint: true });
      if (!before.isFile()) throw unsupported(path, 'something else');
      const stored = await this.#putOpen({ path, source, before }, options);
      if (options.source === 'consume') await unlink(path).catch(() => undefined);
      return { ...stored, executable: (Number(before.mode) & 0o100) !== 0 };
    } finally {
      await source.close();
    }
  }

  async putContent(kind: ContentKind, bytes: Uint8Array): Promise<Pick<StoredFile, 'digest' | 'sizeBytes'>> {
    const name = { kind, digest: `sha256:${hash('sha256', bytes, 'hex')}` as Digest };
    const send = async (): Promise<boolean> => {
      if (bytes.length > 1 << 18 && (await this.#isStored({ ...name, sizeBytes: bytes.length }))) return false;
      return await this.#bucket.create(contentKey(name), bytes);
    };
    return await this.#store({ ...name, sizeBytes: bytes.length, send });
  }

  async putStream(source: ByteStream, options: StoreOptions): Promise<Pick<StoredFile, 'digest' | 'sizeBytes'>> {
    return await stageStream(source, {
      ...options,
      folder: this.#settings.stagingFolder,
      smallBytes: singleBytes,
      storeBytes: (bytes) => this.putContent('file', bytes),
      storeFile: (file, measured) => this.#putMeasured(file, measured, options.signal),
    });
  }

  async readWhole(kind: ContentKind, digest: Digest, maxBytes: number): Promise<Buffer> {
    return await this.#as(`reading ${digest}`, async () => {
      const parts: Buffer[] = [];
      const stream = readContent(
        this.#bucket,
        { kind, digest },
        { onHead: (head) => requireSize(head.sizeBytes, digest, maxBytes) },
      );
      for await (const piece of stream) parts.push(piece);
      const bytes = Buffer.concat(parts);
      await this.#requireDigest({ kind, digest }, `sha256:${hash('sha256', bytes, 'hex')}` as Digest);
      return bytes;
    });
  }

  async copyOut({ digest, destination, mode }: CopyTarget, { signal }: StoreOptions): Promise<void> {
    await this.#as(`copying ${digest}`, async () => {
      await using target = await open(destination, 'wx', mode);
      const state = createHash('sha256');
      for await (const piece of readContent(this.#bucket, { kind: 'file', digest }, { signal })) {
        state.update(piece);
        await target.write(piece);
      }
      await this.#requireDigest({ kind: 'file', digest }, `sha256:${state.digest('hex')}` as Digest);
    });
  }

  open(digest: Digest, range?: ByteRange): Readable {
    const chunks = range === undefined ? this.#chunks(digest) : this.#part(digest, range);
    return Readable.from(chunks, { objectMode: false });
  }

  async linkTo(digest: Digest, { expiresInS, mediaType, disposition }: LinkOptions): Promise<string> {
    return await this.#as(`linking to ${digest}`, async () => {
      await this.#verified.etagOf(digest, (key) => this.#bucket.head(key));
      const query = [
        ['response-content-disposition', disposition],
        ['response-content-type', mediaType],
      ] as const;
      const key = contentKey({ kind: 'file', digest });
      return await this.#bucket.linkTo(key, { atMs: now(), expiresInS, query });
    });
  }

  async verifyFile(digest: Digest, options: StoreOptions): Promise<void> {
    await this.#as(`verifying ${digest}`, () => this.#requireWhole('file', digest, options));
  }

  async isThere(part: ContentPart): Promise<boolean> {
    return await this.#as(`looking for ${part.digest}`, () => this.#isStored(part));
  }

  async renew(part: ContentPart): Promise<boolean> {
    return await this.#as(`renewing ${part.digest}`, async () => {
      if (!(await this.#isStored(part))) return false;
      await stamp(this.#bucket, part);
      const state = await settledState(this.#bucket, part);
      const [isStored] = await Promise.all([
        this.#isStored(part),
        tidyState(this.#bucket, part, { ...state, isDamaged: false }),
      ]);
      return isStored;
    });
  }

  async *list(): AsyncIterable<StoredItem> {
    try {
      yield* listContent(this.#bucket);
    } catch (error) {
      throw s3Error(error, 'listing the artifact store', this.#settings);
    }
  }

  async remove(kind: ContentKind, digest: Digest, storedBeforeMs: number): Promise<boolean> {
    return await this.#as(`removing ${digest}`, () => removeContent(this.#bucket, { kind, digest }, storedBeforeMs));
  }

  async removeUnfinished(begunBeforeMs: number): Promise<number> {
    return await this.#as('removing unfinished uploads', async () => {
      const staged = await clearStaging(this.#settings.stagingFolder);
      return staged + (await removeUnfinished(this.#bucket, begunBeforeMs));
    });
  }

  async #makeReady(): Promise<void> {
    await this.prepareReading();
    await this.#as('opening the artifact store', () => writeFormat(this.#bucket));
    await clearStaging(this.#settings.stagingFolder);
  }

  async #putOpen(
    opened: Parameters<typeof requireUnchanged>[0],
    options: StoreOptions,
  ): Promise<Pick<StoredFile, 'digest' | 'sizeBytes'>> {
    const { source, before } = opened;
    if (before.size <= singleBytes) {
      const bytes = await source.readFile();
      await requireUnchanged(opened);
      return await this.putContent('file', bytes);
    }
    const measured = await measureFile(source, partBytesFor(Number(before.size)), options.signal);
    await requireUnchanged(opened);
    const stored = await this.#putMeasured(source, measured, options.signal);
    await requireUnchanged(opened);
    return stored;
  }

  #putMeasured(
    file: FileHandle,
    measured: MeasuredFile,
    signal: AbortSignal | undefined,
  ): Promise<Pick<StoredFile, 'digest' | 'sizeBytes'>> {
    const { digest, sizeBytes } = measured;
    const name = { kind: 'file', digest } as const;
    const send = async (): Promise<boolean> => {
      if (await this.#isStored({ ...name, sizeBytes })) return false;
      return await uploadFile(this.#bucket, { key: contentKey(name), file, measured, signal });
    };
    return this.#store({ ...name, sizeBytes, send, signal });
  }

  /** Sends content unless it is there, until it is there and nobody is about to remove it. */
  async #store(content: NewContent): Promise<Pick<StoredFile, 'digest' | 'sizeBytes'>> {
    const { digest, sizeBytes, signal } = content;
    return await this.#as(`storing ${digest}`, async () => {
      for (let attempt = 0; attempt < storeAttempts; attempt++) {
        // Both are there before the state is looked at; it does not matter which came first.
        await bothOf(content.send(), stamp(this.#bucket, content));
        const state = await settledState(this.#bucket, content, signal);
        const head = await this.#bucket.head(contentKey(content));
        if (head?.sizeBytes === sizeBytes) {
          await tidyState(this.#bucket, content, state);
          return { digest, sizeBytes };
        }
        if (head !== null) await setAside(this.#bucket, content, head.etag);
      }
      throw new PlatformError('ARTIFACT_STORE_IO', {
        message: `expected ${digest} in the store after it was sent ${storeAttempts} times, found that it is not there`,
      });
    });
  }

  async #isStored({ kind, digest, sizeBytes }: ContentPart): Promise<boolean> {
    const head = await this.#bucket.head(contentKey({ kind, digest }));
    return head !== null && (sizeBytes === null || head.sizeBytes === sizeBytes);
  }

  /** Compares content with its digest. @returns the ETag of what was compared */
  async #requireWhole(kind: ContentKind, digest: Digest, { signal }: StoreOptions): Promise<string> {
    const found = await this.#hashed({ kind, digest }, signal);
    await this.#requireDigest({ kind, digest }, found.digest);
    return found.etag;
  }

  async #hashed(name: ContentName, signal?: AbortSignal): Promise<{ readonly digest: Digest; readonly etag: string }> {
    const state = createHash('sha256');
    let etag = '';
    const onHead = (head: { readonly etag: string }): void => {
      etag = head.etag;
    };
    for await (const piece of readContent(this.#bucket, name, { signal, onHead })) state.update(piece);
    return { digest: `sha256:${state.digest('hex')}` as Digest, etag };
  }

  /**
   * What came with another digest is read once more: only what is wrong again is damaged, and set aside.
   * @throws PlatformError ARTIFACT_CORRUPT; ARTIFACT_STORE_IO where only the way was bad
   */
  async #requireDigest(name: ContentName, found: Digest): Promise<void> {
    const { digest } = name;
    if (found === digest) return;
    const again = await this.#hashed(name);
    if (again.digest === digest) {
      throw new PlatformError('ARTIFACT_STORE_IO', {
        message: `expected content ${digest}, received bytes with digest ${found}; read again they were right`,
        hint: 'Something between changes bytes. Use an https endpoint, then try again.',
      });
    }
    await setAside(this.#bucket, name, again.etag);
    throw new PlatformError('ARTIFACT_CORRUPT', {
      message: `expected content ${digest} in the artifact store: found bytes with digest ${again.digest}`,
      details: { digest },
    });
  }

  async *#chunks(digest: Digest): AsyncGenerator<Buffer> {
    try {
      await this.prepareReading();
      const state = createHash('sha256');
      for await (const piece of readContent(this.#bucket, { kind: 'file', digest }, {})) {
        state.update(piece);
        yield piece;
      }
      await this.#requireDigest({ kind: 'file', digest }, `sha256:${state.digest('hex')}` as Digest);
    } catch (error) {
      throw s3Error(error, `reading ${digest}`, this.#settings);
    }
  }

  async *#part(digest: Digest, range: ByteRange): AsyncGenerator<Buffer> {
    try {
      await this.prepareReading();
      const renewEtag = (): Promise<string> => this.#verified.etagOf(digest, (key) => this.#bucket.head(key));
      const etag = await renewEtag();
      if (range.end <= range.start) return;
      yield* readContent(this.#bucket, { kind: 'file', digest }, { ...range, etag, renewEtag });
    } catch (error) {
      // It begins behind the end.
      if (isFailure(error, 416)) return;
      throw s3Error(error, `reading ${digest}`, this.#settings);
    }
  }

  async #as<Result>(doing: string, work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      throw s3Error(error, doing, this.#settings);
    }
  }
}

/** Waits for both, also where one fails: what was sent is not left under way. */
async function bothOf(one: Promise<unknown>, other: Promise<unknown>): Promise<void> {
  const ended = await Promise.allSettled([one, other]);
  for (const end of ended) if (end.status === 'rejected') throw end.reason;
}

function requireSize(sizeBytes: number, digest: Digest, maxBytes: number): void {
  if (sizeBytes <= maxBytes) return;
  throw new PlatformError('ARTIFACT_TOO_LARGE', {
    message: `expected content of at most ${maxBytes} bytes, found ${digest} with ${sizeBytes}`,
  });
}
