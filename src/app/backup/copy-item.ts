import { join } from 'node:path';
import type { ArtifactStore, StoredItem } from '../../artifacts/index.ts';
import { newId } from '../../encoding/index.ts';
import { PlatformError } from '../../errors/index.ts';

/** Copies one file or one tree from one store to another. @returns false where it is not there @throws PlatformError ARTIFACT_CORRUPT */
export async function copyItem(
  { digest, kind }: Pick<StoredItem, 'digest' | 'kind'>,
  { from, to, scratch }: { readonly from: ArtifactStore; readonly to: ArtifactStore; readonly scratch: string },
): Promise<boolean> {
  try {
    if (kind === 'file') {
      await to.putStream(from.open(digest));
      return true;
    }
    const folder = join(scratch, newId('tree'));
    await from.materialize(digest, folder, { kind });
    await to.put(folder, { source: 'consume' });
    return true;
  } catch (error) {
    if (error instanceof PlatformError && error.code === 'ARTIFACT_MISSING') return false;
    throw error;
  }
}
