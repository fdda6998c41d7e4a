/**
 * Files that a step keeps beside its outputs: pictures, notes, whatever `log_artifact` was given. They are recorded with
 * the execution and come with its reuse; no step reads them, and they are in no key and not in the digest of a run's
 * record, so that a picture with the time in it makes nothing run again.
 */
import { lstat, realpath } from 'node:fs/promises';
import { dirname, join, posix, sep } from 'node:path';
import { newId } from '../encoding/index.ts';
import { PlatformError } from '../errors/index.ts';
import type { PublishedOutput } from './events.ts';
import type { OpenedExecution, RanStep } from './execution.ts';
import type { RunContext } from './run-context.ts';

/** The type of the artifact that a kept file or folder is. No port has it. */
export const keptFileType = 'File';
/** What the name of a kept file begins with where others are names of ports; no port's name holds a slash. */
const keptPrefix = 'artifacts/';

/**
 * Takes the files and folders that a step says it kept into the artifact store. The step may have been any program: what
 * it names must lie in its own folder for them, and not behind a link.
 * @throws PlatformError PIPELINE_BAD_KEPT_FILE
 */
export async function storeKeptFiles(
  execution: OpenedExecution,
  ran: RanStep,
  context: RunContext,
): Promise<Record<string, PublishedOutput>> {
  const kept: Record<string, PublishedOutput> = {};
  for (const name of [...new Set(ran.result.artifacts)].sort()) {
    const path = await pathOf(name, execution);
    if (path === null) throw badName(execution, name);
    const content = await context.services.artifacts.put(path, { signal: context.options.signal });
    kept[`${keptPrefix}${name}`] = { artifactId: newId('art'), type: keptFileType, ...content, properties: {} };
  }
  return kept;
}

async function pathOf(name: string, { scratch }: OpenedExecution): Promise<string | null> {
  if (name === '' || name === '.' || name.includes('\0') || posix.normalize(name) !== name) return null;
  if (posix.isAbsolute(name) || name === '..' || name.startsWith('../') || name.endsWith('/')) return null;
  const path = join(scratch.kept, name);
  const folder = join(await realpath(scratch.root), 'artifacts');
  try {
    const parent = await realpath(dirname(path));
    await lstat(path);
    return parent === folder || parent.startsWith(folder + sep) ? path : null;
  } catch {
    return null;
  }
}

function badName(execution: OpenedExecution, name: string): PlatformError {
  return new PlatformError('PIPELINE_BAD_KEPT_FILE', {
    message: `step ${execution.step.name} says that it kept ${JSON.stringify(name)}: expected a file or folder of that name in its folder artifacts, found none`,
  });
}
