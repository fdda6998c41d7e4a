/** A store of files and trees, made of one that knows files only: a tree is a manifest, and the files that it names. */
import { existsSync, lstatSync, renameSync } from 'node:fs';
import { chmod, mkdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { type Digest, newId } from '../encoding/index.ts';
import { isPlatformError, PlatformError } from '../errors/index.ts';
import type {
  ArtifactStore,
  ByteRange,
  ByteStream,
  ContentKind,
  LinkOptions,
  PutOptions,
  ReadOptions,
  StoredContent,
  StoredItem,
  StoreOptions,
  TreeEntry,
} from './artifact-store.ts';
import { mapLimited } from './each-limited.ts';
import type { ContentPart, FileStore } from './file-store.ts';
import { asStoreError, throwIfCanceled } from './files/file-errors.ts';
import { makeFolder } from './files/make-folder.ts';
import { kindOfSource, walkFolder } from './files/walk-folder.ts';
import { formatManifest, maxManifestBytes, parseManifest } from './tree-manifest.ts';

const defaultReadBytes = 64 << 20;
const absences: readonly string[] = ['ARTIFACT_MISSING', 'ARTIFACT_CORRUPT', 'ARTIFACT_BAD_TREE'];

/** A store over what an adapter does with single files. */
export function composeStore(files: FileStore): ArtifactStore {
  return new ComposedStore(files);
}

class ComposedStore implements ArtifactStore {
  readonly #files: FileStore;

  constructor(files: FileStore) {
    this.#files = files;
  }

  async put(path: string, options: PutOptions = {}): Promise<StoredContent> {
    throwIfCanceled(options.signal);
    return await asStoreError(`storing ${path}`, async () => {
      const kind = kindOfSource(path);
      await this.#files.prepareWriting();
      if (kind === 'tree') return await this.#putTree(path, options);
      const { digest, sizeBytes } = await this.#files.putFile(path, options);
      return { digest, sizeBytes, kind };
    });
  }

  async putBytes(bytes: Uint8Array | string): Promise<StoredContent> {
    return await asStoreError('storing bytes', async () => {
      await this.#files.prepareWriting();
      const data = typeof bytes === 'string' ? Buffer.from(bytes) : bytes;
      return { ...(await this.#files.putContent('file', data)), kind: 'file' };
    });
  }

  async putStream(source: ByteStream, options: StoreOptions = {}): Promise<StoredContent> {
    throwIfCanceled(options.signal);
    return await asStoreError('storing a stream', async () => {
      await this.#files.prepareWriting();
      return { ...(await this.#files.putStream(source, options)), kind: 'file' };
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
        else await this.#files.copyOut({ digest, destination: temporary, mode: 0o644 }, options);
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
      return await this.#files.readWhole(kind, digest, options.maxBytes ?? defaultReadBytes);
    });
  }

  open(digest: Digest, range?: ByteRange): Readable {
    return this.#files.open(digest, range);
  }

  async linkTo(digest: Digest, link: LinkOptions): Promise<string | null> {
    return await asStoreError(`linking to ${digest}`, async () => {
      await this.#files.prepareReading();
      return await this.#files.linkTo(digest, link);
    });
  }

  async entries(digest: Digest): Promise<readonly TreeEntry[]> {
    return await asStoreError(`reading ${digest}`, async () => {
      if ((await this.#kindOf(digest, undefined)) === 'file') return [];
      return await this.#readManifest(digest);
    });
  }

  async has(digest: Digest): Promise<boolean> {
    return await this.#isWhole(digest, (part) => this.#files.isThere(part));
  }

  async renew(digest: Digest): Promise<boolean> {
    return await this.#isWhole(digest, (part) => this.#files.renew(part));
  }

  async verify(digest: Digest, options: ReadOptions = {}): Promise<'ok' | 'missing' | 'corrupt'> {
    return await asStoreError(`verifying ${digest}`, async () => {
      try {
        const kind = await this.#kindOf(digest, options.kind);
        const files = kind === 'file' ? [{ digest }] : await this.#readManifest(digest);
        await mapLimited(files, this.#files.filesAtOnce, (file) => this.#files.verifyFile(file.digest, options));
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
    await asStoreError('listing the artifact store', () => this.#files.prepareReading());
    yield* this.#files.list();
  }

  async remove(
    digest: Digest,
    options: { readonly storedBeforeMs?: number; readonly kind?: ContentKind } = {},
  ): Promise<boolean> {
    return await asStoreError(`removing ${digest}`, async () => {
      await this.#files.prepareWriting();
      const kinds: readonly ContentKind[] = options.kind === undefined ? ['tree', 'file'] : [options.kind];
      for (const kind of kinds) {
        if (await this.#files.remove(kind, digest, options.storedBeforeMs ?? Number.POSITIVE_INFINITY)) return true;
      }
      return false;
    });
  }

  async removeUnfinished(begunBeforeMs: number): Promise<number> {
    return await asStoreError('removing what was left unfinished', async () => {
      await this.#files.prepareWriting();
      return await this.#files.removeUnfinished(begunBeforeMs);
    });
  }

  /** Whether each part of some content is there: the file, or the manifest of a tree and then its files. */
  async #isWhole(digest: Digest, isThere: (part: ContentPart) => Promise<boolean>): Promise<boolean> {
    return await asStoreError(`looking for ${digest}`, async () => {
      try {
        const kind = await this.#kindOf(digest, undefined);
        if (!(await isThere({ kind, digest, sizeBytes: null }))) return false;
        const files = kind === 'file' ? [] : await this.#readManifest(digest);
        const present = await mapLimited(files, this.#files.filesAtOnce, (file) => isThere({ ...file, kind: 'file' }));
        return present.every(Boolean);
      } catch (error) {
        if (isPlatformError(error) && absences.includes(error.code)) return false;
        throw error;
      }
    });
  }

  async #putTree(path: string, options: PutOptions): Promise<StoredContent> {
    const files = await walkFolder(path);
    const entries = await mapLimited(files, this.#files.filesAtOnce, async (file): Promise<TreeEntry> => {
      throwIfCanceled(options.signal);
      return { path: file.path, ...(await this.#files.putFile(file.fullPath, options)) };
    });
    const manifest = formatManifest(entries);
    if (manifest.length > maxManifestBytes) {
      throw new PlatformError('ARTIFACT_TOO_LARGE', {
        message: `expected a folder whose list of files has at most ${maxManifestBytes} bytes, found ${entries.length} files at ${path}`,
        hint: 'Put the files into fewer, larger ones, for example one Parquet file or one archive.',
      });
    }
    const { digest } = await this.#files.putContent('tree', manifest);
    if (options.source === 'consume') await rm(path, { recursive: true, force: true });
    return { digest, sizeBytes: entries.reduce((sum, entry) => sum + entry.sizeBytes, 0), kind: 'tree' };
  }

  async #materializeTree(digest: Digest, destination: string, options: StoreOptions): Promise<void> {
    const entries = await this.#readManifest(digest);
    await mkdir(destination);
    const folders = new Set(entries.map((entry) => dirname(entry.path)).filter((path) => path !== '.'));
    for (const path of [...folders].sort()) await mkdir(join(destination, path), { recursive: true });
    await mapLimited(entries, this.#files.filesAtOnce, async (entry) => {
      throwIfCanceled(options.signal);
      const mode = entry.executable ? 0o755 : 0o644;
      await this.#files.copyOut({ digest: entry.digest, destination: join(destination, entry.path), mode }, options);
    });
    await chmod(destination, 0o755);
  }

  async #kindOf(digest: Digest, wanted: ContentKind | undefined): Promise<ContentKind> {
    await this.#files.prepareReading();
    return await this.#files.kindOf(digest, wanted === undefined ? ['tree', 'file'] : [wanted]);
  }

  async #readManifest(digest: Digest): Promise<readonly TreeEntry[]> {
    return parseManifest(await this.#files.readWhole('tree', digest, maxManifestBytes));
  }
}

function destinationExists(destination: string): PlatformError {
  return new PlatformError('ARTIFACT_DESTINATION_EXISTS', {
    message: `expected nothing at ${destination}, found ${basename(destination)} there`,
    details: { destination },
  });
}
