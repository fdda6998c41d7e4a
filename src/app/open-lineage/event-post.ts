/**
 * Posts events one after the other, beside the run and never in its way: what is to be posted is put into a bounded queue,
 * whose head alone is made and sent. An endpoint that does not answer well is told of once; after three failures in a row
 * nothing more is sent. At the end what is still queued has a short time.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { toPlatformError } from '../../errors/index.ts';
import type { LineageEvent } from '../../exports/index.ts';
import type { LineageTarget } from './lineage-target.ts';

/** Makes events when their turn has come. */
export type EventMaker = () => Promise<readonly LineageEvent[]>;

/** A queue of events on their way. */
export interface EventPost {
  /** Never waits, never throws. */
  readonly add: (make: EventMaker) => void;
  /** Waits a short time for what is queued, and says what could not be sent. */
  readonly close: () => Promise<void>;
}

/** What may be waiting at a time; more is dropped, and counted. */
const mostQueued = 1_000;
const mostFailures = 3;
const answerTimeoutMs = 5_000;
const closeTimeoutMs = 2_000;

/** Opens a queue. @param say is told what goes wrong, once, and at the end what was dropped */
export function openEventPost(target: LineageTarget, say: (message: string) => void): EventPost {
  const queue: EventMaker[] = [];
  const ended = new AbortController();
  let dropped = 0;
  let failures = 0;
  let hasSaid = false;
  let working: Promise<void> | null = null;

  const fail = (error: unknown): void => {
    failures++;
    dropped++;
    if (!hasSaid && !ended.signal.aborted)
      say(`events could not be posted to ${addressOf(target)}: ${reasonOf(error)}; the run goes on`);
    hasSaid = true;
    if (failures < mostFailures) return;
    dropped += queue.length;
    queue.length = 0;
  };
  const work = async (): Promise<void> => {
    for (let make = queue.shift(); make !== undefined; make = queue.shift()) {
      try {
        for (const event of await make()) await post(target, event, ended.signal);
        failures = 0;
      } catch (error) {
        fail(error);
      }
    }
    working = null;
  };
  return {
    add: (make) => {
      if (failures >= mostFailures || queue.length >= mostQueued || ended.signal.aborted) {
        dropped++;
        return;
      }
      queue.push(make);
      working ??= Promise.resolve().then(work);
    },
    close: async () => {
      if (working !== null && failures === 0) {
        const timer = new AbortController();
        await Promise.race([working, wait(closeTimeoutMs, undefined, { signal: timer.signal }).catch(() => undefined)]);
        timer.abort();
      }
      dropped += queue.length;
      queue.length = 0;
      ended.abort();
      await working;
      if (dropped > 0)
        say(`${dropped} events of the run were not posted; mlspec export RUN FILE --as openlineage writes them all`);
    },
  };
}

async function post({ url, apiKey }: LineageTarget, event: LineageEvent, signal: AbortSignal): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(apiKey === null ? {} : { authorization: `Bearer ${apiKey}` }),
    },
    body: JSON.stringify(event),
    signal: AbortSignal.any([signal, AbortSignal.timeout(answerTimeoutMs)]),
  });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`it answered with status ${response.status}`);
}

/** The address without what may be secret in it. */
function addressOf({ url }: LineageTarget): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}

function reasonOf(error: unknown): string {
  const { cause } = error as { readonly cause?: { readonly code?: string } };
  return cause?.code ?? toPlatformError(error).message;
}
