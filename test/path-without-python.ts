import { mkdtempSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A new folder for the variable PATH: what the program and its tests are started with, and no Python. */
export function pathWithoutPython(): string {
  const folder = mkdtempSync(join(tmpdir(), 'no-python-'));
  for (const tool of ['sh', 'dirname', 'readlink', 'env', 'git', 'ps'])
    symlinkSync(join('/usr/bin', tool), join(folder, tool));
  symlinkSync(process.execPath, join(folder, 'node'));
  return folder;
}
