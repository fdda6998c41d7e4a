/**
 * What tells a process from a later one with the same number: when it was started, and where its number means it, which
 * is one start of one machine and there one namespace of processes (each container has its own).
 */
import { readFileSync, readlinkSync } from 'node:fs';

const separator = ':';

/** The mark of a process that can be seen from here, of letters, digits, `-` and `:`; null where the system does not tell. */
export function processMark(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name in parentheses may hold anything; fields are counted from behind it.
    const startedAtTicks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    return [placeMark(), startedAtTicks].join(separator);
  } catch {
    return null;
  }
}

/**
 * Whether a process lives that a program of this host started under a number, with a mark where the system told one;
 * null where its number means nothing here.
 */
export function isProcessAlive(pid: number, mark: string | null): boolean | null {
  if (mark !== null && !isOfThisPlace(mark)) return null;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return mark === null || (processMark(pid) ?? mark) === mark;
}

function isOfThisPlace(mark: string): boolean {
  try {
    return mark.slice(0, mark.lastIndexOf(separator)) === placeMark();
  } catch {
    return true;
  }
}

function placeMark(): string {
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
  return [boot, readlinkSync('/proc/self/ns/pid').replaceAll(/\D/g, '')].join(separator);
}
