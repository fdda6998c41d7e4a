import { createHash } from 'node:crypto';
import { lstatSync, statSync } from 'node:fs';
import { opendir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type Digest, digestHex, digestOf, isDigest } from '../../encoding/index.ts';
import { PlatformError } from '../../errors/index.ts';
import type {
  ArtifactStore,
  ByteRange,
  ByteStream,
  ContentKind,
  PutOptions,
  StoredItem,
  StoreOptions,
} from '../artifact-store.ts';
import { composeStore } from '../compose-store.ts';
import type { ContentPart, CopyTarget, FileStore } from '../file-store.ts';
import { copyHashing } from '../files/copy-hashing.ts';
import { errnoOf, storeError } from '../files/file-errors.ts';
import type { StoredFile } from '../files/source-file.ts';
import { ContentFolder, checkDigest, corrupt } from './content-folder.ts';
import { copyOut, openContent, putFile } from './file-content.ts';
import { putContent } from './small-file.ts';
import { putStream } from './stream-content.ts';
import { VerifiedFiles } from './verified-files.ts';

/**
 * The store in a folder of this machine. Nothing is touched before the first call; the first write makes the folder.
 * Safe for any number of processes at once. Content is flushed to disk before it becomes visible.
 */
export function createLocalArtifacts(options: { readonly root: string }): ArtifactStore {
  return composeStore(new LocalFiles(options.root));
}

class LocalFiles implements FileStore {
  readonly filesAtOnce = 4;
  readonly #folder: ContentFolder;
  readonly #verified: VerifiedFiles;

  constructor(root: string) {
    this.#folder = new ContentFolder(root);
    this.#verified = new VerifiedFiles(this.#folder);
  }

  prepareReading(): Promise<void> {
    return this.#folder.prepareReading();
  }

  prepareWriting(): Promise<void> {
    return this.#folder.prepareWriting();
  }

  async kindOf(digest: Digest, kinds: readonly ContentKind[]): Promise<ContentKind> {
    const found = (await this.#firstOf(kinds, digest)) ?? (await this.#firstLeaving(kinds, digest));
    if (found === null) throw await this.#folder.absence(digest);
    return found;
  }

  putFile(path: string, options: PutOptions): Promise<StoredFile> {
    return putFile(this.#folder, path, options);
  }

  putContent(kind: ContentKind, bytes: Uint8Array): Promise<Pick<StoredFile, 'digest' | 'sizeBytes'>> {
    return putContent(this.#folder, kind, bytes);
  }

  putStream(source: ByteStream, options: StoreOptions): Promise<Pick<StoredFile, 'digest' | 'sizeBytes'>> {
    return putStream(this.#folder, source, options);
  }

  copyOut(target: CopyTarget, options: StoreOptions): Promise<void> {
    return copyOut(this.#folder, target, options);
  }

  open(digest: Digest, range?: ByteRange): Readable {
    const chunks = range === undefined ? this.#chunks(digest) : this.#part(digest, range);
    return Readable.from(chunks, { objectMode: false });
  }

  /** What lies in a folder nobody reaches but through this program. */
  async linkTo(): Promise<null> {
    return null;
  }

  async isThere(part: ContentPart): Promise<boolean> {
    const found = await this.#folder.find(part.kind, part.digest, (path) => statSync(path)).catch(() => null);
    return found !== null && (part.sizeBytes === null || found.size === part.sizeBytes);
  }

  async renew(part: ContentPart): Promise<boolean> {
    const touch = (): Promise<boolean> => this.#folder.touch(part.kind, part.digest, part.sizeBytes);
    if (await touch()) return true;
    await this.#folder.putBack(part.kind, part.digest);
    return await touch();
  }

  async *list(): AsyncIterable<StoredItem> {
    for (const kind of ['file', 'tree'] as const) {
      const shards = join(this.#folder.root, kind === 'file' ? 'blobs' : 'trees');
      for await (const shard of namesIn(shards)) {
        for await (const name of namesIn(join(shards, shard))) {
          const digest = `sha256:${shard}${name}`;
          const found = isDigest(digest) ? await stat(join(shards, shard, name)).catch(() => null) : null;
          if (found !== null)
            yield { digest: digest as Digest, kind, sizeBytes: found.size, storedAtMs: found.mtimeMs };
        }
      }
    }
  }

  remove(kind: ContentKind, digest: Digest, storedBeforeMs: number): Promise<boolean> {
    return this.#folder.remove(kind, digest, storedBeforeMs);
  }

  removeUnfinished(): Promise<number> {
    return this.#folder.clearTemp();
  }

  async readWhole(kind: ContentKind, digest: Digest, maxBytes: number): Promise<Buffer> {
    const source = await openContent(this.#folder, kind, digest);
    try {
      const { size } = await source.stat();
      if (size > maxBytes) {
        throw new PlatformError('ARTIFACT_TOO_LARGE', {
          message: `expected content of at most ${maxBytes} bytes, found ${digest} with ${size}`,
        });
      }
      const bytes = await source.readFile();
      const found = digestOf(bytes);
      if (found === digest) return bytes;
      await this.#folder.setAside(kind, digest);
      throw corrupt(digest, `found bytes with digest ${found}`);
    } finally {
      await source.close();
    }
  }

  async verifyFile(digest: Digest, options: StoreOptions): Promise<void> {
    const source = await openContent(this.#folder, 'file', digest);
    try {
      const { size: sizeBytes } = await source.stat();
      const found = await copyHashing(source, null, { signal: options.signal, sizeBytes, flush: 'never' });
      await checkDigest(this.#folder, digest, found.digest);
    } finally {
      await source.close();
    }
  }

  async #firstOf(kinds: readonly ContentKind[], digest: Digest): Promise<ContentKind | null> {
    for (const kind of kinds) {
      if (lstatSync(this.#folder.pathOf(kind, digest), { throwIfNoEntry: false }) !== undefined) return kind;
    }
    return null;
  }

  /** The same, after putting back what a collection had just taken out of sight. */
  async #firstLeaving(kinds: readonly ContentKind[], digest: Digest): Promise<ContentKind | null> {
    for (const kind of kinds) await this.#folder.putBack(kind, digest);
    return await this.#firstOf(kinds, digest);
  }

  async *#chunks(digest: Digest): AsyncGenerator<Buffer> {
    try {
      await this.#folder.prepareReading();
      const source = await openContent(this.#folder, 'file', digest);
      const state = createHash('sha256');
      for await (const chunk of source.createReadStream({ highWaterMark: 1 << 18 }) as AsyncIterable<Buffer>) {
        state.update(chunk);
        yield chunk;
      }
      await checkDigest(this.#folder, digest, `sha256:${state.digest('hex')}` as Digest);
    } catch (error) {
      throw storeError(error, `reading ${digestHex(digest)}`);
    }
  }

  async *#part(digest: Digest, range: ByteRange): AsyncGenerator<Buffer> {
    try {
      await this.#folder.prepareReading();
      await using source = await openContent(this.#folder, 'file', digest);
      await this.#verified.verify(digest, source);
      if (range.end <= range.start) return;
      const part = { start: range.start, end: range.end - 1, highWaterMark: 1 << 18, autoClose: false };
      for await (const chunk of source.createReadStream(part) as AsyncIterable<Buffer>) yield chunk;
    } catch (error) {
      throw storeError(error, `reading ${digestHex(digest)}`);
    }
  }
}

async function* namesIn(path: string): AsyncGenerator<string> {
  try {
    for await (const entry of await opendir(path)) yield entry.name;
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw storeError(error, 'listing the artifact store');
  }
}
