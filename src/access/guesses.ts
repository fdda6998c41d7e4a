/**
 * How often somebody may guess: ten wrong tries in a minute for a name from an address, a hundred for an address. Then
 * nothing is verified from there until the minute is over. Counted in memory, of bounded size: where more addresses try
 * than are remembered the oldest are forgotten. Processes that answer for one another tell each other what they count.
 */
import { monotonicMs } from '../encoding/index.ts';

const windowMs = 60_000;
const limits = { name: 10, address: 100 };
const mostRemembered = 20_000;

/** Counts wrong tries. */
export interface Guesses {
  /** Seconds until the next try is looked at; 0: now. */
  wait(address: string, name: string): number;
  /** Resolves when it counts wherever it has to. */
  wrong(address: string, name: string): Promise<void> | void;
  /** A right one: what went wrong for this name from there is forgotten. */
  right(address: string, name: string): void;
}

/** One that counts, and can tell what it counted. */
export interface CountedGuesses extends Guesses {
  /** Counts a wrong try. */
  wrong(address: string, name: string): void;
  /** @returns whether there was anything to forget */
  right(address: string, name: string): boolean;
  /** What counts now. */
  tallies(): readonly GuessTally[];
}

/** What was counted for a name at an address, or for an address. */
export interface GuessTally {
  readonly key: string;
  readonly count: number;
  /** How long it still counts. */
  readonly leftMs: number;
}

interface Tally {
  count: number;
  readonly endsMs: number;
}

/** Counts on from what another one counted; from nothing where that is left out. */
export function createGuesses(counted: readonly GuessTally[] = []): CountedGuesses {
  const startMs = monotonicMs();
  const tallies = new Map<string, Tally>(
    counted.map(({ key, count, leftMs }) => [key, { count, endsMs: startMs + leftMs }]),
  );
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
    right: (address, name) => tallies.delete(nameKey(address, name)),
    tallies: () => {
      const atMs = monotonicMs();
      const kept = [...tallies].filter(([, { endsMs }]) => endsMs > atMs);
      return kept.map(([key, { count, endsMs }]) => ({ key, count, leftMs: endsMs - atMs }));
    },
  };
}
