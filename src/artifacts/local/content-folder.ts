/**
 * The folder of a local store.
 *
 *   format.json     {"format":1}
 *   blobs/ab/cdef…  bytes of a file, read-only, named by their SHA-256
 *   trees/ab/cdef…  manifest of a tree, read-only, named by its SHA-256
 *   temp/           unfinished files, named by the process that writes them
 *   corrupt/        what was found under a name that is not its digest
 *
 * Content becomes visible by one `link` of a file that is whole and flushed; `link` never replaces what is there. The
 * modification time says when content was last stored: storing equal content again only touches it, and `remove` looks
 * at the time after taking the file out of sight, so that a collection never removes what a run has just stored.
 */
import { chmod, link, lstat, open, readFile, rename, stat, unlink, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Digest, digestHex, now, writeFileAtomically } from '../../encoding/index.ts';
import { PlatformError } from '../../errors/index.ts';
import type { ContentKind } from '../artifact-store.ts';
import { errnoOf } from './file-errors.ts';
import { makeFolder } from './make-folder.ts';
import { removeAbandoned, stagingName } from './staging.ts';

const formatVersion = 1;
/** Reasons for which `link` is not possible on a file system where `rename` is. */
const linkRefusals = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK', 'ENOSYS'];

/** Paths, visibility and removal of content in one folder. Knows nothing of what the bytes mean. */
export class ContentFolder {
  readonly root: string;
  #readable: Promise<void> | null = null;
  #writable: Promise<void> | null = null;
  readonly #shards = new Set<string>();

  constructor(root: string) {
    this.root = root;
  }

  /** Where content of a digest is or would be. */
  pathOf(kind: ContentKind, digest: Digest): string {
    const hex = digestHex(digest);
    return join(this.root, kind === 'file' ? 'blobs' : 'trees', hex.slice(0, 2), hex.slice(2));
  }

  /** A new path for an unfinished file on the file system of the store. */
  newStagingPath(): string {
    return join(this.root, 'temp', stagingName());
  }

  /** Checks once that this program can read the store. @throws PlatformError ARTIFACT_STORE_NEWER */
  prepareReading(): Promise<void> {
    this.#readable ??= this.#checkFormat().catch((error: unknown) => {
      this.#readable = null;
      throw error;
    });
    return this.#readable;
  }

  /** Makes the folders once and removes what killed processes left. @throws PlatformError ARTIFACT_STORE_NEWER */
  prepareWriting(): Promise<void> {
    this.#writable ??= this.#makeFolders().catch((error: unknown) => {
      this.#writable = null;
      throw error;
    });
    return this.#writable;
  }

  /** Whether content of exactly this size is there; marks it as stored now. Content of another size is set aside. */
  async touch(kind: ContentKind, digest: Digest, sizeBytes: number): Promise<boolean> {
    const path = this.pathOf(kind, digest);
    try {
      if ((await stat(path)).size !== sizeBytes) {
        await this.setAside(kind, digest);
        return false;
      }
      const seconds = now() / 1000;
      await utimes(path, seconds, seconds);
      return true;
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return false;
      if (['EROFS', 'EACCES', 'EPERM'].includes(errnoOf(error) ?? '')) return true;
      throw error;
    }
  }

  /**
   * Makes a whole and flushed file visible under its digest and removes its old name. Where equal content got there
   * first that stays.
   */
  async install(path: string, kind: ContentKind, digest: Digest): Promise<void> {
    const final = this.pathOf(kind, digest);
    const shard = dirname(final);
    if (!this.#shards.has(shard)) await makeFolder(shard);
    this.#shards.add(shard);
    await chmod(path, 0o444);
    try {
      await link(path, final);
      await unlink(path);
    } catch (error) {
      const errno = errnoOf(error) ?? '';
      if (errno === 'EEXIST') await unlink(path);
      else if (linkRefusals.includes(errno)) await rename(path, final);
      else throw error;
    }
    await flushFolder(shard);
    await unlink(this.#corruptPath(digest)).catch(() => undefined);
  }

  /** Takes damaged content out of its name and keeps it for examination. Does nothing where the store is read-only. */
  async setAside(kind: ContentKind, digest: Digest): Promise<void> {
    await makeFolder(join(this.root, 'corrupt')).catch(() => undefined);
    await rename(this.pathOf(kind, digest), this.#corruptPath(digest)).catch(() => undefined);
  }

  /** The error for content that is not there: CORRUPT where it was set aside before, else MISSING. */
  async absence(digest: Digest): Promise<PlatformError> {
    const damaged = await lstat(this.#corruptPath(digest)).catch(() => null);
    if (damaged !== null) return corrupt(digest, 'its bytes were found damaged and set aside');
    return new PlatformError('ARTIFACT_MISSING', {
      message: `expected content ${digest} in the artifact store, found none`,
      details: { digest },
    });
  }

  /** Removes content unless it was stored at or after an instant. @returns whether it was removed */
  async remove(kind: ContentKind, digest: Digest, storedBeforeMs: number): Promise<boolean> {
    const path = this.pathOf(kind, digest);
    const taken = this.newStagingPath();
    try {
      if ((await stat(path)).mtimeMs >= storedBeforeMs) return false;
      await rename(path, taken);
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return false;
      throw error;
    }
    if ((await stat(taken)).mtimeMs >= storedBeforeMs) {
      await this.install(taken, kind, digest);
      return false;
    }
    await unlink(taken);
    return true;
  }

  #corruptPath(digest: Digest): string {
    return join(this.root, 'corrupt', digestHex(digest));
  }

  async #checkFormat(): Promise<void> {
    const text = await readFile(join(this.root, 'format.json'), 'utf8').catch((error: unknown) => {
      if (errnoOf(error) === 'ENOENT') return null;
      throw error;
    });
    if (text === null) return;
    const found = readFormat(text);
    if (found === formatVersion) return;
    throw new PlatformError('ARTIFACT_STORE_NEWER', {
      message: `expected an artifact store of format ${formatVersion} at ${this.root}, found ${found ?? 'an unreadable format.json'}`,
    });
  }

  async #makeFolders(): Promise<void> {
    await this.prepareReading();
    for (const name of ['blobs', 'trees', 'temp', 'corrupt']) await makeFolder(join(this.root, name));
    const format = join(this.root, 'format.json');
    if ((await lstat(format).catch(() => null)) === null) {
      await writeFileAtomically(format, `${JSON.stringify({ format: formatVersion })}\n`);
    }
    await removeAbandoned(join(this.root, 'temp'));
  }
}

/** The error for content whose bytes do not have its digest. */
export function corrupt(digest: Digest, found: string): PlatformError {
  return new PlatformError('ARTIFACT_CORRUPT', {
    message: `expected content ${digest} in the artifact store: ${found}`,
    details: { digest },
  });
}

function readFormat(text: string): number | null {
  try {
    const found: unknown = (JSON.parse(text) as { format?: unknown }).format;
    return typeof found === 'number' ? found : null;
  } catch {
    return null;
  }
}

async function flushFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
