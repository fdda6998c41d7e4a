import { constants, type Stats } from 'node:fs';
import { access, open, readFile, stat } from 'node:fs/promises';
import type { StepContext } from '../../pipeline/index.ts';
import type { TestingParams } from './plan.ts';

/** What a program of the same user can reach although MLSpec does not hand it out. */
export const exposures = {
  'raw-sources': 'the sources from which the part was taken',
  'named-datasets': 'named datasets that may hold rows of the part, which every step may read',
  'key-file': 'the file of the sealing key',
  'process-memory': 'the memory and the open files of the processes that carry the gate out',
  'work-folders':
    'the folders of ingestion, splitting and the gate while they run, and after they were killed until the next command',
  'model-code': "the features of the part, through the model's own code, which may write down what it is asked",
  ledger: 'ledger and use log, which can be deleted together',
} as const;

/** One way that is open. */
export type Exposure = keyof typeof exposures;

/** The ways that are open on this system to a program of the user who carries the gate out. What can be tried was tried. */
export async function findExposures(params: TestingParams, context: StepContext): Promise<Exposure[]> {
  const isOpen: Readonly<Record<Exposure, boolean>> = {
    // A secret is in the environment of the program that was given it.
    'raw-sources': params.sourcesAreOpen || (await isReadable(`/proc/${process.ppid}/environ`)),
    'named-datasets': params.clearDatasets.length > 0,
    'key-file': await isReadable(context.gateFiles!.key),
    'process-memory': await isMemoryReadable(process.ppid),
    'work-folders': isOfThisUser(await stat(context.workDir)),
    'model-code': true,
    ledger: true,
  };
  return (Object.keys(exposures) as Exposure[]).filter((way) => isOpen[way]);
}

/** What kept the part sealed, and from whom it did not, in words. */
export function describeIsolation(open: readonly Exposure[]): string {
  const ways = open.map((way) => exposures[way]).join('; ');
  return `same user: MLSpec lets the bit out; on this system a program of the same user also reaches ${ways}`;
}

async function isReadable(path: string): Promise<boolean> {
  return await access(path, constants.R_OK).then(
    () => true,
    () => false,
  );
}

/**
 * Whether the memory of another process of the user can be read: tried on the engine, which is not a child of this one.
 * Where the system has no such files it counts as readable, for debuggers have other ways there.
 */
async function isMemoryReadable(processId: number): Promise<boolean> {
  if (process.platform !== 'linux') return true;
  try {
    const maps = await readFile(`/proc/${processId}/maps`, 'latin1');
    const start = /^([0-9a-f]+)-[0-9a-f]+ rw/m.exec(maps)?.[1];
    if (start === undefined) return false;
    const memory = await open(`/proc/${processId}/mem`, 'r');
    try {
      const { bytesRead } = await memory.read(Buffer.alloc(1), 0, 1, BigInt(`0x${start}`));
      return bytesRead === 1;
    } finally {
      await memory.close();
    }
  } catch {
    return false;
  }
}

function isOfThisUser({ uid }: Stats): boolean {
  return process.getuid === undefined || uid === process.getuid();
}
