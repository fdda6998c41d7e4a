/**
 * Notices a step that hangs: stopped, deadlocked, waiting for what never comes. A sign of life is an event (a heartbeat
 * too), a line of output, or processor time used by any process of the group; a step that computes without a pause
 * cannot send heartbeats from Node's one thread, and lives all the same.
 *
 * Silence is counted only while this process itself looks: after the machine slept or the engine was stopped (Ctrl-Z),
 * the step gets its whole time again to the part that was not looked at. Processor time is asked for in the second half
 * of the limit alone, so that steps that talk cost nothing.
 */
import type { ChildProcess } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';
import { monotonicMs } from '../../encoding/index.ts';
import type { StepLimits } from '../plan.ts';
import { groupUsage } from './group-usage.ts';

const looksInLimit = 20;
const longestPauseMs = 1000;

/** By what a step is seen to live. */
export interface SignsOfLife {
  readonly limits: StepLimits;
  /** How many events and texts the step has sent so far. */
  readonly signCount: () => number;
  /** Called once a step has given no sign of life for half of its limit, with the time in milliseconds. */
  readonly onQuiet: (quietMs: number) => void;
}

/** A watch that goes on until it is stopped. */
export interface StallWatch {
  stop(): Promise<void>;
}

/** Calls `onStall` once a process group has given no sign of life for `limits.stallMs`. Without that limit: nothing. */
export function watchStall(child: ChildProcess, options: SignsOfLife, onStall: () => void): StallWatch {
  const { stallMs } = options.limits;
  const stopping = new AbortController();
  const watching =
    stallMs === undefined || child.pid === undefined
      ? Promise.resolve()
      : watch({ ...options, groupId: child.pid, limitMs: stallMs, onStall, signal: stopping.signal });
  return {
    stop: async () => {
      stopping.abort();
      await watching;
    },
  };
}

interface Watched extends Pick<SignsOfLife, 'signCount' | 'onQuiet'> {
  readonly groupId: number;
  readonly limitMs: number;
  readonly onStall: () => void;
  readonly signal: AbortSignal;
}

async function watch(watched: Watched): Promise<void> {
  const { limitMs, signal } = watched;
  const pauseMs = Math.min(limitMs / looksInLimit, longestPauseMs);
  const silence = { ms: 0, signCount: -1, cpuSeconds: null as number | null };
  let lookedMs = monotonicMs();
  while (await pause(pauseMs, signal)) {
    const sinceMs = monotonicMs() - lookedMs;
    lookedMs += sinceMs;
    silence.ms += Math.min(sinceMs, 2 * pauseMs);
    if (await hasLived(watched, silence)) {
      silence.ms = 0;
      silence.cpuSeconds = null;
    } else if (silence.ms >= limitMs) return watched.onStall();
  }
}

async function hasLived(
  watched: Watched,
  silence: { readonly ms: number; signCount: number; cpuSeconds: number | null },
): Promise<boolean> {
  const signCount = watched.signCount();
  if (signCount !== silence.signCount) {
    silence.signCount = signCount;
    return true;
  }
  if (silence.ms < watched.limitMs / 2) return false;
  const { cpuSeconds } = await groupUsage(watched.groupId);
  const before = silence.cpuSeconds;
  silence.cpuSeconds = cpuSeconds;
  if (before === null) watched.onQuiet(Math.round(silence.ms));
  return before !== null && cpuSeconds > before;
}

async function pause(pauseMs: number, signal: AbortSignal): Promise<boolean> {
  await wait(pauseMs, undefined, { signal, ref: false }).catch(() => undefined);
  return !signal.aborted;
}
