import { createHash } from 'node:crypto';
import type { Digest } from '../../encoding/index.ts';
import type { ByteStream, StoredContent } from '../artifact-store.ts';
import { readPieces } from './read-pieces.ts';

/**
 * The digest and size that the bytes of a stream would be stored under. Nothing is kept of them.
 * @throws PlatformError as `ArtifactStore.putStream`
 */
export async function measureStream(source: ByteStream): Promise<Pick<StoredContent, 'digest' | 'sizeBytes'>> {
  const state = createHash('sha256');
  let sizeBytes = 0;
  for await (const piece of readPieces(source, {})) {
    state.update(piece);
    sizeBytes += piece.length;
  }
  return { digest: `sha256:${state.digest('hex')}` as Digest, sizeBytes };
}
