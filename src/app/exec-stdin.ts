import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Digest, digestFile } from '../encoding/index.ts';

/** Standard input, read to its end. */
export interface KeptInput {
  readonly path: string;
  readonly digest: Digest;
  remove(): Promise<void>;
}

/** Reads a stream into a file that the user alone can read, so that a command can be given it and it can be named. */
export async function keepInput(stream: Readable, signal: AbortSignal): Promise<KeptInput> {
  const folder = await mkdtemp(join(tmpdir(), 'mlspec-stdin-'));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const path = join(folder, 'stdin');
    await pipeline(stream, createWriteStream(path, { mode: 0o600 }), { signal });
    return { path, digest: (await digestFile(path)).digest, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}
