/* One process at a time, also where the one that has it was killed. */
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const lockAgeLimitMs = 30 * 60_000;

/** Runs `work` while no other process does, by a folder that only one can make. @param onWait is called once where it has to wait */
export function withLock(lock: string, onWait: () => void, work: () => void): void {
  for (let told = false; !tryLock(lock); told = true) {
    if (!told) onWait();
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
  }
  try {
    work();
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

function tryLock(lock: string): boolean {
  try {
    mkdirSync(lock);
    writeFileSync(join(lock, 'pid'), String(process.pid));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    if (isAbandoned(lock)) rmSync(lock, { recursive: true, force: true });
    return false;
  }
}

function isAbandoned(lock: string): boolean {
  try {
    const pid = Number(readFileSync(join(lock, 'pid'), 'utf8'));
    process.kill(pid, 0);
    return false;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return true;
    const age = existsSync(lock) ? Date.now() - statSync(lock).mtimeMs : 0;
    return age > lockAgeLimitMs;
  }
}
