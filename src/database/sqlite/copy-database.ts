/**
 * The copy of a file before something risky. It is written under another name than a finished one, brought to the disk, and
 * only then named: a process that dies, or a disk that is full, in the middle leaves nothing that looks like a copy.
 */
import { closeSync, fsyncSync, openSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { formatInstant, isProcessAlive, now } from '../../encoding/index.ts';

/**
 * Copies an open database to a file beside it, readable by its owner alone.
 * @returns the path of the copy
 */
export function copyDatabase(connection: DatabaseSync, location: string, label: string): string {
  removeUnfinished(location);
  const mark = `${label}-${formatInstant(now()).replaceAll(/[:.]/g, '')}-${process.pid}`;
  const unfinished = `${location}.unfinished-${mark}`;
  const path = `${location}.backup-${mark}`;
  try {
    // SQLite copies into an empty file that is there, and leaves its mode.
    closeSync(openSync(unfinished, 'wx', 0o600));
    connection.prepare('vacuum into ?').run(unfinished);
    syncToDisk(unfinished);
    renameSync(unfinished, path);
    syncToDisk(dirname(path));
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw error;
  }
  return path;
}

function syncToDisk(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Removes what processes left that died while they copied. */
function removeUnfinished(location: string): void {
  const prefix = `${basename(location)}.unfinished-`;
  for (const name of readdirSync(dirname(location))) {
    const pid = /-([0-9]+)(-journal)?$/.exec(name)?.[1];
    if (!name.startsWith(prefix) || pid === undefined || isProcessAlive(Number(pid), null) !== false) continue;
    rmSync(join(dirname(location), name), { force: true });
  }
}
