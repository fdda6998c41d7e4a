import { constants } from 'node:fs';
import { access, readFile, realpath, stat } from 'node:fs/promises';
import { basename, delimiter, dirname, join } from 'node:path';
import type { JsonObject } from '../encoding/index.ts';
import { PlatformError } from '../errors/index.ts';
import type { ResolveOptions } from './environment.ts';

/** An interpreter: how to start it, and facts that change with every upgrade and cost nothing to ask. */
export interface LocatedPython {
  readonly path: string;
  readonly identity: JsonObject;
}

/**
 * Finds an interpreter by path, or by name on the path of the environment. A shim of pyenv is looked through.
 * @throws PlatformError ENVIRONMENT_NO_PYTHON
 */
export async function locatePython(python: string, env: ResolveOptions['env']): Promise<LocatedPython> {
  const folders = python.includes('/') ? [''] : (env['PATH'] ?? '').split(delimiter).filter((one) => one !== '');
  for (const folder of folders) {
    const found = folder === '' ? python : join(folder, python);
    if (!(await isProgram(found))) continue;
    const path = (await behindShim(found, env)) ?? found;
    const real = await realpath(path);
    const { size, mtimeMs } = await stat(real);
    return { path, identity: { path, real, size, mtimeMs } };
  }
  throw new PlatformError('ENVIRONMENT_NO_PYTHON', {
    message: `expected a Python interpreter at ${python}, found no such program`,
  });
}

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

/** The interpreter that a shim of pyenv starts; null for what is no shim, or one whose choice is not plain. */
async function behindShim(path: string, env: ResolveOptions['env']): Promise<string | null> {
  const folder = dirname(path);
  if (basename(folder) !== 'shims') return null;
  const root = env['PYENV_ROOT'] ?? dirname(folder);
  const chosen = env['PYENV_VERSION'] ?? (await versionFile(root));
  const version = chosen?.split(/[:\s]+/)[0];
  if (version === undefined || version === '' || version === 'system') return null;
  const behind = join(root, 'versions', version, 'bin', basename(path));
  return (await isProgram(behind)) ? behind : null;
}

async function versionFile(root: string): Promise<string | null> {
  const folders = [];
  for (let folder = process.cwd(); folder !== dirname(folder); folder = dirname(folder)) folders.push(folder);
  for (const path of [...folders.map((folder) => join(folder, '.python-version')), join(root, 'version')]) {
    const text = await readFile(path, 'utf8').catch(() => null);
    if (text !== null) return text.trim();
  }
  return null;
}
