import type { PlatformError } from '../errors/index.ts';
import type { IndexProgress, TextMatches, TextQuery } from '../search/index.ts';
import type { Config } from './config.ts';
import { openTrackingPlatform, type TrackingStores } from './tracking-server.ts';

/** How a search is told of. */
export interface SearchOptions {
  /** Hears how far the index is, which is brought up to date first. */
  readonly onProgress: (progress: IndexProgress) => void;
  /** Hears of reports that cannot be read, and so not be found. */
  readonly onUnreadable: (error: PlatformError) => void;
  readonly signal: AbortSignal;
}

/** Finds runs, experiments and models of a project, or of a server's store, by words. */
export async function searchTexts(
  config: Config,
  { query, ...stores }: TrackingStores & { readonly query: TextQuery },
  { onProgress, onUnreadable, signal }: SearchOptions,
): Promise<TextMatches> {
  const platform = await openTrackingPlatform(config, stores);
  try {
    await platform.textSearch.complete({ onProgress, onUnreadable, signal });
    signal.throwIfAborted();
    return await platform.textSearch.search(query);
  } finally {
    await platform.close();
  }
}
