/* The search in words: an endpoint of our own, beside those of MLflow. */
import { PlatformError } from '../../errors/index.ts';
import { searchKinds, type TextMatch } from '../../search/index.ts';
import { integer, list, message, oneOf, required, text } from './message.ts';
import { type Route, route } from './route.ts';

const defaultLimit = 25;

/** `GET /api/2.0/mlspec/search?q=…`. */
export const textSearchRoutes: readonly Route[] = [
  route(
    'GET /mlspec/search',
    message({ q: required(text), kind: list(oneOf(searchKinds)), max_results: integer }),
    async ({ q, kind, max_results }, { textSearch }) => {
      if (textSearch === undefined)
        throw new PlatformError('TRACKING_UNKNOWN', { message: 'This server keeps nothing that could be searched.' });
      const kinds = kind.length === 0 ? undefined : kind;
      const found = await textSearch.search({ text: q, kinds, limit: max_results || defaultLimit });
      return { matches: found.items.map(writeMatch), is_up_to_date: found.isUpToDate };
    },
  ),
];

function writeMatch({ kind, key, experimentId, title, snippet }: TextMatch): object {
  return {
    ...{ kind, key, title },
    ...(experimentId === null ? {} : { experiment_id: experimentId }),
    snippet: snippet.map((part) => ({ text: part.text, is_match: part.isMatch })),
  };
}
