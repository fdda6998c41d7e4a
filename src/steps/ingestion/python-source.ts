import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PlatformError } from '../../errors/index.ts';
import type { StepContext } from '../../pipeline/index.ts';

const programRoot = fileURLToPath(new URL('../../..', import.meta.url));
const keptLength = 4_000;
const shownLines = 4;
const start =
  'import sys, runpy; sys.path.insert(0, sys.argv.pop(1)); runpy.run_module("mlspec.source", run_name="__main__", alter_sys=True)';

/**
 * Lets a Python function of the project (`module:function`, `file.py:function`) leave its table in a Parquet file. What it
 * prints goes where the step's own output goes.
 * @throws PlatformError INGESTION_PYTHON_FAILED with the last of what it said; CANCELED
 */
export async function runPythonSource(reference: string, path: string, context: StepContext): Promise<void> {
  if (context.python === null)
    throw new PlatformError('INGESTION_PYTHON_FAILED', {
      message: `${reference} needs Python, and this step has no Python environment`,
    });
  const { code, said } = await run(context.python, [context.projectRoot, reference, path], context);
  if (code === 0) return;
  const last = said.trim().split('\n').slice(-shownLines).join('\n');
  throw new PlatformError('INGESTION_PYTHON_FAILED', {
    message: `${reference} failed: ${last || `it ended with ${code}`}`,
  });
}

async function run(
  python: string,
  command: readonly string[],
  { signal, projectRoot }: StepContext,
): Promise<{ readonly code: number | NodeJS.Signals; readonly said: string }> {
  return await new Promise((resolve, reject) => {
    const child = spawn(python, ['-B', '-c', start, join(programRoot, 'python'), ...command], {
      cwd: projectRoot,
      signal,
      stdio: ['ignore', 'inherit', 'pipe'],
    });
    let said = '';
    child.stderr!.on('data', (chunk: Buffer) => {
      process.stderr.write(chunk);
      said = `${said}${chunk.toString('utf8')}`.slice(-keptLength);
    });
    child.once('error', reject);
    child.once('close', (code, ended) => resolve({ code: code ?? ended ?? 1, said }));
  });
}
