/** What waits in a spool, on its way while a run goes on and for a moment after it: never longer, and it fails nothing. */
import { formatBytes } from '../encoding/index.ts';
import { isPlatformError } from '../errors/index.ts';
import { authorizationOf, type RemoteTracking } from './remote-tracker.ts';
import type { Spool, SpoolTarget } from './spool.ts';

/** Sends until nothing waits any more. It fails where the server is away. */
export type SendSpool = (spool: Spool, sending: SpoolSending) => Promise<void>;

/** How a spool is sent. */
export interface SpoolSending {
  readonly target: SpoolTarget;
  readonly signal: AbortSignal;
  readonly say: (message: string) => void;
}

/** What is under way to a server. */
export interface Delivery {
  /** Waits for its end, for a limited time, and closes the spool. */
  settle(): Promise<void>;
}

/** How what waits is sent. */
export interface WaitingDelivery {
  readonly sendSpool: SendSpool;
  readonly remote: RemoteTracking;
  readonly signal: AbortSignal;
  /** Hears in one line what came of it; nothing where nothing waited. */
  readonly say: (message: string) => void;
  /** How long `settle` waits. */
  readonly limitMs?: number;
}

const defaultLimitMs = 10_000;

/** Begins to send what waits in a spool, which is closed after it. What goes wrong is said, not thrown. */
export function startSending(open: () => Promise<Spool>, delivery: WaitingDelivery): Delivery {
  const { say, limitMs = defaultLimitMs } = delivery;
  const late = new AbortController();
  const signal = AbortSignal.any([delivery.signal, late.signal]);
  const work = (async () => {
    const spool = await open();
    try {
      const told = await send(spool, { ...delivery, signal, limitMs, interrupt: delivery.signal });
      if (told !== null) say(told);
    } finally {
      await spool.close();
    }
  })().catch((error: unknown) => say((error as Error).message));
  return {
    settle: async () => {
      const timer = setTimeout(() => late.abort(), limitMs);
      await work;
      clearTimeout(timer);
    },
  };
}

interface Limited extends Required<WaitingDelivery> {
  /** The part of the signal that is not the limit. */
  readonly interrupt: AbortSignal;
}

/** @returns what came of it, in one line; null where nothing waited */
async function send(
  { journal, ...spool }: Spool,
  { sendSpool, remote, signal, limitMs, interrupt }: Limited,
): Promise<string | null> {
  const before = await journal.status();
  if (before.waiting === 0) return null;
  try {
    await journal.claim();
  } catch (error) {
    if (!isPlatformError(error) || error.code !== 'SPOOL_BUSY') throw error;
    return `${before.waiting} calls wait for ${before.remote}, and process ${before.sender} sends them`;
  }
  const target = { uri: remote.uri, authorization: authorizationOf(remote) };
  let reason: string | null = null;
  try {
    if (!signal.aborted) await sendSpool({ ...spool, journal }, { target, signal, say: () => undefined });
  } catch (error) {
    reason = (error as Error).message;
  } finally {
    await journal.release();
  }
  const { waiting, waitingBytes, aside, lastError } = await journal.status();
  const refused = aside > before.aside ? `; it refused ${aside - before.aside}: mlspec spool status shows them` : '';
  if (waiting === 0) return `sent ${before.waiting} calls that waited for ${before.remote}${refused}`;
  const ended = interrupt.aborted ? 'the run was interrupted' : `it took longer than ${limitMs / 1000} s`;
  const why = signal.aborted ? ended : (reason ?? lastError ?? 'they were logged meanwhile');
  return `${waiting} calls (${formatBytes(waitingBytes)}) wait for ${before.remote} still: ${why}; the next run sends them, or mlspec spool send${refused}`;
}
