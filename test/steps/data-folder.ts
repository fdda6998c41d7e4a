import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { program } from '../program.ts';

/** A folder for the tables of a file of tests, gone when its tests are done, and `mlspec data` in it. */
export function createDataFolder(): {
  readonly folder: string;
  readonly mlspec: (...args: string[]) => { readonly code: number | null; readonly out: string; readonly err: string };
} {
  const folder = mkdtempSync(join(tmpdir(), 'mlspec-data-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const env = { ...process.env, NO_COLOR: '1' };
  return {
    folder,
    mlspec: (...args) => {
      const ran = spawnSync(program, ['data', ...args], { cwd: folder, env, encoding: 'utf8' });
      return { code: ran.status, out: ran.stdout, err: ran.stderr };
    },
  };
}
