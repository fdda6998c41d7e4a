import type { AttemptEvent } from './webhook-sender.ts';

/** How often each thing happened to messages of webhooks, since this process began. */
export interface AttemptCounts {
  readonly counts: Readonly<Record<AttemptEvent, number>>;
  note(what: AttemptEvent): void;
}

/** Counts that begin with nothing. */
export function createAttemptCounts(): AttemptCounts {
  const counts: Record<AttemptEvent, number> = { delivered: 0, failed: 0, given_up: 0, retried: 0 };
  return {
    counts,
    note: (what) => {
      counts[what] += 1;
    },
  };
}
