import type { Database, Session } from '../database/index.ts';
import { monotonicMs } from '../encoding/index.ts';
import { readDocuments, type SearchDocument, type SearchKind, searchKinds } from './documents.ts';
import { lineEnd, storedWord, wordsOf } from './words.ts';

/** Things whose texts one transaction brings up to date. */
const thingsAtOnce = 400;
/** Of a longer text the beginning is found. */
const longestText = 60_000;
const longestIndexed = 200_000;

/** Carries what changed into the index. @returns whether nothing is left */
export async function keepIndex(database: Database, { forMs }: { readonly forMs: number }): Promise<boolean> {
  const start = monotonicMs();
  while ((await keepSome(database)) > 0) if (monotonicMs() - start > forMs) return false;
  return true;
}

interface Pending {
  readonly kind: SearchKind;
  readonly ref: string;
  readonly seq?: number;
}

/** @returns how many notes it carried over */
async function keepSome(database: Database): Promise<number> {
  const columns = database.kind === 'postgres' ? 'kind, ref, seq' : 'kind, ref';
  const sql = `select ${columns} from search_pending limit ${thingsAtOnce}`;
  // Mostly there is nothing: that costs one look and no lock.
  if ((await database.first(sql)) === null) return 0;
  return await database.transaction(
    async (session) => {
      // One at a time: who has read an older state must not write it over a newer one.
      if (database.kind === 'postgres')
        await session.all("select pg_advisory_xact_lock(hashtext('mlspec search index'))");
      const pending = await session.all<Pending>(sql);
      for (const kind of searchKinds) {
        const refs = [...new Set(pending.filter((one) => one.kind === kind).map(({ ref }) => ref))];
        await replaceDocuments(session, database.kind, { kind, refs });
      }
      await forget(session, pending);
      return pending.length;
    },
    { durability: 'normal' },
  );
}

async function forget(session: Session, pending: readonly Pending[]): Promise<void> {
  if (pending[0]?.seq !== undefined) {
    const places = pending.map(() => '?').join(', ');
    await session.run(
      `delete from search_pending where seq in (${places})`,
      pending.map(({ seq }) => seq!),
    );
    return;
  }
  for (const { kind, ref } of pending)
    await session.run('delete from search_pending where kind = ? and ref = ?', [kind, ref]);
}

async function replaceDocuments(
  session: Session,
  database: Database['kind'],
  { kind, refs }: { readonly kind: SearchKind; readonly refs: readonly string[] },
): Promise<void> {
  const found = new Map((await readDocuments(session, kind, refs)).map((document) => [document.ref, document]));
  for (const ref of refs) {
    const document = found.get(ref);
    if (document === undefined) await removeDocument(session, database, { kind, ref });
    else await writeDocument(session, database, { ...document, kind });
  }
}

async function removeDocument(
  session: Session,
  database: Database['kind'],
  { kind, ref }: { readonly kind: SearchKind; readonly ref: string },
): Promise<void> {
  const sql = 'delete from search_documents where kind = ? and ref = ? returning id';
  const row = await session.first<{ id: number }>(sql, [kind, ref]);
  if (row !== null && database === 'sqlite') await session.run('delete from search_words where rowid = ?', [row.id]);
}

async function writeDocument(
  session: Session,
  database: Database['kind'],
  document: SearchDocument & { readonly kind: SearchKind },
): Promise<void> {
  const { kind, ref, key, experimentId, title } = document;
  const body = document.lines
    .map((line) => line.replaceAll('\n', ' '))
    .join('\n')
    .slice(0, longestText)
    .toWellFormed();
  const indexed = indexedWords(`${title.replaceAll('\n', ' ')}\n${body}`);
  const row = [kind, ref, key, experimentId, title, body];
  const changes =
    'key = excluded.key, experiment_id = excluded.experiment_id, title = excluded.title, body = excluded.body';
  if (database === 'postgres') {
    const sql = `insert into search_documents (kind, ref, key, experiment_id, title, body, words)
      values (?, ?, ?, ?, ?, ?, cast(? as tsvector))
      on conflict (kind, ref) do update set ${changes}, words = excluded.words`;
    await session.run(sql, [...row, vectorText(indexed)]);
    return;
  }
  const sql = `insert into search_documents (kind, ref, key, experiment_id, title, body) values (?, ?, ?, ?, ?, ?)
    on conflict (kind, ref) do update set ${changes} returning id`;
  const { id } = (await session.first<{ id: number }>(sql, row))!;
  await session.run('delete from search_words where rowid = ?', [id]);
  await session.run('insert into search_words (rowid, words) values (?, ?)', [id, indexed.join(' ')]);
}

/** The words of a text as the databases know them, with the ends of its lines. */
export function indexedWords(text: string): string[] {
  const indexed: string[] = [];
  let length = 0;
  for (const line of text.split('\n')) {
    for (const { word } of wordsOf(line)) {
      const stored = storedWord(word);
      length += stored.length;
      // PostgreSQL counts places up to 16,383, and keeps 256 of a word.
      if (length > longestIndexed || indexed.length >= 16_000) return indexed;
      indexed.push(stored);
    }
    indexed.push(lineEnd);
  }
  return indexed;
}

function vectorText(words: readonly string[]): string {
  const places = new Map<string, number[]>();
  words.forEach((word, index) => {
    if (word !== lineEnd) places.set(word, [...(places.get(word) ?? []), index + 1]);
  });
  return [...places].map(([word, at]) => `'${word}':${at.slice(0, 255).join(',')}`).join(' ');
}
