import { readdirSync, readFileSync } from 'node:fs';

const pageBytes = 4096;

/** What a process and everything that it started hold in memory: resident bytes, pages that they share counted for each. Linux. */
export function residentBytes(pid: number): number {
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const parent = parentOf(name);
    if (parent !== null) children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  let sum = 0;
  const waiting = [pid];
  for (const one of waiting) {
    sum += residentOf(one);
    waiting.push(...(children.get(one) ?? []));
  }
  return sum;
}

function parentOf(pid: string): number | null {
  const found = /^\d+ \(.*\) \S (\d+)/s.exec(readIfThere(`/proc/${pid}/stat`));
  return found === null ? null : Number(found[1]);
}

function residentOf(pid: number): number {
  return Number(readIfThere(`/proc/${pid}/statm`).split(' ')[1] ?? 0) * pageBytes;
}

/** A process may end between two looks. */
function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
