import type { FileHandle } from 'node:fs/promises';
import type { Digest } from '../../encoding/index.ts';
import { copyHashing } from '../files/copy-hashing.ts';
import { type ContentFolder, checkDigest } from './content-folder.ts';

const mostRemembered = 10_000;

/** Remembers which files were found right, as long as they are the same file of the same size and time. */
export class VerifiedFiles {
  readonly #folder: ContentFolder;
  /** By digest: what the file looked like, and the comparison, which may still be under way. */
  readonly #known = new Map<Digest, { readonly look: string; readonly check: Promise<void> }>();

  constructor(folder: ContentFolder) {
    this.#folder = folder;
  }

  /** Compares an open file with its digest, unless that was done. @throws PlatformError ARTIFACT_CORRUPT */
  async verify(digest: Digest, source: FileHandle): Promise<void> {
    const { dev, ino, size, mtimeNs } = await source.stat({ bigint: true });
    const look = `${dev}:${ino}:${size}:${mtimeNs}`;
    const known = this.#known.get(digest);
    if (known?.look === look) return await known.check;
    const check = this.#compare(digest, { source, sizeBytes: Number(size) });
    this.#known.set(digest, { look, check });
    check.catch(() => this.#known.delete(digest));
    this.#forgetOldest();
    await check;
  }

  async #compare(digest: Digest, file: { readonly source: FileHandle; readonly sizeBytes: number }): Promise<void> {
    const hashed = await copyHashing(file.source, null, { sizeBytes: file.sizeBytes, flush: 'never' });
    await checkDigest(this.#folder, digest, hashed.digest);
  }

  #forgetOldest(): void {
    const oldest = this.#known.keys().next();
    if (this.#known.size > mostRemembered && oldest.done !== true) this.#known.delete(oldest.value);
  }
}
