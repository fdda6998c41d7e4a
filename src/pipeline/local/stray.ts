import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';

import type { Invocation } from '../invocation.ts';

/** The variable that every process of a step inherits; its value is the execution's id. */
export const markVariable = 'MLSPEC_EXECUTION';

/**
 * Kills processes of an execution that left its process group (daemons, shells that made sessions of their own), known
 * by the variable that they inherited. Answers how many there were. On Linux only; elsewhere a process that leaves its
 * group gets away.
 */
export async function killStray(executionId: string): Promise<number> {
  if (process.platform !== 'linux') return 0;
  const mark = `${markVariable}=${executionId}`;
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  const found = await Promise.all(ids.map(async (id) => ((await isMarked(id, mark)) ? Number(id) : null)));
  return found.filter((id) => id !== null && kill(id)).length;
}

/**
 * Ends what an attempt of an engine that died left running: its processes and, where it was a container, that. `folder`
 * is the attempt's, named like its execution. What cannot be ended is left.
 */
export async function endLeftBehind(folder: string, env: Readonly<Record<string, string>>): Promise<void> {
  await killStray(basename(folder));
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

async function isMarked(id: string, mark: string): Promise<boolean> {
  const environment = await readFile(`/proc/${id}/environ`, 'latin1').catch(() => '');
  return environment.split('\0').includes(mark);
}

function kill(id: number): boolean {
  try {
    return process.kill(id, 'SIGKILL');
  } catch {
    return false;
  }
}
