import { AsyncLocalStorage } from 'node:async_hooks';
import { resolve } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { monotonicMs } from '../../encoding/index.ts';
import { assert } from '../../errors/index.ts';

const current = new AsyncLocalStorage<Turns>();

/** How long turns follow each other, in milliseconds, before the event loop has one. */
const loopEveryMs = 10;

/**
 * Lets callers have one thing in turn, in the order in which they asked. A turn of SQLite's ends without waiting for anything outside; so that
 * somebody who asks again and again does not keep timers, sockets and the flushes of writers from going on, the event loop has a turn in between.
 */
export class Turns {
  #last: Promise<void> = Promise.resolve();
  #loopTurned = 0;

  /**
   * Waits for all earlier turns, then works.
   * @throws PlatformError INTERNAL inside a turn, which would wait for its own end
   */
  async take<Result>(work: () => Promise<Result> | Result): Promise<Result> {
    assert(current.getStore() !== this, 'a transaction uses its session alone: the database would wait for its end');
    const turn = this.#last.then(async () => {
      await this.#turnLoop();
      return await current.run(this, work);
    });
    this.#last = turn.then(
      () => undefined,
      () => undefined,
    );
    return await turn;
  }

  async #turnLoop(): Promise<void> {
    if (monotonicMs() - this.#loopTurned < loopEveryMs) return;
    await setImmediate();
    this.#loopTurned = monotonicMs();
  }
}

const byFile = new Map<string, WeakRef<Turns>>();

/** The turns that all handles of this process on one file share. */
export function turnsOf(path: string): Turns {
  const name = resolve(path);
  const known = byFile.get(name)?.deref();
  if (known !== undefined) return known;
  const turns = new Turns();
  byFile.set(name, new WeakRef(turns));
  return turns;
}
