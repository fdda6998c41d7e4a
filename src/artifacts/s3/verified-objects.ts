import type { Digest } from '../../encoding/index.ts';
import { type ContentName, contentKey } from './content-state.ts';

const mostRemembered = 10_000;

/** Remembers which objects were found right, by their ETags: an object of the same ETag has the same bytes. */
export class VerifiedObjects {
  readonly #verify: (digest: Digest) => Promise<string>;
  readonly #known = new Map<Digest, Promise<string>>();

  /** @param verify compares a file with its digest, and gives the ETag of what it compared */
  constructor(verify: (digest: Digest) => Promise<string>) {
    this.#verify = verify;
  }

  /** The ETag of a file that was compared with its digest, and is as it was then. @throws PlatformError ARTIFACT_CORRUPT */
  async etagOf(digest: Digest, head: (key: string) => Promise<{ readonly etag: string } | null>): Promise<string> {
    const known = this.#known.get(digest);
    if (known !== undefined) {
      const name: ContentName = { kind: 'file', digest };
      const [etag, found] = await Promise.all([known, head(contentKey(name))]);
      if (found?.etag === etag) return etag;
      this.#known.delete(digest);
    }
    const check = this.#verify(digest);
    this.#known.set(digest, check);
    check.catch(() => this.#known.delete(digest));
    this.#forgetOldest();
    return await check;
  }

  #forgetOldest(): void {
    const oldest = this.#known.keys().next();
    if (this.#known.size > mostRemembered && oldest.done !== true) this.#known.delete(oldest.value);
  }
}
