export { type SearchKind, searchKinds } from './documents.ts';
export { fieldNames as searchFieldNames, fields as searchFields } from './fields.ts';
export type { ReportSource } from './keep-reports.ts';
export { openTextSearch, type TextSearchOptions } from './open-text-search.ts';
export { cutReport, type ReportText, reportText } from './report-text.ts';
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
