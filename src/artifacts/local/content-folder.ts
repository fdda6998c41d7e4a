/**
 * The folder of a local store.
 *
 *   format.json     {"format":1}
 *   blobs/ab/cdef…  bytes of a file, read-only, named by their SHA-256
 *   trees/ab/cdef…  manifest of a tree, read-only, named by its SHA-256
 *   temp/           unfinished files, and content that is about to be removed, named by the process that does it
 *   corrupt/        what was found under a name that is not its digest
 *
 * Content becomes visible by one `link` of a file that is whole and flushed; `link` never replaces what is there. The
 * modification time says when content was last stored: storing equal content again only touches it, and `remove` looks
 * at the time after taking the file out of sight, so that a collection never removes what a run has just stored. Whoever
 * misses content looks for it among what is out of sight and puts it back, and so does whoever finds a killed collection.
 *
 * What the kernel answers from memory (names, times, a small file's bytes) is called in place, because handing it to
 * another thread takes several times as long; what waits for the disk is handed over.
 */
import {
  chmodSync,
  closeSync,
  existsSync,
  fsync,
  linkSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from 'node:fs';
import { lstat, readdir, readFile, rename, rm, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { type Digest, digestHex, now, writeFileAtomically } from '../../encoding/index.ts';
import { PlatformError } from '../../errors/index.ts';
import type { ContentKind } from '../artifact-store.ts';
import { errnoOf } from '../files/file-errors.ts';
import { makeFolder } from '../files/make-folder.ts';
import { isAbandoned, leavingName, leavingOf, stagingName } from '../files/staging.ts';

const formatVersion = 1;
const flush = promisify(fsync);
/** Reasons for which `link` is not possible on a file system where `rename` is. */
const linkRefusals = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK', 'ENOSYS'];

/** Paths, visibility and removal of content in one folder. Knows nothing of what the bytes mean. */
export class ContentFolder {
  readonly root: string;
  #readable: Promise<void> | null = null;
  #writable: Promise<void> | null = null;
  #device: Promise<bigint> | null = null;
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

  /** The number of the file system that the store lies on; asked once, after the folder was made. */
  device(): Promise<bigint> {
    this.#device ??= stat(this.root, { bigint: true }).then((found) => found.dev);
    return this.#device;
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

  /**
   * Whether content is there; marks it as stored now. Content of another than the expected size is set aside.
   * @param sizeBytes null where it is not known
   */
  async touch(kind: ContentKind, digest: Digest, sizeBytes: number | null): Promise<boolean> {
    const path = this.pathOf(kind, digest);
    try {
      const found = statSync(path, { throwIfNoEntry: false });
      if (found === undefined) return false;
      if (sizeBytes !== null && found.size !== sizeBytes) {
        await this.setAside(kind, digest);
        return false;
      }
      const seconds = now() / 1000;
      utimesSync(path, seconds, seconds);
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
    chmodSync(path, 0o444);
    try {
      linkSync(path, final);
      rmSync(path, { force: true });
    } catch (error) {
      const errno = errnoOf(error) ?? '';
      if (errno === 'EEXIST') rmSync(path, { force: true });
      else if (linkRefusals.includes(errno)) renameSync(path, final);
      else throw error;
    }
    await flushFolder(shard);
    const damaged = this.#corruptPath(digest);
    if (existsSync(damaged)) await unlink(damaged).catch(() => undefined);
  }

  /** The same for a file that the store did not make itself, and that may be old; false where it cannot be moved there. */
  async take(path: string, digest: Digest): Promise<boolean> {
    try {
      const seconds = now() / 1000;
      utimesSync(path, seconds, seconds);
      await this.install(path, 'file', digest);
      return true;
    } catch (error) {
      if (['EPERM', 'EXDEV'].includes(errnoOf(error) ?? '')) return false;
      throw error;
    }
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
    const taken = join(this.root, 'temp', leavingName(kind, digest));
    try {
      if ((await stat(path)).mtimeMs >= storedBeforeMs) return false;
      await rename(path, taken);
      if ((await stat(taken)).mtimeMs >= storedBeforeMs) {
        await this.install(taken, kind, digest);
        return false;
      }
      await unlink(taken);
      // From here on nobody can put it back; who missed it before may have done so, and who made it again stored it anew.
      return (await lstat(path).catch(() => null)) === null;
    } catch (error) {
      // Somebody else removed it, or missed it and put it back.
      if (errnoOf(error) === 'ENOENT') return false;
      throw error;
    }
  }

  /**
   * Looks content up; where it is not there, once more after putting back what a collection had just taken out of sight.
   * @param look gets the path; fails with ENOENT where nothing is there
   */
  async find<Found>(kind: ContentKind, digest: Digest, look: (path: string) => Found | Promise<Found>): Promise<Found> {
    const path = this.pathOf(kind, digest);
    try {
      return await look(path);
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw error;
      await this.putBack(kind, digest);
      return await look(path);
    }
  }

  /** Puts content back that a collection has taken out of sight and not removed yet. */
  async putBack(kind: ContentKind, digest: Digest): Promise<void> {
    const temporary = join(this.root, 'temp');
    for (const name of await readdir(temporary).catch(() => [])) {
      const leaving = leavingOf(name);
      if (leaving?.kind === kind && leaving.digest === digest) await this.#reinstall(join(temporary, name), leaving);
    }
  }

  /** The same as `install`, of what may be gone meanwhile. */
  async #reinstall(path: string, content: { readonly kind: ContentKind; readonly digest: Digest }): Promise<void> {
    try {
      await this.install(path, content.kind, content.digest);
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw error;
    }
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
    await this.clearTemp();
  }

  /** Removes unfinished files of killed processes, and puts back what a killed collection had out of sight. @returns how many */
  async clearTemp(): Promise<number> {
    const temporary = join(this.root, 'temp');
    let count = 0;
    for (const name of await readdir(temporary)) {
      const path = join(temporary, name);
      if (!(await isAbandoned(path))) continue;
      const leaving = leavingOf(name);
      if (leaving === null) await rm(path, { force: true, recursive: true });
      else await this.#reinstall(path, leaving);
      count++;
    }
    return count;
  }
}

/** Sets content aside and throws where the digest of its bytes is another. @throws PlatformError ARTIFACT_CORRUPT */
export async function checkDigest(folder: ContentFolder, expected: Digest, found: Digest): Promise<void> {
  if (found === expected) return;
  await folder.setAside('file', expected);
  throw corrupt(expected, `found bytes with digest ${found}`);
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
  const folder = openSync(path, 'r');
  try {
    await flush(folder);
  } finally {
    closeSync(folder);
  }
}
