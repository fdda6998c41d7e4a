/**
 * Sends what waits in the outbox. At least once: a message that a receiver took and whose taking could not be noted, because the
 * process died in between, is sent again under the same id. What fails is tried again after pauses that double from five
 * seconds to an hour, each shortened at random by up to half, for a day; then it is given up, with its last error kept.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { now, seededRandom } from '../../encoding/index.ts';
import type { Delivery, WebhookStore } from '../../tracking/index.ts';
import { postMessage } from './post-message.ts';
import type { WebhookPolicy } from './webhook-policy.ts';

/** What a sender works with. */
export interface SenderOptions {
  readonly webhooks: WebhookStore;
  readonly policy: WebhookPolicy;
  /** The time in milliseconds. Default: the clock. */
  readonly clock?: () => number;
  /** For one attempt. Default 10 s. */
  readonly timeoutMs?: number;
  /** How many messages are on their way at once. Default 16. */
  readonly lanes?: number;
  readonly signal?: AbortSignal;
  /** Hears of what attempts are and how they end; a second one at a message is told as `retried` and by its end. */
  readonly onAttempt?: (what: AttemptEvent) => void;
}

/** What happens to a message. */
export type AttemptEvent = 'delivered' | 'failed' | 'given_up' | 'retried';

/** Sends what is due. */
export interface WebhookSender {
  /** Sends everything that is due by now, and what becomes free by that. Resolves when nothing of it is on its way. */
  sendDue(): Promise<void>;
}

/** For how long messages are tried. */
const triedForMs = 24 * 3_600_000;
const shortestPauseMs = 5000;
const longestPauseMs = 3_600_000;
/** How long a message is one process's; more than an attempt takes. */
const leaseMs = 120_000;
/** After this many attempts later messages no longer wait: about a minute. */
const orderedAttempts = 5;
const defaultLanes = 16;

/** A sender that waits for `sendDue`. */
export function createWebhookSender(options: SenderOptions): WebhookSender {
  const { webhooks, clock = now, lanes = defaultLanes, signal } = options;
  let busy = 0;
  const lane = async (): Promise<void> => {
    busy += 1;
    const others: Promise<void>[] = [];
    try {
      while (signal?.aborted !== true) {
        const delivery = await webhooks.claim({ nowMs: clock(), leaseMs, orderedAttempts });
        if (delivery === null) break;
        // There may be more: another lane looks while this one waits for an answer.
        if (busy < lanes) others.push(lane());
        await attempt(delivery, { ...options, clock });
      }
    } finally {
      busy -= 1;
      // Also where this one fails: nothing stays on its way unseen.
      await Promise.allSettled(others);
    }
    await Promise.all(others);
  };
  return { sendDue: async () => (busy < lanes ? await lane() : undefined) };
}

async function attempt(delivery: Delivery, options: SenderOptions & { readonly clock: () => number }): Promise<void> {
  const { webhooks, clock, signal } = options;
  const error = await failureOf(delivery, options);
  if (delivery.attempts > 1) options.onAttempt?.('retried');
  if (error === null) {
    await webhooks.delivered(delivery);
    return options.onAttempt?.('delivered');
  }
  const nowMs = clock();
  // What this process itself broke off, because it ends, is no failure of the receiver.
  const retryAtMs = signal?.aborted === true ? nowMs : nextAttemptMs(delivery, nowMs);
  await webhooks.failed(delivery, { error, nowMs, retryAtMs });
  options.onAttempt?.(retryAtMs === null ? 'given_up' : 'failed');
}

/** Sends a message. @returns why it did not arrive; null where it did */
async function failureOf(
  delivery: Delivery,
  options: SenderOptions & { readonly clock: () => number },
): Promise<string | null> {
  if (delivery.unsendable !== null) return delivery.unsendable;
  const message = { deliveryId: delivery.deliveryId, body: delivery.body, sentAtMs: options.clock() };
  try {
    const { status } = await postMessage(delivery, message, options);
    return status >= 200 && status < 300 ? null : `expected an answer of 2xx, found ${status}`;
  } catch (error) {
    return reasonOf(error);
  }
}

/** What went wrong, in a line. Connections to several addresses fail with one error for each. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(reasonOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}

/** When a message that failed is tried again; null where that would be more than a day after its event. */
export function nextAttemptMs(
  { deliveryId, attempts, createdAtMs }: Pick<Delivery, 'deliveryId' | 'attempts' | 'createdAtMs'>,
  nowMs: number,
): number | null {
  const longest = Math.min(shortestPauseMs * 2 ** (attempts - 1), longestPauseMs);
  const share = 1 - seededRandom(`${deliveryId} ${attempts}`)() / 2;
  const atMs = nowMs + Math.round(longest * share);
  return atMs - createdAtMs > triedForMs ? null : atMs;
}

/** How a sender goes on and on. */
export interface SendingOptions extends SenderOptions {
  readonly signal: AbortSignal;
  /** Hears of errors of the outbox itself; failures of receivers are in the outbox. */
  readonly onError: (error: unknown) => void;
  /** Called before each look: what may add to the outbox. */
  readonly beforeLook?: () => Promise<void>;
}

const pollMs = 1000;

/** Sends what is due, and looks for more every second, until the signal. Resolves when nothing is on its way any more. */
export async function keepSending(options: SendingOptions): Promise<void> {
  const { signal, onError, webhooks, clock = now, beforeLook } = options;
  const sender = createWebhookSender(options);
  const underWay = new Set<Promise<void>>();
  let isFirst = true;
  while (!signal.aborted) {
    try {
      if (isFirst) await webhooks.releaseDead(clock());
      isFirst = false;
      await beforeLook?.();
    } catch (error) {
      onError(error);
    }
    const round = sender.sendDue().catch(onError);
    underWay.add(round);
    void round.finally(() => underWay.delete(round));
    await pause(pollMs, undefined, { signal }).catch(() => undefined);
  }
  await Promise.all(underWay);
}
