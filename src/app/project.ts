import { execFile } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { newId, writeFileAtomically } from '../encoding/index.ts';
import { PlatformError } from '../errors/index.ts';
import type { Config } from './config.ts';

const run = promisify(execFile);
const gitTimeoutMs = 2_000;

/** The lasting id of a project, kept in its state folder; names its sealing key. */
export async function projectId(config: Config): Promise<string> {
  const known = await knownProjectId(config);
  if (known !== null) return known;
  const path = join(config.stateDir, 'project.json');
  const id = newId('prj');
  await mkdir(config.stateDir, { recursive: true, mode: 0o700 });
  await writeFileAtomically(path, `${JSON.stringify({ id })}\n`);
  return id;
}

/**
 * The same, where the project has one already; null: nothing was recorded here yet, and nothing is made.
 * @throws PlatformError PROJECT_ID_BAD
 */
export async function knownProjectId(config: Config): Promise<string | null> {
  const path = join(config.stateDir, 'project.json');
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
    throw badId(path, error.code ?? error.message);
  });
  if (text === null) return null;
  // Never a new id in its place: with the id goes the sealing key, and with that what was sealed.
  const id = /^\s*\{\s*"id"\s*:\s*"(prj_[0-9a-z]{26})"\s*\}\s*$/.exec(text)?.[1];
  if (id === undefined) throw badId(path, JSON.stringify(text.slice(0, 60)));
  return id;
}

function badId(path: string, found: string): PlatformError {
  return new PlatformError('PROJECT_ID_BAD', {
    message: `expected {"id": "prj_…"}, the lasting id of the project, in ${path}, found ${found}`,
  });
}

/** Makes sure that something was recorded here. @throws PlatformError LOG_NOTHING */
export async function requireProject(config: Config): Promise<void> {
  if ((await knownProjectId(config)) !== null) return;
  throw new PlatformError('LOG_NOTHING', {
    message: `expected the record of a project in ${config.stateDir}, found none`,
  });
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
