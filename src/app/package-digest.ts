import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { formatManifest } from '../artifacts/index.ts';
import { type Digest, digestFile, digestOf } from '../encoding/index.ts';
import { listFolder } from '../provenance/model-signing/index.ts';

const executable = 0o100;

/**
 * The digest that a folder would have in the store, by reading every file of it; null where it holds links, devices or pipes,
 * which nothing in the store does. Errors of the file system pass through.
 */
export async function packageDigest(folder: string): Promise<Digest | null> {
  const { files, strange } = await listFolder(folder, new Set());
  if (strange.length > 0) return null;
  const entries = [];
  for (const path of files) {
    const place = join(folder, path);
    const { mode } = await stat(place);
    entries.push({ path, ...(await digestFile(place)), executable: (mode & executable) !== 0 });
  }
  return digestOf(formatManifest(entries));
}
