import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';

import type { Invocation } from '../invocation.ts';

/** The variable that every process of a step inherits; its value is the execution's id. */
export const markVariable = 'MLSPEC_EXECUTION';

/** What is known of an execution's first process. */
export interface FirstProcess {
  readonly id: number;
  /** How many processes the system had started in all just before; null where it does not say. */
  readonly startedBefore: number | null;
}

/** The lowest numbers are not given a second time. */
const reservedNumbers = 300;
/** Up to here it is faster to ask for each number than to list all processes. */
const fewNumbers = 64;
let highestNumber: number | null = null;

/** How many processes and threads the system has started since it began; null where it does not say. */
export function startedInAll(): number | null {
  if (process.platform !== 'linux') return null;
  try {
    const count = /^processes (\d+)$/m.exec(readFileSync('/proc/stat', 'latin1'))?.[1];
    return count === undefined ? null : Number(count);
  } catch {
    return null;
  }
}

/**
 * Kills processes of an execution that left its process group (daemons, shells that made sessions of their own), known
 * by the variable that they inherited. Answers how many there were. On Linux only; elsewhere a process that leaves its
 * group gets away.
 *
 * The system numbers processes in the order of their start, and begins anew behind the highest number. Where the
 * execution's first process is known, only those that were started since are looked at.
 */
export async function killStray(executionId: string, first: FirstProcess | null): Promise<number> {
  if (process.platform !== 'linux') return 0;
  const mark = `${markVariable}=${executionId}`;
  const ids = candidates(first).filter((id) => id !== process.pid);
  return ids.filter((id) => isMarked(id, mark) && kill(id)).length;
}

/** Numbers of the processes that may belong to an execution. */
function candidates(first: FirstProcess | null): number[] {
  const last = first === null ? null : lastStarted(first);
  if (first === null || last === null) return allProcesses();
  if (last < first.id) return allProcesses().filter((id) => id >= first.id || id <= last);
  if (last - first.id > fewNumbers) return allProcesses().filter((id) => id >= first.id && id <= last);
  return Array.from({ length: last - first.id + 1 }, (_, index) => first.id + index).filter((id) =>
    existsSync(`/proc/${id}`),
  );
}

function allProcesses(): number[] {
  return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
}

/** The number given last, where too few processes were started since the first for its number to be passed again; else null. */
function lastStarted({ startedBefore }: FirstProcess): number | null {
  const started = startedBefore === null ? null : startedInAll();
  if (startedBefore === null || started === null) return null;
  try {
    highestNumber ??= Number(readFileSync('/proc/sys/kernel/pid_max', 'latin1'));
    const last = Number(readFileSync('/proc/loadavg', 'latin1').split(' ')[4]);
    const isKnown = started - startedBefore < (highestNumber - reservedNumbers) / 2;
    return isKnown && Number.isInteger(last) ? last : null;
  } catch {
    return null;
  }
}

/**
 * Ends what an attempt of an engine that died left running: its processes and, where it was a container, that. `folder`
 * is the attempt's, named like its execution. What cannot be ended is left.
 */
export async function endLeftBehind(folder: string, env: Readonly<Record<string, string>>): Promise<void> {
  await killStray(basename(folder), null);
  if (!(await isContainer(join(folder, 'invocation.json')))) return;
  const { removeContainer } = await import('./container-engine.ts');
  await removeContainer(basename(folder), env);
}

async function isContainer(invocationPath: string): Promise<boolean> {
  try {
    const { component } = JSON.parse(await readFile(invocationPath, 'utf8')) as Partial<Invocation>;
    return component?.kind === 'container';
  } catch {
    return false;
  }
}

/** Read in place: the kernel answers from memory, and handing it to another thread would take several times as long. */
function isMarked(id: number, mark: string): boolean {
  try {
    return readFileSync(`/proc/${id}/environ`, 'latin1').split('\0').includes(mark);
  } catch {
    return false;
  }
}

function kill(id: number): boolean {
  try {
    return process.kill(id, 'SIGKILL');
  } catch {
    return false;
  }
}
