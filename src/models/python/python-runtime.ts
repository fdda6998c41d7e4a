import { join } from 'node:path';
import type { ModelRuntime } from '../model.ts';
import { readModelDirectory } from '../model-directory.ts';
import { loadInWorker } from '../worker/worker-model.ts';

/** Where Python is and what it sees. */
export interface PythonRuntimeOptions {
  /** An interpreter that has the requirements of the models. */
  readonly python: string;
  /** The folder of the product: its Python package is in `python/`. */
  readonly programRoot: string;
  /** All variables of the child; absent: those of this process. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Puts the product's package in front without a variable, so that no program that the model starts inherits it. */
const start =
  'import sys, runpy; sys.path.insert(0, sys.argv.pop(1)); runpy.run_module("mlspec.predict", run_name="__main__", alter_sys=True)';

/** Models that Python loads: those of `Model.save`, and every other that MLflow can load where it is installed. */
export function createPythonRuntime(options: PythonRuntimeOptions): ModelRuntime {
  return {
    load: async (folder, limits) => {
      await readModelDirectory(folder);
      return await loadInWorker(
        {
          command: options.python,
          args: ['-B', '-c', start, join(options.programRoot, 'python'), folder],
          ...(options.env === undefined ? {} : { env: options.env }),
        },
        limits,
      );
    },
  };
}
