import type { ResolvedSpec } from '../spec/index.ts';

/**
 * The named datasets that may hold rows of sealed parts, with the sources that they read although the divided dataset reads
 * them too: named datasets are written in clear. A name counts wherever it stands as a word of a query; of a query in a
 * file nothing is known here, so it counts as reading everything. Empty where nothing is sealed.
 */
export function clearDatasets({ ingestion, splitting }: ResolvedSpec): Record<string, readonly string[]> {
  if (splitting.sealed.length === 0) return {};
  const sources = Object.keys(ingestion.sources);
  const read = (query: ResolvedSpec['ingestion']['query']): string[] =>
    query === null || query.sql === null ? sources : sources.filter((name) => mentions(query.sql!, name));
  const divided = new Set([...read(ingestion.query), ...Object.values(ingestion.labels).map(({ from }) => from)]);
  return Object.fromEntries(
    Object.entries(ingestion.datasets)
      .map(([name, { query }]) => [name, read(query).filter((source) => divided.has(source))] as const)
      .filter(([, both]) => both.length > 0),
  );
}

/** Whether a name stands as a word in a query. */
export function mentions(text: string, name: string): boolean {
  const words = text.toLowerCase().match(/[\p{L}\p{N}_-]+/gu);
  return words?.some((word) => word === name.toLowerCase()) ?? false;
}
