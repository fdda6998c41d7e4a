import { cpSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join, posix, resolve } from 'node:path';
import { PlatformError } from '../../errors/index.ts';
import type { Invocation } from '../invocation.ts';

/**
 * Copies a file or folder to where the engine takes what a step keeps, and adds its name to those that were kept.
 * @throws PlatformError PIPELINE_BAD_KEPT_FILE for a name that is no relative path, and for a path where nothing is
 */
export function keepFile(
  invocation: Pick<Invocation, 'step' | 'resultPath'>,
  kept: Set<string>,
  given: { readonly path: string; readonly name: string | undefined },
): void {
  const { path, name = basename(resolve(path)) } = given;
  const isRelative = name !== '' && posix.normalize(name) === name && !/^(\/|\.\.?(\/|$))|\0|\/$/.test(name);
  if (!isRelative)
    throw new PlatformError('PIPELINE_BAD_KEPT_FILE', {
      message: `expected the name of a kept file of step ${invocation.step} to be a relative path, found ${JSON.stringify(name)}`,
    });
  const destination = join(dirname(invocation.resultPath), 'artifacts', name);
  try {
    statSync(path);
    if (kept.has(name)) forget(kept, name, destination);
    mkdirSync(dirname(destination), { recursive: true });
    cpSync(path, destination, { recursive: true, dereference: true });
  } catch (cause) {
    throw new PlatformError('PIPELINE_BAD_KEPT_FILE', {
      message: `expected a file or folder at ${path} for step ${invocation.step} to keep: ${(cause as Error).message}`,
      cause,
    });
  }
  kept.add(name);
}

/** Removes what was kept under a name, with what was put into it under names of its own. */
function forget(kept: Set<string>, name: string, destination: string): void {
  rmSync(destination, { recursive: true });
  for (const one of kept) if (one === name || one.startsWith(`${name}/`)) kept.delete(one);
}
