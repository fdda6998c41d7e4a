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
      const { items, isUpToDate, didYouMean } = found;
      const proposal = didYouMean === null ? {} : { did_you_mean: didYouMean };
      return { matches: items.map(writeMatch), is_up_to_date: isUpToDate, ...proposal };
    },
  ),
];

function writeMatch(match: TextMatch): object {
  const { kind, key, experimentId, experimentName, title, snippets, isCut } = match;
  return {
    ...{ kind, key, title, place: placeOf(match) },
    ...(experimentId === null ? {} : { experiment_id: experimentId }),
    ...(experimentName === null ? {} : { experiment_name: experimentName }),
    ...(kind === 'experiment' ? {} : { uri: `${kind === 'run' ? 'runs' : 'models'}:/${key}` }),
    found_in: snippets.map(({ field, label, parts }) => ({
      ...{ field, label },
      parts: parts.map((part) => ({ text: part.text, is_match: part.isMatch })),
    })),
    is_cut: isCut,
  };
}

/** Where the web interface shows it. */
function placeOf({ kind, key, experimentId }: TextMatch): string {
  if (kind === 'model') return `#/models/${encodeURIComponent(key)}`;
  if (kind === 'experiment') return `#/experiments/${key}`;
  return `#/experiments/${experimentId}/${kind === 'run' ? 'runs' : 'models'}/${key}`;
}
