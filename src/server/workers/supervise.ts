/**
 * A server of several processes. The supervisor owns the port and opens nothing else; workers open the stores and answer.
 *
 * It accepts connections itself and hands them on, where `node:cluster` would give the port up with its last worker, and take
 * another one where any free port was asked for: so clients wait while workers are started again, and no worker holds the
 * port when the supervisor is gone. The first worker starts alone, since it may have to make the tables. One worker
 * does what only one may do; when its process has ended, not before, another one that is ready takes that over.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { PlatformError } from '../../errors/index.ts';
import { type ListenAddress, type Listening, listen } from './listen.ts';
import type { Member, Started } from './member.ts';
import { createStaff, type Staff, type StaffOptions } from './staff.ts';

/** What is supervised. */
export interface SuperviseOptions extends ListenAddress, StaffOptions {
  readonly count: number;
  /** Ends the server. */
  readonly signal: AbortSignal;
  /** Hears when all answer. @param about what the first worker says of itself */
  readonly onReady: (url: string, about: unknown) => void;
  /** Hears of workers that ended or could not start, in place of which others are started. */
  readonly onLoss: (error: PlatformError, worker: string) => void;
}

/** A worker that lived so long was not broken when it started. */
const soundMs = 10_000;
const shortestPauseMs = 100;
const longestPauseMs = 5000;
/** So many starts of which none came to anything, one after the other, end a server in which nobody answers. */
const mostFailures = 5;

/**
 * Starts workers and keeps them going. Resolves when the signal was raised and all have ended.
 * @throws PlatformError SERVING_CANNOT_LISTEN, SERVER_WORKER_LOST, and what kept a worker from its start
 */
export async function superviseWorkers(options: SuperviseOptions): Promise<void> {
  const { count, signal } = options;
  const staff = createStaff(options);
  const failed = Promise.withResolvers<never>();
  const ended = new Promise<null>((resolve) => {
    if (signal.aborted) resolve(null);
    signal.addEventListener('abort', () => resolve(null), { once: true });
  });
  let isUp = false;
  const keep = (number: number): Promise<unknown> =>
    keepOne(staff, number, {
      ...options,
      fail: failed.reject,
      isNeeded: () => !isUp || !staff.isAnswering(),
    });
  const others = Array.from({ length: count - 1 }, (_, index) => index + 2);
  let listening: Listening | null = null;
  try {
    const about = await Promise.race([keep(1), failed.promise, ended]);
    if (!signal.aborted) {
      listening = await listen(options, staff.handOut.offer);
      await Promise.race([Promise.all(others.map(keep)), failed.promise, ended]);
    }
    if (!signal.aborted && listening !== null) {
      isUp = true;
      options.onReady(listening.url, about);
      await Promise.race([ended, failed.promise]);
    }
    listening?.close();
    await staff.handOut.idle();
  } finally {
    listening?.close();
    await staff.end();
  }
}

interface KeepOptions extends Pick<SuperviseOptions, 'signal' | 'onLoss'> {
  /** Ends the server. */
  readonly fail: (error: PlatformError) => void;
  /** Whether the server cannot go on without this worker. */
  readonly isNeeded: () => boolean;
}

/** Keeps one worker going, again and again. @returns what it says of itself when it is ready for the first time */
function keepOne(staff: Staff, number: number, options: KeepOptions): Promise<unknown> {
  const first = Promise.withResolvers<unknown>();
  const keep = async (): Promise<void> => {
    for (let failures = 0; !staff.isEnding(); ) {
      const member = staff.start(number);
      const started = await member.started;
      if (started.outcome === 'ready') {
        staff.bringIn(member);
        first.resolve(started.about);
      } else member.end('SIGKILL');
      const how = await staff.seeOff(member);
      if (staff.isEnding()) return;
      const error = whyLost(member, started, how);
      failures = error === null ? 0 : member.ageMs() > soundMs ? 1 : failures + 1;
      const isHopeless = started.outcome === 'failed' || (started.outcome === 'ended' && failures >= mostFailures);
      if (error !== null && isHopeless && options.isNeeded()) return options.fail(error);
      if (error !== null) options.onLoss(error, `worker ${number}`);
      await pauseAfter(failures, options.signal);
    }
  };
  void keep();
  return first.promise;
}

/** The first time another one starts at once. */
async function pauseAfter(failures: number, signal: AbortSignal): Promise<void> {
  if (failures < 2) return;
  const pauseMs = Math.min(shortestPauseMs * 2 ** (failures - 2), longestPauseMs);
  await pause(pauseMs, undefined, { signal }).catch(() => undefined);
}

/** Why a worker is no longer there; null where it was asked to end. */
function whyLost({ number, pid }: Member, started: Started, how: string | null): PlatformError | null {
  if (started.outcome === 'failed') {
    const { code, ...told } = started.error;
    return new PlatformError(code, told);
  }
  if (started.outcome === 'ready' && how === null) return null;
  const when = started.outcome === 'ready' ? '' : ' before it was ready';
  return new PlatformError('SERVER_WORKER_LOST', {
    message: `worker ${number} (process ${pid}) ${how ?? 'ended'}${when}`,
  });
}
