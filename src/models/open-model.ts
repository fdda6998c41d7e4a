import { fileURLToPath } from 'node:url';
import { PlatformError } from '../errors/index.ts';
import type { LoadedModel, ModelRuntime } from './model.ts';
import { readModelDirectory } from './model-directory.ts';
import { createPythonRuntime } from './python/python-runtime.ts';
import { createNodeRuntime } from './worker/node-runtime.ts';

/** What a model of any kind may need to run. */
export interface RuntimeOptions {
  /** The interpreter that has the model's requirements; null where there is none. */
  readonly python: string | null;
  /** The folder of the product; default the one that this module belongs to. */
  readonly programRoot?: string;
  /** All variables of the model's process; absent: those of this process. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * The runtime that can load a directory, chosen by its MLmodel file.
 * @throws PlatformError MODEL_NOT_A_MODEL, MODEL_NEEDS_PYTHON
 */
export async function openRuntime(folder: string, options: RuntimeOptions): Promise<ModelRuntime> {
  const { node, flavors } = await readModelDirectory(folder);
  const env = options.env === undefined ? {} : { env: options.env };
  if (node !== null) return createNodeRuntime(env);
  if (options.python === null) {
    throw new PlatformError('MODEL_NEEDS_PYTHON', {
      message: `a model of the flavors ${flavors.join(', ')} is answered by Python`,
    });
  }
  const programRoot = options.programRoot ?? fileURLToPath(new URL('../..', import.meta.url));
  return createPythonRuntime({ python: options.python, programRoot, ...env });
}

/** What opening a model needs. */
export interface OpenModelOptions extends RuntimeOptions {
  readonly signal: AbortSignal;
  /** How long loading may take. */
  readonly timeoutMs?: number;
}

/**
 * Loads the model of a directory with the runtime that fits.
 * @throws PlatformError MODEL_NOT_A_MODEL, MODEL_NEEDS_PYTHON, MODEL_CANNOT_LOAD, MODEL_TIMEOUT, CANCELED
 */
export async function openModel(folder: string, options: OpenModelOptions): Promise<LoadedModel> {
  const runtime = await openRuntime(folder, options);
  const { signal, timeoutMs } = options;
  return await runtime.load(folder, { signal, ...(timeoutMs === undefined ? {} : { timeoutMs }) });
}
