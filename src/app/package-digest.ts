import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { formatManifest } from '../artifacts/index.ts';
import { type Digest, digestFile, digestOf } from '../encoding/index.ts';
import { listFolder, type SignedResource } from '../provenance/model-signing/index.ts';

const executable = 0o100;

/**
 * The digest that a folder would have in the store, by reading every file of it; null where it holds links, devices or pipes,
 * which nothing in the store does. Errors of the file system pass through.
 */
export async function packageDigest(folder: string): Promise<Digest | null> {
  const { files, strange } = await listFolder(folder, new Set());
  if (strange.length > 0) return null;
  const hashed: SignedResource[] = [];
  for (const name of files) hashed.push({ name, digest: (await digestFile(join(folder, name))).digest });
  return await digestOfHashed(folder, hashed);
}

/** The same, of all files of a folder that were hashed already. Errors of the file system pass through. */
export async function digestOfHashed(folder: string, files: readonly SignedResource[]): Promise<Digest> {
  const entries = [];
  for (const { name: path, digest } of files) {
    const { size: sizeBytes, mode } = await stat(join(folder, path));
    entries.push({ path, digest, sizeBytes, executable: (mode & executable) !== 0 });
  }
  return digestOf(formatManifest(entries));
}
