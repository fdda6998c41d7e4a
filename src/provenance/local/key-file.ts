/** Files that hold one secret key: mode 0600 in a folder of mode 0700, made once, also where two processes try. */
import { constants } from 'node:fs';
import { link, lstat, mkdir, open, realpath, unlink } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { newId } from '../../encoding/index.ts';
import { isPlatformError, PlatformError } from '../../errors/index.ts';

const largestKeyFileBytes = 64 << 10;

/**
 * The text of a key file, which is made where it is absent.
 * @throws PlatformError PROVENANCE_KEY_EXPOSED, PROVENANCE_KEY_UNAVAILABLE
 */
export async function readOrCreateKeyFile(path: string, create: () => string): Promise<string> {
  try {
    return (await readKeyFile(path)) ?? (await createKeyFile(path, create()));
  } catch (error) {
    if (isPlatformError(error)) throw error;
    throw unavailable(path, error);
  }
}

/**
 * Checks that a folder for keys lies outside a project, links followed.
 * @throws PlatformError PROVENANCE_KEY_PLACE
 */
export async function requireOutside(keysDir: string, projectRoot: string): Promise<void> {
  const path = relative(await realPathOf(projectRoot), await realPathOf(keysDir));
  if (path === '..' || path.startsWith(`..${sep}`)) return;
  throw new PlatformError('PROVENANCE_KEY_PLACE', {
    message: `expected a folder for keys outside ${projectRoot}, found ${keysDir}`,
    hint:
      `Set MLSPEC_KEYS_DIR to the absolute path of a folder outside ${projectRoot}, or move the declaration with its files ` +
      'into a folder of its own that does not contain the folder for keys.',
  });
}

async function readKeyFile(path: string): Promise<string | null> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW).catch((error: unknown) => {
    if ((error as { code?: string }).code === 'ENOENT') return null;
    throw error;
  });
  if (file === null) return null;
  try {
    const { mode, size } = await file.stat();
    if ((mode & 0o077) !== 0) throw exposed(path, mode);
    if (size > largestKeyFileBytes) throw bad(path);
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

async function createKeyFile(path: string, text: string): Promise<string> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const { mode } = await lstat(folder);
  if ((mode & 0o022) !== 0) throw exposed(folder, mode);
  const temporary = join(folder, `.${newId('key')}`);
  const file = await open(temporary, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  try {
    await link(temporary, path);
  } catch (error) {
    if ((error as { code?: string }).code !== 'EEXIST') throw error;
  } finally {
    await unlink(temporary);
  }
  return (await readKeyFile(path)) ?? text;
}

/** A path with links followed as far as it exists. */
async function realPathOf(path: string): Promise<string> {
  const whole = resolve(path);
  const found = await realpath(whole).catch(() => null);
  if (found !== null || dirname(whole) === whole) return found ?? whole;
  return join(await realPathOf(dirname(whole)), whole.slice(dirname(whole).length));
}

function exposed(path: string, mode: number): PlatformError {
  return new PlatformError('PROVENANCE_KEY_EXPOSED', {
    message: `expected ${path} to be closed to other users, found mode ${(mode & 0o777).toString(8).padStart(4, '0')}`,
    details: { path },
  });
}

/** The error for a file that holds no key. Its content is not shown. */
export function bad(path: string): PlatformError {
  return new PlatformError('PROVENANCE_KEY_BAD', { message: `expected a key in ${path}`, details: { path } });
}

function unavailable(path: string, cause: unknown): PlatformError {
  const message = cause instanceof Error ? cause.message : String(cause);
  return new PlatformError('PROVENANCE_KEY_UNAVAILABLE', { message: `${path}: ${message}`, details: { path } });
}
