import { modulePath } from '../../encoding/index.ts';
import type { ModelRuntime } from '../model.ts';
import { readModelDirectory } from '../model-directory.ts';
import { loadInWorker } from './worker-model.ts';

/** What a Node worker sees. */
export interface NodeRuntimeOptions {
  /** All variables of the child; absent: those of this process. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Models that a Node process answers: ONNX, and modules in TypeScript. Never in this process: ONNX Runtime blocks its
 * thread while it computes, and a fault in it would end everything.
 */
export function createNodeRuntime(options: NodeRuntimeOptions = {}): ModelRuntime {
  const main = modulePath(import.meta.url, './main');
  return {
    load: async (folder, limits) => {
      await readModelDirectory(folder);
      return await loadInWorker(
        {
          command: process.execPath,
          args: ['--disable-warning=ExperimentalWarning', main, folder],
          ...(options.env === undefined ? {} : { env: options.env }),
        },
        limits,
      );
    },
  };
}
