import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDuckDbProcess, engineShare, type QueryEngine } from '../../tables/index.ts';

/** How a command works with tables. */
export interface TableWork {
  /** What the program and its query engine may take together, at least about 400 MiB; default what the machine has. */
  readonly memoryBytes?: number;
  /** Told while a query runs which share of it is done, 0 to 1; null where nobody knows. */
  readonly onShare?: (share: number | null) => void;
  /** Ends whatever query runs. */
  readonly signal?: AbortSignal;
}

/** Opens a query engine in a process of its own, with a folder for what does not fit into memory; afterwards both are gone. */
export async function withTables<Found>(
  { memoryBytes, onShare, signal }: TableWork,
  work: (engine: QueryEngine) => Promise<Found>,
): Promise<Found> {
  const tempDirectory = await mkdtemp(join(tmpdir(), 'mlspec-tables-'));
  try {
    const engine = await createDuckDbProcess({
      tempDirectory,
      ...(memoryBytes === undefined ? {} : { memoryLimitBytes: engineShare(memoryBytes) }),
      ...(onShare === undefined ? {} : { onProgress: onShare }),
      ...(signal === undefined ? {} : { signal }),
    });
    try {
      return await work(engine);
    } finally {
      await engine.close();
    }
  } finally {
    await rm(tempDirectory, { recursive: true, force: true });
  }
}
