import { AsyncLocalStorage } from 'node:async_hooks';
import { resolve } from 'node:path';
import { assert } from '../../errors/index.ts';

const current = new AsyncLocalStorage<Turns>();

/** Lets callers have one thing in turn, in the order in which they asked. */
export class Turns {
  #last: Promise<void> = Promise.resolve();

  /**
   * Waits for all earlier turns, then works.
   * @throws PlatformError INTERNAL inside a turn, which would wait for its own end
   */
  async take<Result>(work: () => Promise<Result> | Result): Promise<Result> {
    assert(current.getStore() !== this, 'a transaction uses its session alone: the database would wait for its end');
    const turn = this.#last.then(() => current.run(this, work));
    this.#last = turn.then(
      () => undefined,
      () => undefined,
    );
    return await turn;
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
