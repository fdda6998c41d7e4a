/**
 * Names of unfinished files. They say which process is writing them: host, process id and the moment that process
 * started, because ids are used again. Whoever opens the store later removes those of processes that are gone.
 */
import { readFileSync } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { newId, now } from '../../encoding/index.ts';

const separator = '~';
const foreignLifetimeMs = 7 * 24 * 3600 * 1000;
let ownPrefix: string | null = null;

/** A new name for an unfinished file of this process. */
export function stagingName(): string {
  ownPrefix ??= [hostLabel(), String(process.pid), startOf(process.pid) ?? '0'].join(separator);
  return `${ownPrefix}${separator}${newId('tmp')}`;
}

/**
 * Removes what killed processes left in a folder of unfinished files: those of this host whose process is gone at once,
 * those of other hosts, and names that nobody can tell, after seven days.
 */
export async function removeAbandoned(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (await isAbandoned(folder, name)) await rm(join(folder, name), { force: true, recursive: true });
  }
}

async function isAbandoned(folder: string, name: string): Promise<boolean> {
  const [host, pid, start] = name.split(separator);
  if (host === hostLabel() && pid !== undefined && /^\d+$/.test(pid)) {
    return !isAlive(Number(pid)) || (start !== '0' && start !== (startOf(Number(pid)) ?? start));
  }
  const found = await stat(join(folder, name)).catch(() => null);
  return found !== null && found.mtimeMs < now() - foreignLifetimeMs;
}

function hostLabel(): string {
  return hostname().replaceAll(/[^A-Za-z0-9.-]/g, '-');
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as { code?: string }).code !== 'ESRCH';
  }
}

/** When a process started, in the kernel's own unit; null where the system does not say. */
function startOf(pid: number): string | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}
