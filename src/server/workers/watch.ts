import { setTimeout as pause } from 'node:timers/promises';
import type { Member } from './member.ts';

/** When a worker counts as one that will not answer any more. */
export interface Watch {
  /** Milliseconds from an answer, or from having waited for one in vain, to the next question. */
  readonly beatMs: number;
  /** So many questions in a row without an answer. */
  readonly mostMissed: number;
}

/**
 * A minute: no single thing that a worker does keeps it so long from its messages. Questions are counted, not time, so that
 * a machine that slept or came to a standstill as a whole takes nobody for dead.
 */
export const usualWatch: Watch = { beatMs: 4000, mostMissed: 12 };

/** Asks a worker again and again until it is gone or silent. @returns whether it is silent */
export async function watchMember({ asking, gone }: Member, { beatMs, mostMissed }: Watch): Promise<boolean> {
  const over = new AbortController();
  void gone.then(() => over.abort());
  for (let missed = 0; missed < mostMissed; ) {
    await pause(beatMs, undefined, { signal: over.signal, ref: false }).catch(() => undefined);
    const isAlive = over.signal.aborted || (await asking.ask('alive', null)) !== null;
    if (over.signal.aborted) return false;
    missed = isAlive ? 0 : missed + 1;
  }
  return true;
}

/** About how long somebody was silent by then, in words. */
export function silenceOf({ beatMs, mostMissed }: Watch, patienceMs: number): string {
  return `did not answer for ${Math.round(((beatMs + patienceMs) * mostMissed) / 100) / 10} s, and was killed`;
}
