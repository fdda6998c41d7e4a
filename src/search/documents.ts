/** What the index says of things: their texts, a line for each. */
import type { Database, Session } from '../database/index.ts';
import { type Row, type Source, sources } from './sources.ts';
import type { TextLine } from './text-line.ts';

/** What can be found. */
export const searchKinds = ['run', 'experiment', 'model', 'logged-model'] as const satisfies (keyof typeof sources)[];
/** One of them. */
export type SearchKind = (typeof searchKinds)[number];

/** The texts of a thing. */
export interface SearchDocument {
  readonly ref: string;
  /** What clients name it by. */
  readonly key: string;
  readonly experimentId: number | null;
  readonly title: string;
  /** Without the title; reports come last, so that what is cut is cut there first. */
  readonly lines: readonly TextLine[];
}

/** The texts of things of a kind that are there and not deleted. */
export async function readDocuments(
  session: Session,
  database: Database['kind'],
  { kind, refs }: { readonly kind: SearchKind; readonly refs: readonly string[] },
): Promise<SearchDocument[]> {
  if (refs.length === 0) return [];
  const source: Source = sources[kind];
  const rows = await session.all<Row>(`${source.main} ${listed(source.refs, database)}`, [JSON.stringify(refs)]);
  const lines = new Map<string, TextLine[]>(rows.map((row) => [String(row['ref']), []]));
  const there = JSON.stringify([...lines.keys()]);
  for (const { sql, line, refs: refsAre = source.refs } of lines.size === 0 ? [] : source.facts)
    for (const row of await session.all<Row>(`${sql} ${listed(refsAre, database)}`, [there])) {
      const found = line(row);
      if (found !== null) lines.get(String(row['ref']))?.push(...[found].flat());
    }
  return rows.map((row) => ({
    ref: String(row['ref']),
    key: String(row['key']),
    experimentId: row['experiment_id'] === null ? null : Number(row['experiment_id']),
    title: String(row['title']),
    lines: lines.get(String(row['ref']))!,
  }));
}

/** However many there are, they are one parameter, a JSON list of texts, and the statement is one. */
function listed(refs: Source['refs'], database: Database['kind']): string {
  const type = refs === 'number' ? 'bigint' : 'text';
  return database === 'sqlite'
    ? `in (select cast(value as ${type}) from json_each(?))`
    : `= any(array(select cast(value as ${type}) from jsonb_array_elements_text(cast(? as jsonb)) as l(value)))`;
}
