/**
 * Brings SQLite's write-ahead log to the disk without stopping the thread. SQLite itself would flush at each commit, on the calling
 * thread, before others see it; here a commit is seen at once, and its caller waits for a flush that began after it. Commits that wait together share
 * one. What is on the disk is always a beginning of the log: whatever was done after somebody saw a commit comes after it there, too.
 *
 * A flush that failed is not tried again: what it was to bring to the disk may be gone from memory, and the next one would
 * succeed without it. From then on every flush fails; a program that opens the file anew goes on from what is on the disk.
 *
 * The file of the log stays the same while a connection is open; nobody takes locks on it that closing another handle of it would release.
 * @see https://www.sqlite.org/wal.html "Performance considerations", on `synchronous = normal`
 */
import { type FileHandle, open } from 'node:fs/promises';

/** Flushes the log of one open connection. */
export class LogFlush {
  readonly #path: string;
  #file: Promise<FileHandle> | null = null;
  #running: Promise<void> | null = null;
  #next: Promise<void> | null = null;
  #failure: { readonly error: unknown } | null = null;

  /** `database` is the path of the database. */
  constructor(database: string) {
    this.#path = `${database}-wal`;
  }

  /** Ends when everything that was committed before the call is on the disk. @throws what the file system says */
  flush(): Promise<void> {
    if (this.#running === null) return this.#start();
    // One that runs may have begun before the commit; the next one serves all who ask until it begins.
    this.#next ??= this.#running.then(
      () => this.#start(),
      () => this.#start(),
    );
    return this.#next;
  }

  /** Waits for a flush that runs and lets go of the file. */
  async close(): Promise<void> {
    await this.#next?.catch(() => undefined);
    await this.#running?.catch(() => undefined);
    await (await this.#file?.catch(() => null))?.close();
    this.#file = null;
  }

  #start(): Promise<void> {
    this.#next = null;
    const running = this.#datasync().finally(() => {
      if (this.#running === running) this.#running = null;
    });
    this.#running = running;
    return running;
  }

  async #datasync(): Promise<void> {
    if (this.#failure !== null) throw this.#failure.error;
    try {
      this.#file ??= open(this.#path, 'r+');
      await (await this.#file).datasync();
    } catch (error) {
      this.#failure = { error };
      throw error;
    }
  }
}
