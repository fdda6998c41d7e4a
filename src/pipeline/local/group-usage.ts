import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/** What the processes of one group use together. */
export interface GroupUsage {
  /** Resident memory. Pages that several processes share are counted for each: never too little. */
  readonly memoryBytes: number;
  readonly cpuSeconds: number;
  /** Those that still run. */
  readonly processIds: readonly number[];
}

const ticksPerSecond = 100;
const run = promisify(execFile);

/** Resident memory and processor time of a process group, waited-for children included; zero where it is gone. */
export async function groupUsage(groupId: number): Promise<GroupUsage> {
  return process.platform === 'linux' ? await linuxUsage(groupId) : await portableUsage(groupId);
}

/** Memory of processes in which shared pages count once altogether; null where the system does not tell. Slower. */
export async function sharedMemoryBytes(processIds: readonly number[]): Promise<number | null> {
  if (process.platform !== 'linux') return null;
  const texts = await Promise.all(
    processIds.map((id) => readFile(`/proc/${id}/smaps_rollup`, 'latin1').catch(() => null)),
  );
  if (texts.every((text) => text === null)) return null;
  return texts.reduce((sum, text) => sum + Number(/^Pss:\s+(\d+) kB/m.exec(text ?? '')?.[1] ?? 0) * 1024, 0);
}

async function linuxUsage(groupId: number): Promise<GroupUsage> {
  const names = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const stats = await Promise.all(names.map((name) => readFile(`/proc/${name}/stat`, 'latin1').catch(() => '')));
  const bytes = await pageBytes();
  const processIds: number[] = [];
  let memoryBytes = 0;
  let cpuSeconds = 0;
  for (const stat of stats) {
    // The name in parentheses may hold anything; fields are counted from behind it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (Number(fields[2]) !== groupId) continue;
    // Ended, and only not yet waited for: it still counts its processor time and uses nothing else.
    if (!/^[ZXx]$/.test(fields[0]!)) processIds.push(Number.parseInt(stat, 10));
    memoryBytes += Number(fields[21]) * bytes;
    cpuSeconds += fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / ticksPerSecond;
  }
  return { memoryBytes, cpuSeconds, processIds };
}

let knownPageBytes: number | null = null;

/** The size of a memory page, from one fact that the system gives both in pages and in bytes. */
async function pageBytes(): Promise<number> {
  if (knownPageBytes !== null) return knownPageBytes;
  const [map, status] = await Promise.all([
    readFile('/proc/self/statm', 'latin1').catch(() => ''),
    readFile('/proc/self/status', 'latin1').catch(() => ''),
  ]);
  const pages = Number(map.split(' ')[0]);
  const sizeBytes = Number(/^VmSize:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024;
  const ratio = sizeBytes / pages;
  knownPageBytes = Number.isFinite(ratio) && ratio > 0 ? 2 ** Math.round(Math.log2(ratio)) : 4096;
  return knownPageBytes;
}

async function portableUsage(groupId: number): Promise<GroupUsage> {
  const { stdout } = await run('ps', ['-axo', 'pgid=,rss=,time=,pid=']).catch(() => ({ stdout: '' }));
  const processIds: number[] = [];
  let memoryBytes = 0;
  let cpuSeconds = 0;
  for (const line of stdout.split('\n')) {
    const [group, kibibytes, time, id] = line.trim().split(/\s+/);
    if (Number(group) !== groupId) continue;
    processIds.push(Number(id));
    memoryBytes += Number(kibibytes) * 1024;
    cpuSeconds += (time ?? '0').split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
  }
  return { memoryBytes, cpuSeconds, processIds };
}
