import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { StepContext } from '../../pipeline/index.ts';
import { unsealInto } from '../../provenance/index.ts';
import type { TestingParams } from './plan.ts';

/**
 * Opens the sealed part for a piece of work, which is given a path where this process can read it. On Linux the file has
 * no name in any folder: whatever ends this process, nothing of it stays. Elsewhere it has one in the folder of the
 * attempt, closed to other users, until the work ends.
 *
 * While the part is open no model must run: it would be a program that could read the labels.
 */
export async function withOpenPart<T>(context: StepContext, work: (path: string) => Promise<T>): Promise<T> {
  const { name: project, part } = context.params as unknown as TestingParams;
  const name = join(context.workDir, 'sealed-part.parquet');
  const file = await open(name, 'wx+', 0o600);
  try {
    const isNameless = process.platform === 'linux';
    if (isNameless) await rm(name);
    await unsealInto(context.inputs['part']![0]!.path, file, {
      binding: { project, part },
      key: context.sealingKey!,
      signal: context.signal,
    });
    return await work(isNameless ? `/proc/self/fd/${file.fd}` : name);
  } finally {
    await file.close();
    await rm(name, { force: true });
  }
}
