/**
 * How often somebody may guess: ten wrong tries in a minute for a name from an address, a hundred for an address. Then
 * nothing is verified from there until the minute is over. Counted in memory, of bounded size: where more addresses try
 * than are remembered the oldest are forgotten.
 */
import { monotonicMs } from '../encoding/index.ts';

const windowMs = 60_000;
const limits = { name: 10, address: 100 };
const mostRemembered = 20_000;

/** Counts wrong tries. */
export interface Guesses {
  /** Seconds until the next try is looked at; 0: now. */
  wait(address: string, name: string): number;
  wrong(address: string, name: string): void;
  /** A right one: what went wrong for this name from there is forgotten. */
  right(address: string, name: string): void;
}

interface Tally {
  count: number;
  readonly endsMs: number;
}

/** Nobody has tried anything yet. */
export function createGuesses(): Guesses {
  const tallies = new Map<string, Tally>();
  const tallyOf = (key: string): Tally | null => {
    const found = tallies.get(key);
    return found === undefined || found.endsMs <= monotonicMs() ? null : found;
  };
  const add = (key: string): void => {
    const found = tallyOf(key);
    if (found !== null) {
      found.count++;
      return;
    }
    tallies.delete(key);
    if (tallies.size >= mostRemembered) tallies.delete(tallies.keys().next().value!);
    tallies.set(key, { count: 1, endsMs: monotonicMs() + windowMs });
  };
  const left = (key: string, limit: number): number => {
    const found = tallyOf(key);
    return found === null || found.count < limit ? 0 : Math.ceil((found.endsMs - monotonicMs()) / 1000);
  };
  const nameKey = (address: string, name: string): string => `${address}\n${name.slice(0, 200)}`;
  return {
    wait: (address, name) => Math.max(left(nameKey(address, name), limits.name), left(address, limits.address)),
    wrong: (address, name) => {
      add(nameKey(address, name));
      add(address);
    },
    right: (address, name) => void tallies.delete(nameKey(address, name)),
  };
}
