import type { Database, Session } from '../database/index.ts';
import { readDocuments, type SearchDocument, type SearchKind } from './documents.ts';
import { type IndexedThing, indexedThing, vectorText } from './indexed-words.ts';
import { type KeptLines, writeLines } from './text-line.ts';

/** Of a thing with more characters the beginning is found. */
export const longestText = 60_000;
const longestTitle = 1000;

const columns = ['kind', 'ref', 'key', 'experiment_id', 'title', 'body', 'is_cut'];
const changes = columns
  .slice(2)
  .map((name) => `${name} = excluded.${name}`)
  .join(', ');
const onConflict = { sql: `(kind, ref) do update set ${changes}, words = excluded.words` };

/** Words that are known not to be new, so that most are not asked for. */
export type KnownWords = Set<string>;
const mostKnownWords = 100_000;

/** The texts of things in the index as they are now; those that are not there any more are removed from it. */
export async function replaceDocuments(
  session: Session,
  { database, known }: { readonly database: Database['kind']; readonly known: KnownWords },
  { kind, refs }: { readonly kind: SearchKind; readonly refs: readonly string[] },
): Promise<void> {
  if (refs.length === 0) return;
  const documents = await readDocuments(session, database, { kind, refs });
  const sql = `select id, ref, title, body from search_documents where kind = ? and ref ${
    database === 'sqlite'
      ? 'in (select value from json_each(?))'
      : '= any(array(select jsonb_array_elements_text(cast(? as jsonb))))'
  }`;
  const kept = await session.all<KeptDocument>(sql, [kind, JSON.stringify(refs)]);
  const before = new Map(kept.map((one) => [one.ref, one]));
  const rows = documents
    .map((document) => rowOf(kind, document))
    // What has changed may say the same.
    .filter(({ ref, title, body }) => before.get(ref)?.title !== title || before.get(ref)?.body !== body);
  const there = new Set(documents.map(({ ref }) => ref));
  for (const { id, ref } of kept) if (!there.has(ref)) await removeDocument(session, database, id);
  const words = rows.map((row) => ({ ...row, indexed: indexedThing(kind, row.title, row.lines) }));
  if (database === 'postgres') await writeVectors(session, words);
  else for (const row of words) await writeWords(session, { row, id: before.get(row.ref)?.id ?? null });
  await noteWords(
    session,
    known,
    words.flatMap(({ indexed }) => indexed.proposed),
  );
}

interface KeptDocument {
  readonly id: number;
  readonly ref: string;
  readonly title: string;
  readonly body: string;
}

interface DocumentRow extends KeptLines {
  readonly ref: string;
  readonly title: string;
  readonly values: readonly (string | number | null)[];
}

interface WordedRow extends DocumentRow {
  readonly indexed: IndexedThing;
}

function rowOf(kind: SearchKind, { ref, key, experimentId, title: whole, lines }: SearchDocument): DocumentRow {
  const title = whole.replaceAll('\n', ' ').slice(0, longestTitle).toWellFormed();
  const kept = writeLines(lines, longestText);
  return { ref, title, ...kept, values: [kind, ref, key, experimentId, title, kept.body, Number(kept.isCut)] };
}

async function removeDocument(session: Session, database: Database['kind'], id: number): Promise<void> {
  await session.run('delete from search_documents where id = ?', [id]);
  if (database === 'sqlite') await session.run('delete from search_words where rowid = ?', [id]);
}

async function writeVectors(session: Session, rows: readonly WordedRow[]): Promise<void> {
  const target = { table: 'search_documents', columns: [...columns, 'words'] };
  const values = rows.map(({ values, indexed }) => [...values, vectorText(indexed.words)]);
  await session.insert(target, values, { onConflict });
}

const insertDocument = `insert into search_documents (${columns.join(', ')}) values (${columns.map(() => '?').join(', ')})
  returning id`;
const updateDocument = `update search_documents set ${columns.map((name) => `${name} = ?`).join(', ')} where id = ?`;

async function writeWords(
  session: Session,
  { row, id }: { readonly row: WordedRow; readonly id: number | null },
): Promise<void> {
  let rowid = id;
  if (rowid === null) rowid = (await session.first<{ id: number }>(insertDocument, row.values))!.id;
  else {
    await session.run(updateDocument, [...row.values, rowid]);
    await session.run('delete from search_words where rowid = ?', [rowid]);
  }
  await session.run('insert into search_words (rowid, words) values (?, ?)', [rowid, row.indexed.words]);
}

/** Keeps words for proposals. */
async function noteWords(session: Session, known: KnownWords, words: readonly string[]): Promise<void> {
  const fresh = [...new Set(words)].filter((word) => !known.has(word));
  if (known.size + fresh.length > mostKnownWords) known.clear();
  await session.insert(
    { table: 'search_vocabulary', columns: ['word'] },
    fresh.map((word) => [word]),
    { onConflict: 'nothing' },
  );
  for (const word of fresh) known.add(word);
}
