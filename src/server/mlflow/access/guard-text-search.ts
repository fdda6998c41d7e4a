import { selects } from '../../../access/index.ts';
import type { TextSearch } from '../../../search/index.ts';
import type { Guard } from './guard.ts';

/** A search that finds only what its caller may see. */
export function guardTextSearch(search: TextSearch, { rights }: Guard): TextSearch {
  return {
    search: async (query) => {
      const isSeenExperiment = selects(await rights.readable('experiment'));
      const isSeenModel = selects(await rights.readable('model'));
      const maySee: typeof query.maySee = ({ key, experimentId }) =>
        experimentId === null ? isSeenModel(key) : isSeenExperiment(experimentId);
      return await search.search({ ...query, maySee });
    },
    complete: (options) => search.complete(options),
    tidy: (signal) => search.tidy(signal),
  };
}
