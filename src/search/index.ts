export { type SearchKind, searchKinds } from './documents.ts';
export { fieldNames as searchFieldNames, fields as searchFields } from './fields.ts';
export { openTextSearch, type TextSearchOptions } from './open-text-search.ts';
export { searchSchema } from './schema.ts';
export type {
  IndexProgress,
  Snippet,
  SnippetPart,
  TextMatch,
  TextMatches,
  TextQuery,
  TextSearch,
} from './text-search.ts';
