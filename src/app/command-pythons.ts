import { basename, relative, resolve } from 'node:path';
import type { Digest } from '../encoding/index.ts';
import { isPlatformError } from '../errors/index.ts';
import { type LoadedFile, pythonPrefix } from '../pipeline/index.ts';
import type { Config } from './config.ts';

/** Where interpreters are looked for. */
export interface PythonQuestion {
  readonly config: Config;
  readonly signal: AbortSignal;
}

/**
 * The name in code sets of an interpreter that ran in a command, with the digest of the environment that it is. It is
 * named as the command will find it the next time: by the word where the path leads to it, else by its place. Null for one
 * that is no more.
 */
export async function identifyPython(path: string, question: PythonQuestion): Promise<LoadedFile | null> {
  const digest = await digestPython(path, question);
  if (digest === null) return null;
  const word = basename(path);
  if ((await digestPython(word, question)) === digest) return { path: `${pythonPrefix}${word}`, digest };
  const inside = relative(question.config.projectRoot, path);
  return { path: `${pythonPrefix}${inside.startsWith('..') ? path : inside}`, digest };
}

/** The digest of the environment that an interpreter is, by its name in code sets; null where there is none. */
export async function digestPython(name: string, question: PythonQuestion): Promise<Digest | null> {
  const { config, signal } = question;
  const { prepareEnvironment } = await import('./environment.ts');
  const python = name.includes('/') ? resolve(config.projectRoot, name) : name;
  try {
    return (await prepareEnvironment({ file: null, python }, { config, signal, onProgress: () => undefined })).digest;
  } catch (error) {
    if (isPlatformError(error) && error.code === 'ENVIRONMENT_NO_PYTHON') return null;
    throw error;
  }
}
