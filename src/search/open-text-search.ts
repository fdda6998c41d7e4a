import { type Database, migrate, type Session } from '../database/index.ts';
import { PlatformError } from '../errors/index.ts';
import { registrySchema } from '../registry/index.ts';
import { removalSchema, trackingSchema, webhookSchema } from '../tracking/index.ts';
import { type SearchKind, searchKinds } from './documents.ts';
import { keepIndex } from './keep-index.ts';
import { scoreOf, snippetOf } from './rank.ts';
import { searchSchema } from './schema.ts';
import type { TextMatch, TextMatches, TextQuery, TextSearch } from './text-search.ts';
import { storedWord, type Term, termsOf } from './words.ts';

/** What one query reads of those that match, the newest first. */
const rowsAtOnce = 500;
/** Of so many the best are chosen. */
const rankedAtMost = 1000;

const tidyForMs = 500;

/** How an index is used. */
export interface TextSearchOptions {
  /** How long a search carries changes into the index before it answers with what is there. Default 2 s. */
  readonly keepForMs?: number;
}

/**
 * The search in a database, whose tables are made or brought up to date first.
 * @throws PlatformError METADATA_NEWER_SCHEMA
 */
export async function openTextSearch(
  database: Database,
  { keepForMs = 2000 }: TextSearchOptions = {},
): Promise<TextSearch> {
  for (const schema of [trackingSchema, removalSchema, webhookSchema, registrySchema, searchSchema])
    await migrate(database, schema);
  return {
    search: (query) => search(database, query, keepForMs),
    tidy: async () => {
      if (database.kind === 'postgres') await keepIndex(database, { forMs: tidyForMs });
    },
  };
}

async function search(database: Database, query: TextQuery, keepForMs: number): Promise<TextMatches> {
  const { limit, maySee = () => true } = query;
  if (!Number.isInteger(limit) || limit < 1 || limit > 1000)
    throw new PlatformError('TRACKING_BAD_VALUE', { message: `expected a limit from 1 to 1000, found ${limit}` });
  const isUpToDate = await keepIndex(database, { forMs: keepForMs });
  const terms = termsOf(query.text);
  const found: FoundRow[] = [];
  for (let before: number | null = Number.MAX_SAFE_INTEGER; before !== null && found.length < rankedAtMost; ) {
    const rows: FoundRow[] =
      terms.length === 0 ? [] : await newestMatches(database, { terms, kinds: query.kinds ?? searchKinds, before });
    found.push(...rows.filter((row) => maySee(seen(row))));
    before = rows.length < rowsAtOnce ? null : rows.at(-1)!.id;
  }
  const ranked = found
    .map((row) => ({ row, score: scoreOf(terms, row.title) }))
    .sort((one, other) => other.score - one.score || other.row.id - one.row.id)
    .slice(0, limit)
    .map(({ row }) => row);
  const bodies = await readBodies(database, ranked);
  const items = ranked.map((row) => {
    const { title } = row;
    return { ...seen(row), title, snippet: snippetOf(terms, { title, body: bodies.get(row.id) ?? '' }) };
  });
  return { items, isUpToDate };
}

async function readBodies(session: Session, rows: readonly FoundRow[]): Promise<ReadonlyMap<number, string>> {
  if (rows.length === 0) return new Map();
  const sql = `select id, body from search_documents where id in (${rows.map(() => '?').join(', ')})`;
  const ids = rows.map(({ id }) => id);
  return new Map((await session.all<{ id: number; body: string }>(sql, ids)).map(({ id, body }) => [id, body]));
}

interface FoundRow {
  readonly id: number;
  readonly kind: SearchKind;
  readonly key: string;
  readonly experiment_id: number | null;
  readonly title: string;
}

function seen({ kind, key, experiment_id }: FoundRow): Pick<TextMatch, 'kind' | 'key' | 'experimentId'> {
  return { kind, key, experimentId: experiment_id === null ? null : String(experiment_id) };
}

async function newestMatches(
  database: Database,
  {
    terms,
    kinds,
    before,
  }: { readonly terms: readonly Term[]; readonly kinds: readonly SearchKind[]; readonly before: number },
): Promise<FoundRow[]> {
  const places = kinds.map(() => '?').join(', ');
  const columns = 'd.id, d.kind, d.key, d.experiment_id, d.title';
  const sql =
    database.kind === 'sqlite'
      ? `select ${columns} from search_words w cross join search_documents d on d.id = w.rowid
          where w.words match ? and w.rowid < ? and d.kind in (${places}) order by w.rowid desc limit ${rowsAtOnce}`
      : `select ${columns} from search_documents d
          where d.words @@ cast(? as tsquery) and d.id < ? and d.kind in (${places}) order by d.id desc limit ${rowsAtOnce}`;
  return await database.all<FoundRow>(sql, [questionText(database.kind, terms), before, ...kinds]);
}

/** Words in a database's own language of questions. They are letters and digits, so that none of them can mean anything else. */
function questionText(kind: Database['kind'], terms: readonly Term[]): string {
  const texts = terms.map(({ words, isPrefix }) => {
    const stored = words.map(storedWord);
    if (kind === 'sqlite') return `"${stored.join(' ')}"${isPrefix ? ' *' : ''}`;
    const last = stored.length - 1;
    return `(${stored.map((word, index) => `'${word}'${isPrefix && index === last ? ':*' : ''}`).join(' <-> ')})`;
  });
  return texts.join(kind === 'sqlite' ? ' AND ' : ' & ');
}
