import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { now } from '../encoding/index.ts';
import type { ResolveOptions } from './environment.ts';

const waitMs = 200;
const maximumWaitMs = 60 * 60_000;
const unsignedMs = 10_000;

/**
 * Does work while no other process of this machine does the same. The lock saves work and keeps nothing safe: after an
 * hour, or where the owner is gone, the work is done all the same.
 */
export async function withLock<T>(
  path: string,
  options: Pick<ResolveOptions, 'signal' | 'onProgress'>,
  work: () => Promise<T>,
): Promise<T> {
  for (let waitedMs = 0; waitedMs < maximumWaitMs && !(await take(path)); waitedMs += waitMs) {
    if (waitedMs === 0) options.onProgress('waiting for another process that makes the same environment');
    await wait(waitMs, undefined, { signal: options.signal });
  }
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

async function take(path: string): Promise<boolean> {
  try {
    await writeFile(path, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  if (await isAbandoned(path)) await rm(path, { force: true });
  return false;
}

async function isAbandoned(path: string): Promise<boolean> {
  const text = await readFile(path, 'utf8').catch(() => '');
  if (text !== '') return !isProcessRunning(Number(text));
  const madeAtMs = await stat(path).then(
    (found) => found.mtimeMs,
    () => Number.POSITIVE_INFINITY,
  );
  return now() - madeAtMs > unsignedMs;
}

/** Whether a process of this machine runs. */
export function isProcessRunning(id: number): boolean {
  try {
    process.kill(id, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
