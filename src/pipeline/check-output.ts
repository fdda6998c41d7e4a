import { type FileHandle, open, readFile, stat } from 'node:fs/promises';
import { PlatformError } from '../errors/index.ts';
import type { PlanStep } from './plan.ts';
import { fileEnding } from './scratch.ts';

const parquetMark = 'PAR1';
/** Larger documents are not read for being checked. */
const largestReadBytes = 64 * 1024 * 1024;

/** One output of a step, where the step left it. */
export interface LeftOutput {
  readonly port: string;
  readonly path: string;
}

/**
 * Holds what the project's own code left at a port to the form of its type: a Parquet file for tables, JSON for reports and
 * their like, so that it fails where it was made and not in a step that reads it. Models and `Any` may have any form.
 * @throws PlatformError PIPELINE_BAD_OUTPUT
 */
export async function checkOutput({ name, component, outputs }: PlanStep, { port, path }: LeftOutput): Promise<void> {
  if (component.kind === 'builtin') return;
  const { type } = outputs[port]!;
  const ending = fileEnding(type);
  const form = ending === '.parquet' ? 'a Parquet file' : ending === '.json' ? 'a JSON document' : null;
  const found = form === null ? null : await findOther(path, ending);
  if (found === null) return;
  throw new PlatformError('PIPELINE_BAD_OUTPUT', {
    message: `expected ${form} at output ${port} of step ${name}, which a ${type} is, found ${found}`,
  });
}

/** What is there instead of a file of the form, or null where it is one. */
async function findOther(path: string, ending: string): Promise<string | null> {
  const found = await stat(path);
  if (!found.isFile()) return 'a folder';
  if (ending === '.parquet') return (await isParquet(path, found.size)) ? null : 'other bytes';
  if (found.size > largestReadBytes) return null;
  try {
    JSON.parse(await readFile(path, 'utf8'));
    return null;
  } catch (error) {
    if (error instanceof SyntaxError) return `other text: ${error.message}`;
    throw error;
  }
}

/** By its mark, which stands at both ends. */
async function isParquet(path: string, sizeBytes: number): Promise<boolean> {
  if (sizeBytes < 3 * parquetMark.length) return false;
  const file = await open(path, 'r');
  try {
    return (
      (await textAt(file, 0)) === parquetMark && (await textAt(file, sizeBytes - parquetMark.length)) === parquetMark
    );
  } finally {
    await file.close();
  }
}

async function textAt(file: FileHandle, position: number): Promise<string> {
  const { buffer } = await file.read(Buffer.alloc(parquetMark.length), 0, parquetMark.length, position);
  return buffer.toString('latin1');
}
