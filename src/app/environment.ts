import { resolve } from 'node:path';
import { type Environment, resolveEnvironment } from '../environments/index.ts';
import type { EnvironmentReference, ReadyEnvironment } from '../pipeline/index.ts';
import type { Config } from './config.ts';

const made = new Map<string, Promise<Environment>>();

/** The environment that a step names, made where it is not there yet; asked for once in a process. */
export async function prepareEnvironment(
  reference: EnvironmentReference,
  options: { readonly config: Config; readonly signal: AbortSignal; readonly onProgress: (message: string) => void },
): Promise<ReadyEnvironment> {
  const { config } = options;
  const name = JSON.stringify([config.projectRoot, reference]);
  const known = made.get(name) ?? make(reference, options);
  made.set(name, known);
  try {
    const environment = await known;
    return { python: environment.python, digest: environment.digest, lock: { ...environment.lock } };
  } catch (error) {
    made.delete(name);
    throw error;
  }
}

function make(
  reference: EnvironmentReference,
  options: Parameters<typeof prepareEnvironment>[1],
): Promise<Environment> {
  const { config } = options;
  return resolveEnvironment(
    {
      file: reference.file === null ? null : resolve(config.projectRoot, reference.file),
      requirements: reference.requirements ?? [],
      installer: reference.installer ?? 'auto',
      python: reference.python ?? config.python,
    },
    { cacheDir: config.cacheDir, signal: options.signal, onProgress: options.onProgress, env: config.env },
  );
}
