import { execFile } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { newId, writeFileAtomically } from '../encoding/index.ts';
import type { Config } from './config.ts';

const run = promisify(execFile);
const gitTimeoutMs = 2_000;

/** The lasting id of a project, kept in its state folder; names its sealing key. */
export async function projectId(config: Config): Promise<string> {
  const path = join(config.stateDir, 'project.json');
  const known = await readFile(path, 'utf8').then(
    (text) => (JSON.parse(text) as { id: string }).id,
    () => null,
  );
  if (known !== null) return known;
  const id = newId('prj');
  await mkdir(config.stateDir, { recursive: true, mode: 0o700 });
  await writeFileAtomically(path, `${JSON.stringify({ id })}\n`);
  return id;
}

/** The commit of the project's folder and whether its tree was clean; null outside git, without git, and before the first commit. */
export async function gitState(projectRoot: string): Promise<{ commit: string; clean: boolean } | null> {
  const question = ['status', '--porcelain=v2', '--branch', '--untracked-files=no', '--', '.'];
  try {
    const { stdout } = await run('git', ['-C', projectRoot, ...question], {
      timeout: gitTimeoutMs,
      env: { PATH: process.env['PATH'], LC_ALL: 'C', GIT_OPTIONAL_LOCKS: '0' },
    });
    const lines = stdout.split('\n').filter((line) => line !== '');
    const commit = /^# branch\.oid ([0-9a-f]{40,64})$/m.exec(stdout)?.[1];
    return commit === undefined ? null : { commit, clean: lines.every((line) => line.startsWith('#')) };
  } catch {
    return null;
  }
}
