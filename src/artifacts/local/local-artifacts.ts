import { createHash } from 'node:crypto';
import { existsSync, lstatSync, renameSync, statSync } from 'node:fs';
import { chmod, mkdir, opendir, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { type Digest, digestHex, digestOf, isDigest, newId } from '../../encoding/index.ts';
import { isPlatformError, PlatformError } from '../../errors/index.ts';
import type {
  ArtifactStore,
  ByteRange,
  ByteStream,
  ContentKind,
  PutOptions,
  ReadOptions,
  StoredContent,
  StoredItem,
  StoreOptions,
  TreeEntry,
} from '../artifact-store.ts';
import { mapLimited } from '../each-limited.ts';
import { formatManifest, maxManifestBytes, parseManifest } from '../tree-manifest.ts';
import { ContentFolder, checkDigest, corrupt } from './content-folder.ts';
import { copyHashing } from './copy-hashing.ts';
import { copyOut, openContent, putFile } from './file-content.ts';
import { asStoreError, errnoOf, storeError, throwIfCanceled } from './file-errors.ts';
import { makeFolder } from './make-folder.ts';
import { putContent } from './small-file.ts';
import { putStream } from './stream-content.ts';
import { VerifiedFiles } from './verified-files.ts';
import { kindOfSource, walkFolder } from './walk-folder.ts';

const filesAtOnce = 4;
const defaultReadBytes = 64 << 20;

/**
 * The store in a folder of this machine. Nothing is touched before the first call; the first write makes the folder.
 * Safe for any number of processes at once. Content is flushed to disk before it becomes visible.
 */
export function createLocalArtifacts(options: { readonly root: string }): ArtifactStore {
  return new LocalArtifacts(options.root);
}

/** One file on the disk of the store that some content consists of. */
interface Part {
  readonly kind: ContentKind;
  readonly digest: Digest;
  /** Null where it is not known. */
  readonly sizeBytes: number | null;
}

class LocalArtifacts implements ArtifactStore {
  readonly #folder: ContentFolder;
  readonly #verified: VerifiedFiles;

  constructor(root: string) {
    this.#folder = new ContentFolder(root);
    this.#verified = new VerifiedFiles(this.#folder);
  }

  async put(path: string, options: PutOptions = {}): Promise<StoredContent> {
    throwIfCanceled(options.signal);
    return await asStoreError(`storing ${path}`, async () => {
      const kind = kindOfSource(path);
      await this.#folder.prepareWriting();
      if (kind === 'tree') return await this.#putTree(path, options);
      const { digest, sizeBytes } = await putFile(this.#folder, path, options);
      return { digest, sizeBytes, kind };
    });
  }

  async putBytes(bytes: Uint8Array | string): Promise<StoredContent> {
    return await asStoreError('storing bytes', async () => {
      await this.#folder.prepareWriting();
      const data = typeof bytes === 'string' ? Buffer.from(bytes) : bytes;
      return { ...(await putContent(this.#folder, 'file', data)), kind: 'file' };
    });
  }

  async putStream(source: ByteStream, options: StoreOptions = {}): Promise<StoredContent> {
    throwIfCanceled(options.signal);
    return await asStoreError('storing a stream', async () => {
      await this.#folder.prepareWriting();
      return { ...(await putStream(this.#folder, source, options)), kind: 'file' };
    });
  }

  async materialize(digest: Digest, destination: string, options: ReadOptions = {}): Promise<void> {
    throwIfCanceled(options.signal);
    await asStoreError(`copying ${digest} to ${destination}`, async () => {
      const kind = await this.#kindOf(digest, options.kind);
      if (lstatSync(destination, { throwIfNoEntry: false }) !== undefined) throw destinationExists(destination);
      if (!existsSync(dirname(destination))) await makeFolder(dirname(destination));
      const temporary = join(dirname(destination), `.${newId('partial')}`);
      try {
        if (kind === 'tree') await this.#materializeTree(digest, temporary, options);
        else await copyOut(this.#folder, { digest, destination: temporary, mode: 0o644 }, options);
        renameSync(temporary, destination);
      } catch (error) {
        await rm(temporary, { force: true, recursive: true });
        throw error;
      }
    });
  }

  async read(digest: Digest, options: ReadOptions & { readonly maxBytes?: number } = {}): Promise<Buffer> {
    return await asStoreError(`reading ${digest}`, async () => {
      const kind = await this.#kindOf(digest, options.kind);
      return await this.#readWhole(kind, digest, options.maxBytes ?? defaultReadBytes);
    });
  }

  open(digest: Digest, range?: ByteRange): Readable {
    const chunks = range === undefined ? this.#chunks(digest) : this.#part(digest, range);
    return Readable.from(chunks, { objectMode: false });
  }

  async entries(digest: Digest): Promise<readonly TreeEntry[]> {
    return await asStoreError(`reading ${digest}`, async () => {
      if ((await this.#kindOf(digest, undefined)) === 'file') return [];
      return await this.#readManifest(digest);
    });
  }

  async has(digest: Digest): Promise<boolean> {
    return await this.#isWhole(digest, async (part) => {
      const found = await this.#folder.find(part.kind, part.digest, (path) => statSync(path)).catch(() => null);
      return found !== null && (part.sizeBytes === null || found.size === part.sizeBytes);
    });
  }

  async renew(digest: Digest): Promise<boolean> {
    return await this.#isWhole(digest, async (part) => {
      const touch = (): Promise<boolean> => this.#folder.touch(part.kind, part.digest, part.sizeBytes);
      if (await touch()) return true;
      await this.#folder.putBack(part.kind, part.digest);
      return await touch();
    });
  }

  async verify(digest: Digest, options: ReadOptions = {}): Promise<'ok' | 'missing' | 'corrupt'> {
    return await asStoreError(`verifying ${digest}`, async () => {
      try {
        const kind = await this.#kindOf(digest, options.kind);
        const files = kind === 'file' ? [{ digest }] : await this.#readManifest(digest);
        await mapLimited(files, filesAtOnce, (file) => this.#verifyFile(file.digest, options));
        return 'ok';
      } catch (error) {
        if (!isPlatformError(error)) throw error;
        if (error.code === 'ARTIFACT_MISSING') return 'missing';
        if (error.code === 'ARTIFACT_CORRUPT' || error.code === 'ARTIFACT_BAD_TREE') return 'corrupt';
        throw error;
      }
    });
  }

  async *list(): AsyncIterable<StoredItem> {
    await asStoreError('listing the artifact store', () => this.#folder.prepareReading());
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

  async remove(
    digest: Digest,
    options: { readonly storedBeforeMs?: number; readonly kind?: ContentKind } = {},
  ): Promise<boolean> {
    return await asStoreError(`removing ${digest}`, async () => {
      await this.#folder.prepareWriting();
      const kinds: readonly ContentKind[] = options.kind === undefined ? ['tree', 'file'] : [options.kind];
      for (const kind of kinds) {
        if (await this.#folder.remove(kind, digest, options.storedBeforeMs ?? Number.POSITIVE_INFINITY)) return true;
      }
      return false;
    });
  }

  /** Whether each part of some content is there: the file, or the manifest of a tree and then its files. */
  async #isWhole(digest: Digest, isThere: (part: Part) => Promise<boolean>): Promise<boolean> {
    return await asStoreError(`looking for ${digest}`, async () => {
      try {
        const kind = await this.#kindOf(digest, undefined);
        if (!(await isThere({ kind, digest, sizeBytes: null }))) return false;
        const files = kind === 'file' ? [] : await this.#readManifest(digest);
        const present = await mapLimited(files, filesAtOnce, (file) => isThere({ ...file, kind: 'file' }));
        return present.every(Boolean);
      } catch (error) {
        if (
          isPlatformError(error) &&
          ['ARTIFACT_MISSING', 'ARTIFACT_CORRUPT', 'ARTIFACT_BAD_TREE'].includes(error.code)
        )
          return false;
        throw error;
      }
    });
  }

  async #putTree(path: string, options: PutOptions): Promise<StoredContent> {
    const files = await walkFolder(path);
    const entries = await mapLimited(files, filesAtOnce, async (file): Promise<TreeEntry> => {
      throwIfCanceled(options.signal);
      return { path: file.path, ...(await putFile(this.#folder, file.fullPath, options)) };
    });
    const manifest = formatManifest(entries);
    if (manifest.length > maxManifestBytes) {
      throw new PlatformError('ARTIFACT_TOO_LARGE', {
        message: `expected a folder whose list of files has at most ${maxManifestBytes} bytes, found ${entries.length} files at ${path}`,
        hint: 'Put the files into fewer, larger ones, for example one Parquet file or one archive.',
      });
    }
    const { digest } = await putContent(this.#folder, 'tree', manifest);
    if (options.source === 'consume') await rm(path, { recursive: true, force: true });
    return { digest, sizeBytes: entries.reduce((sum, entry) => sum + entry.sizeBytes, 0), kind: 'tree' };
  }

  async #materializeTree(digest: Digest, destination: string, options: StoreOptions): Promise<void> {
    const entries = await this.#readManifest(digest);
    await mkdir(destination);
    const folders = new Set(entries.map((entry) => dirname(entry.path)).filter((path) => path !== '.'));
    for (const path of [...folders].sort()) await mkdir(join(destination, path), { recursive: true });
    await mapLimited(entries, filesAtOnce, async (entry) => {
      throwIfCanceled(options.signal);
      const mode = entry.executable ? 0o755 : 0o644;
      await copyOut(this.#folder, { digest: entry.digest, destination: join(destination, entry.path), mode }, options);
    });
    await chmod(destination, 0o755);
  }

  async #kindOf(digest: Digest, wanted: ContentKind | undefined): Promise<ContentKind> {
    await this.#folder.prepareReading();
    const kinds = wanted === undefined ? (['tree', 'file'] as const) : [wanted];
    const found = (await this.#firstOf(kinds, digest)) ?? (await this.#firstLeaving(kinds, digest));
    if (found === null) throw await this.#folder.absence(digest);
    return found;
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

  async #readManifest(digest: Digest): Promise<readonly TreeEntry[]> {
    return parseManifest(await this.#readWhole('tree', digest, maxManifestBytes));
  }

  async #readWhole(kind: ContentKind, digest: Digest, maxBytes: number): Promise<Buffer> {
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

  async #verifyFile(digest: Digest, options: StoreOptions): Promise<void> {
    const source = await openContent(this.#folder, 'file', digest);
    try {
      const { size: sizeBytes } = await source.stat();
      const found = await copyHashing(source, null, { signal: options.signal, sizeBytes, flush: 'never' });
      await checkDigest(this.#folder, digest, found.digest);
    } finally {
      await source.close();
    }
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

function destinationExists(destination: string): PlatformError {
  return new PlatformError('ARTIFACT_DESTINATION_EXISTS', {
    message: `expected nothing at ${destination}, found ${basename(destination)} there`,
    details: { destination },
  });
}
