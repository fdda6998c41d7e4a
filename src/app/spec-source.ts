import { readFile, realpath } from 'node:fs/promises';
import { isAbsolute, relative, resolve } from 'node:path';
import { PlatformError } from '../errors/index.ts';
import type { Config } from './config.ts';

/** What a declaration is read with. */
export interface SpecChoice {
  /** `name=value` texts of `--param`. */
  readonly params: readonly string[];
  readonly profile?: string;
}

/**
 * The text of the project's declaration.
 * @throws PlatformError SPEC_NOT_FOUND
 */
export async function readSpecFile(config: Config): Promise<string> {
  try {
    return await readFile(config.specFile, 'utf8');
  } catch (cause) {
    throw new PlatformError('SPEC_NOT_FOUND', {
      message: `expected a declaration at ${config.specFile}, found none that can be read`,
      cause,
    });
  }
}

/**
 * The texts of `--param` by name; a later one takes the place of an earlier.
 * @throws PlatformError CLI_USAGE for one without `=`
 */
export function parseParams(texts: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    texts.map((text) => {
      const at = text.indexOf('=');
      if (at <= 0)
        throw new PlatformError('CLI_USAGE', { message: `expected --param name=value, found ${JSON.stringify(text)}` });
      return [text.slice(0, at), text.slice(at + 1)];
    }),
  );
}

/** The text of a file of the project; null where there is none, and for a path that leads out of it, also through a link. */
export async function readInside(root: string, path: string): Promise<string | null> {
  try {
    const real = await realpath(resolve(root, path));
    const inside = relative(await realpath(root), real);
    if (inside.startsWith('..') || isAbsolute(inside)) return null;
    return await readFile(real, 'utf8');
  } catch {
    return null;
  }
}
