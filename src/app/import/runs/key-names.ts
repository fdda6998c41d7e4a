import { keyFor } from '../../../tracking/index.ts';
import type { LeaveOut } from '../import-report.ts';

/** More names than these are not remembered, so that memory stays bounded. */
const namesAtMost = 100_000;

/** The keys under which the metrics and params of one run are kept. */
export class KeyNames {
  readonly #leave: LeaveOut;
  readonly #owners = new Map<string, string>();

  /** @param leave told once of each name that is no key here */
  constructor(leave: LeaveOut) {
    this.#leave = leave;
  }

  /** The key of a name; null where another name of this run has it, because their points would mix. */
  keyOf(name: string): string | null {
    const key = keyFor(name);
    const owner = this.#owners.get(key);
    if (owner !== undefined) return owner === name ? key : null;
    if (this.#owners.size < namesAtMost) {
      this.#owners.set(key, name);
      if (key !== name) this.#leave(`the name ${name}`, `no key may be called so; it is kept as ${key}`);
    }
    return key;
  }
}
