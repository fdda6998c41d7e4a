/**
 * Environments are made once and named by what is in them. A *recipe* (requirements, interpreter, platform, installer)
 * finds a folder below the cache. Each maker works in a folder of its own in there; `complete.json`, written last and
 * atomically, says which of them is whole and what it holds. So a killed maker leaves nothing that could be taken for an
 * environment, and two makers at once can only waste work, never spoil it: a lock saves them that.
 */
import { constants } from 'node:fs';
import { access, mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type Digest, digestHex, digestJson, type JsonObject, newId, writeFileAtomically } from '../encoding/index.ts';
import type { Environment, EnvironmentLock, EnvironmentSpec, ResolveOptions } from './environment.ts';
import { inspectPython } from './inspect-python.ts';
import { type Installation, type Installed, install } from './install.ts';
import { type LocatedPython, locatePython } from './locate-python.ts';
import { isProcessRunning, withLock } from './make-lock.ts';
import { type RequirementsFile, readRequirementsFile } from './requirements-file.ts';

/**
 * The environment of a spec, made where it is not there yet. A spec without requirements is the interpreter as it is.
 * @throws PlatformError ENVIRONMENT_NO_PYTHON, ENVIRONMENT_FILE_MISSING, ENVIRONMENT_BAD_REQUIREMENT,
 *   ENVIRONMENT_INSTALL_FAILED, CANCELED (as the signal's reason)
 */
export async function resolveEnvironment(spec: EnvironmentSpec, options: ResolveOptions): Promise<Environment> {
  const located = await locatePython(spec.python, options.env);
  if (spec.file === null && spec.requirements.length === 0)
    return named(located.path, await inspectPython(located.path, options));
  const file = spec.file === null ? null : await readRequirementsFile(spec.file);
  const recipe = recipeOf(spec, located, file);
  const folder = join(options.cacheDir, 'environments', digestHex(digestJson(recipe)).slice(0, 32));
  const made = await readComplete(folder);
  if (made !== null) return made;
  await mkdir(folder, { recursive: true });
  return await withLock(join(folder, 'making'), options, async () => {
    return (await readComplete(folder)) ?? (await make(folder, { spec, file, python: located.path }, options));
  });
}

/** An environment by its interpreter and lock. */
function named(python: string, lock: EnvironmentLock): Environment {
  return { python, lock, digest: lockDigest(lock) };
}

/** The digest of an environment, made of what it holds, not of how it was made. @throws PlatformError ENCODING_NOT_JSON for what is no lock */
export function lockDigest({ python, implementation, platform, packages }: EnvironmentLock): Digest {
  return digestJson({ version: 1, python, implementation, platform, packages });
}

function recipeOf(spec: EnvironmentSpec, located: LocatedPython, file: RequirementsFile | null): JsonObject {
  return {
    version: 2,
    file: file === null ? null : { name: basename(file.path), digests: file.digests },
    requirements: spec.requirements,
    python: located.identity,
    platform: `${process.platform}-${process.arch}`,
    installer: spec.installer,
  };
}

async function readComplete(folder: string): Promise<Environment | null> {
  try {
    const text = await readFile(join(folder, 'complete.json'), 'utf8');
    const { maker, lock } = JSON.parse(text) as { maker: string; lock: EnvironmentLock };
    const python = join(folder, maker, 'venv', 'bin', 'python');
    // The interpreter behind it may have been removed since.
    await access(python, constants.X_OK);
    return named(python, lock);
  } catch {
    return null;
  }
}

async function make(
  folder: string,
  from: Pick<Installation, 'spec' | 'file' | 'python'>,
  options: ResolveOptions,
): Promise<Environment> {
  await removeAbandoned(folder);
  const maker = `${newId('env')}-${process.pid}`;
  const place = join(folder, maker);
  try {
    const installed = await install({ ...from, folder: place }, options);
    const python = join(place, 'venv', 'bin', 'python');
    const lock = withHashes(await inspectPython(python, { signal: options.signal, env: options.env }), installed);
    await writeFileAtomically(join(folder, 'complete.json'), `${JSON.stringify({ maker, lock })}\n`);
    return named(python, lock);
  } catch (error) {
    await rm(place, { recursive: true, force: true });
    throw error;
  }
}

function withHashes(lock: EnvironmentLock, { hashes, own }: Installed): EnvironmentLock {
  const packages = Object.fromEntries(Object.entries(lock.packages).filter(([name]) => !own.includes(name)));
  return { ...lock, packages, ...(Object.keys(hashes).length === 0 ? {} : { hashes }) };
}

/** Takes away what makers that were killed left. */
async function removeAbandoned(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const maker = /^env_.*-(\d+)$/.exec(name)?.[1];
    if (maker !== undefined && (!isProcessRunning(Number(maker)) || Number(maker) === process.pid))
      await rm(join(folder, name), { recursive: true, force: true });
  }
}
