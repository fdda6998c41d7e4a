import { isPlatformError, PlatformError } from '../../errors/index.ts';
import type { ByteStream, StoreOptions } from '../artifact-store.ts';
import { throwIfCanceled } from './file-errors.ts';

/**
 * The pieces of a stream; whatever breaks it is an error of its own, not one of the store.
 * @throws PlatformError ARTIFACT_SOURCE_BROKEN, CANCELED; an error of ours that the stream throws passes through
 */
export async function* readPieces(source: ByteStream, { signal }: StoreOptions): AsyncGenerator<Uint8Array> {
  try {
    for await (const piece of source) {
      throwIfCanceled(signal);
      yield piece;
    }
  } catch (error) {
    if (isPlatformError(error)) throw error;
    throw new PlatformError('ARTIFACT_SOURCE_BROKEN', {
      message: `expected the stream to come to its end, found that it broke: ${(error as Error).message}`,
      cause: error,
    });
  }
}
