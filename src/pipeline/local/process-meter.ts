/**
 * What a program that tells nothing of itself uses: its process and all that it started are looked at while they run, often
 * at first and then every 40 ms. Processor time is what the living used together with what those that ended were
 * waited for with; memory is the highest that one process had so far, which the system keeps for each. So what is
 * missed is what happens between the last look and the end.
 *
 * On Linux by `/proc`; elsewhere nothing is seen and zero is answered.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { isPythonName } from './python-watch.ts';

const firstPauseMs = 5;
const longestPauseMs = 40;
const ticksPerSecond = 100;

/** What was seen of a program and of the processes that it started. */
export interface Metered {
  readonly cpuSeconds: number;
  /** Of the one process that had most. */
  readonly peakMemoryBytes: number;
  /** Numbers of the processes that were Python at more than one look. */
  readonly pythons: readonly number[];
}

/** A meter that goes on until it is stopped. */
export interface ProcessMeter {
  stop(): Promise<Metered>;
}

/** Begins to look at a process and its descendants. */
export function meterProcess(processId: number): ProcessMeter {
  const stopping = new AbortController();
  const seen: Seen = { cpuSeconds: 0, peakMemoryBytes: 0, looksAsPython: new Map() };
  const looking = process.platform === 'linux' ? look(processId, { seen, signal: stopping.signal }) : Promise.resolve();
  return {
    stop: async () => {
      stopping.abort();
      await looking;
      const pythons = [...seen.looksAsPython].filter(([, looks]) => looks > 1).map(([id]) => id);
      return { cpuSeconds: seen.cpuSeconds, peakMemoryBytes: seen.peakMemoryBytes, pythons };
    },
  };
}

interface Seen {
  cpuSeconds: number;
  peakMemoryBytes: number;
  readonly looksAsPython: Map<number, number>;
}

async function look(processId: number, work: { readonly seen: Seen; readonly signal: AbortSignal }): Promise<void> {
  const { seen, signal } = work;
  for (let pauseMs = firstPauseMs; !signal.aborted; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
    const seconds = withDescendants(processId).map((id) => lookAt(id, seen));
    seen.cpuSeconds = Math.max(
      seen.cpuSeconds,
      seconds.reduce((sum, one) => sum + one, 0),
    );
    await wait(pauseMs, undefined, { signal }).catch(() => undefined);
  }
}

/** A process and all that it started and that still have it as an ancestor. */
function withDescendants(processId: number): number[] {
  const children = threadsOf(processId).flatMap((thread) =>
    textOf(`/proc/${processId}/task/${thread}/children`)
      .split(' ')
      .filter((id) => id !== '')
      .map(Number),
  );
  return [processId, ...children.flatMap(withDescendants)];
}

function threadsOf(processId: number): string[] {
  try {
    return readdirSync(`/proc/${processId}/task`);
  } catch {
    return [];
  }
}

/** Notes memory and program of one process; answers the seconds that it and those it waited for have used. */
function lookAt(id: number, seen: Seen): number {
  const peakBytes = Number(/^VmHWM:\s+(\d+) kB/m.exec(textOf(`/proc/${id}/status`))?.[1] ?? 0) * 1024;
  seen.peakMemoryBytes = Math.max(seen.peakMemoryBytes, peakBytes);
  if (isPythonName(programOf(id))) seen.looksAsPython.set(id, (seen.looksAsPython.get(id) ?? 0) + 1);
  // The name in parentheses may hold anything; fields are counted from behind it.
  const stat = textOf(`/proc/${id}/stat`);
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / ticksPerSecond;
}

/** Read in place: the kernel answers from memory, and handing it to another thread would take several times as long. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

function programOf(id: number): string {
  try {
    return readlinkSync(`/proc/${id}/exe`);
  } catch {
    return '';
  }
}
