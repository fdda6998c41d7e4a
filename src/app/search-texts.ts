import type { TextMatches, TextQuery } from '../search/index.ts';
import type { Config } from './config.ts';
import { openTrackingPlatform, type TrackingStores } from './tracking-server.ts';

/** Finds runs, experiments and registered models of a project, or of a server's store, by words. */
export async function searchTexts(config: Config, stores: TrackingStores, query: TextQuery): Promise<TextMatches> {
  const platform = await openTrackingPlatform(config, stores);
  try {
    return await platform.textSearch.search(query);
  } finally {
    await platform.close();
  }
}
