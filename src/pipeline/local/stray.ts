import { readdir, readFile } from 'node:fs/promises';

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
