export { type SearchKind, searchKinds } from './documents.ts';
export { openTextSearch, type TextSearchOptions } from './open-text-search.ts';
export { searchSchema } from './schema.ts';
export type { SnippetPart, TextMatch, TextMatches, TextQuery, TextSearch } from './text-search.ts';
