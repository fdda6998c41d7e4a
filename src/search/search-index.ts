import type { Database, Session } from '../database/index.ts';
import { PlatformError } from '../errors/index.ts';
import type { SearchKind } from './documents.ts';
import { nearQuestion } from './near-words.ts';
import { type Term, termsOf } from './question.ts';
import { type QuestionText, rankedTexts } from './question-text.ts';
import { snippetsOf } from './snippets.ts';
import type { TextMatch, TextMatches, TextQuery } from './text-search.ts';

/** What one query reads where the caller may not see all of it. */
const rowsAtOnce = 500;

/**
 * Searches an index that is brought up to date first. @param keep see `keepIndex`
 * @throws PlatformError TRACKING_BAD_VALUE, SEARCH_BAD_QUESTION
 */
export async function searchIndex(
  database: Database,
  query: TextQuery,
  keep: () => Promise<boolean>,
): Promise<TextMatches> {
  const { limit } = query;
  if (!Number.isInteger(limit) || limit < 1 || limit > 1000)
    throw new PlatformError('TRACKING_BAD_VALUE', { message: `expected a limit from 1 to 1000, found ${limit}` });
  const terms = termsOf(query.text);
  const isUpToDate = await keep();
  const rows = await bestRows(database, terms, query);
  const items = await describe(database, terms, rows);
  const didYouMean = rows.length === 0 ? await proposal(database, terms, query) : null;
  return { items, isUpToDate, didYouMean };
}

/** A question that the caller finds something with. */
async function proposal(database: Database, terms: readonly Term[], query: TextQuery): Promise<string | null> {
  const near = await nearQuestion(database, query.text, terms);
  if (near === null) return null;
  // Words of what the caller may not see are not told, nor words that are gone.
  return (await bestRows(database, termsOf(near), { ...query, limit: 1 })).length > 0 ? near : null;
}

interface FoundRow {
  readonly id: number;
  readonly kind: SearchKind;
  readonly key: string;
  readonly experiment_id: number | null;
  readonly title: string;
}

async function bestRows(
  database: Database,
  terms: readonly Term[],
  { kinds, limit, maySee = () => true }: TextQuery,
): Promise<FoundRow[]> {
  const found = new Map<number, FoundRow>();
  for (const text of rankedTexts(database.kind, { terms, kinds: kinds ?? null })) {
    // What was found as a better answer may come again.
    let atOnce = limit + found.size;
    for (let before: number | null = Number.MAX_SAFE_INTEGER; before !== null && found.size < limit; ) {
      const rows: FoundRow[] = await newestMatches(database, { text, before, atOnce });
      for (const row of rows) if (found.size < limit && !found.has(row.id) && maySee(seen(row))) found.set(row.id, row);
      before = rows.length < atOnce ? null : rows.at(-1)!.id;
      atOnce = rowsAtOnce;
    }
    if (found.size >= limit) break;
  }
  return [...found.values()];
}

interface Portion {
  readonly text: QuestionText;
  readonly before: number;
  readonly atOnce: number;
}

const columns = 'd.id, d.kind, d.key, d.experiment_id, d.title';

async function newestMatches(database: Database, { text, before, atOnce }: Portion): Promise<FoundRow[]> {
  const parameters = [text, before, atOnce];
  if (database.kind === 'sqlite') {
    const sql = `select ${columns} from search_words w cross join search_documents d on d.id = w.rowid
      where w.words match ? and w.rowid < ? order by w.rowid desc limit ?`;
    return await database.all<FoundRow>(sql, parameters);
  }
  const expected = await expectedMatches(database, text);
  if (expected.count > atOnce * rareMatches) {
    const found = await database.all<FoundRow>(amongNewest, [before, newestThings, text, atOnce]);
    if (found.length === atOnce) return found;
  }
  // In the order of the ids where many match, of which the first ones are enough; else by the index of words, and put in
  // order then. Left to itself the planner takes the first way also where nothing matches, and reads everything.
  const order = expected.share > manyMatch ? 'd.id' : 'd.id + 0';
  const sql = `select ${columns} from search_documents d
    where d.words @@ cast(? as tsquery) and d.id < ? order by ${order} desc limit ?`;
  return await database.all<FoundRow>(sql, parameters);
}

/** A question that a larger share matches is answered in the order of the ids. Of words that are rare or not there at all half a percent is expected, for each field. */
const manyMatch = 0.15;
/**
 * PostgreSQL takes words for independent of each other, and those that stand together in all things for rare: where it expects some
 * times as many matches as are asked for, the newest things are looked through first, and mostly are enough.
 */
const rareMatches = 4;
const newestThings = 4000;
const amongNewest = `select ${columns} from (
    select * from search_documents where id < ? order by id desc limit ?
  ) d where d.words @@ cast(? as tsquery) order by d.id desc limit ?`;

type Plan = readonly [{ readonly Plan: { readonly 'Plan Rows': number } }];

/** How many things PostgreSQL thinks that a question matches, and which share of all that is. */
async function expectedMatches(
  session: Session,
  text: QuestionText,
): Promise<{ readonly count: number; readonly share: number }> {
  const rowsOf = async (where: string, parameters: readonly string[]): Promise<number> => {
    const sql = `explain (format json) select 1 from search_documents d where ${where}`;
    const row = await session.first<{ 'QUERY PLAN': Plan }>(sql, parameters);
    return row!['QUERY PLAN'][0].Plan['Plan Rows'];
  };
  const count = await rowsOf('d.words @@ cast(? as tsquery)', [text]);
  return { count, share: count / Math.max(1, await rowsOf('true', [])) };
}

function seen({ kind, key, experiment_id }: FoundRow): Pick<TextMatch, 'kind' | 'key' | 'experimentId'> {
  return { kind, key, experimentId: experiment_id === null ? null : String(experiment_id) };
}

interface Body {
  readonly id: number;
  readonly body: string;
  readonly is_cut: number;
}

async function describe(session: Session, terms: readonly Term[], rows: readonly FoundRow[]): Promise<TextMatch[]> {
  const bodies = await byId<Body>(
    session,
    'select id, body, is_cut from search_documents',
    rows.map(({ id }) => id),
  );
  const experiments = await byId<{ id: number; name: string }>(session, 'select id, name from experiments', [
    ...new Set(rows.flatMap(({ experiment_id }) => experiment_id ?? [])),
  ]);
  return rows.map((row) => {
    const { body = '', is_cut = 0 } = bodies.get(row.id) ?? {};
    const experimentName = row.experiment_id === null ? null : (experiments.get(row.experiment_id)?.name ?? null);
    const snippets = snippetsOf(terms, { title: row.title, body });
    return { ...seen(row), title: row.title, experimentName, snippets, isCut: is_cut === 1 };
  });
}

async function byId<Row extends { readonly id: number }>(
  session: Session,
  select: string,
  ids: readonly number[],
): Promise<ReadonlyMap<number, Row>> {
  if (ids.length === 0) return new Map();
  const rows = await session.all<Row>(`${select} where id in (${ids.map(() => '?').join(', ')})`, ids);
  return new Map(rows.map((row) => [row.id, row]));
}
