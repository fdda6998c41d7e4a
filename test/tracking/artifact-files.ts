/* What the stock client logs where artifacts are tried: a large file and a folder with names of all kinds. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { neverAgain, type StockRun, toldBy } from './stock-program.ts';

/** Which server, from which folder, and what the large file is. */
export interface ArtifactFiles {
  readonly url: string;
  readonly place: string;
  readonly large: Buffer;
  readonly variables: NonNullable<StockRun['variables']>;
}

/** Lays the files out and lets the client log, list and download them. @returns what it found */
export async function logArtifacts({ url, place, large, variables }: ArtifactFiles): Promise<Record<string, unknown>> {
  await mkdir(join(place, 'tree', 'sub'), { recursive: true });
  await writeFile(join(place, 'large.bin'), large);
  await writeFile(join(place, 'tree', 'a.txt'), 'a');
  await writeFile(join(place, 'tree', 'sub', 'b.csv'), 'x,y\n1,2\n');
  await writeFile(join(place, 'tree', 'sub', '100% sure+1.bin'), Buffer.alloc(2_000_000, 'b'));
  return await toldBy(join(import.meta.dirname, 'artifact_client.py'), {
    ...{ url, home: place, arguments: [place], variables: { ...neverAgain, ...variables } },
  });
}
