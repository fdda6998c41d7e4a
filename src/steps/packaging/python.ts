import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { PlatformError } from '../../errors/index.ts';

const run = promisify(execFile);

/** The folder of the product; its Python package is in `python/mlspec`. */
export const programRoot = fileURLToPath(new URL('../../..', import.meta.url));

const start =
  'import sys, runpy; sys.path.insert(0, sys.argv.pop(1)); module = sys.argv.pop(1); runpy.run_module(module, run_name="__main__", alter_sys=True)';

/**
 * Runs a module of the Python package; the last line that it prints is its answer.
 * @throws PlatformError PACKAGING_CONVERSION with the last of what it said
 */
export async function runPython(
  python: string,
  command: readonly string[],
  signal: AbortSignal,
): Promise<Record<string, unknown>> {
  const args = ['-B', '-c', start, join(programRoot, 'python'), ...command];
  try {
    const { stdout } = await run(python, args, { signal, maxBuffer: 64 * 1024 * 1024 });
    return JSON.parse(stdout.trim().split('\n').at(-1)!) as Record<string, unknown>;
  } catch (cause) {
    signal.throwIfAborted();
    const said = String((cause as { stderr?: unknown }).stderr ?? (cause as Error).message).trim();
    throw new PlatformError('PACKAGING_CONVERSION', {
      message: `${command[0]} failed: ${said.split('\n').slice(-3).join('\n').slice(-1_000)}`,
      cause,
    });
  }
}
