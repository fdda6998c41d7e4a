import { existsSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import type { StepEvent } from '../invocation.ts';

const pollMs = 100;
const readBytes = 256 * 1024;
const maximumLineBytes = 1024 * 1024;

/** Follows the events file of a step. */
export interface EventTail {
  /** Reads what is left and stops. */
  finish(): Promise<void>;
}

/** Passes on every whole line of an events file as it appears; lines that are no event are left out. */
export function tailEvents(path: string, onEvent: (event: StepEvent) => void): EventTail {
  const state = { offset: 0, rest: '', stopped: false };
  const stop = new AbortController();
  const following = (async () => {
    while (!state.stopped) {
      await readNew(path, state, onEvent);
      await wait(pollMs, undefined, { signal: stop.signal }).catch(() => undefined);
    }
  })();
  return {
    finish: async () => {
      state.stopped = true;
      stop.abort();
      await following;
      await readNew(path, state, onEvent);
    },
  };
}

async function readNew(
  path: string,
  state: { offset: number; rest: string },
  onEvent: (event: StepEvent) => void,
): Promise<void> {
  if (!existsSync(path)) return;
  const file = await open(path, 'r').catch(() => null);
  if (file === null) return;
  try {
    const buffer = Buffer.allocUnsafe(readBytes);
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, readBytes, state.offset);
      if (bytesRead === 0) return;
      const end = buffer.lastIndexOf(10, bytesRead - 1);
      if (end < 0 && bytesRead < maximumLineBytes && bytesRead < readBytes) return;
      const taken = end < 0 ? bytesRead : end + 1;
      state.offset += taken;
      for (const line of buffer.toString('utf8', 0, taken).split('\n')) passOn(line, onEvent);
    }
  } finally {
    await file.close();
  }
}

function passOn(line: string, onEvent: (event: StepEvent) => void): void {
  if (line === '') return;
  try {
    const event = JSON.parse(line) as StepEvent;
    if (typeof event.type === 'string') onEvent(event);
  } catch {
    // A line that a killed process left half-written is no event.
  }
}
