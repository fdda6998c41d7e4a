import { setImmediate } from 'node:timers/promises';
import type { Database, Session } from '../database/index.ts';
import { monotonicMs } from '../encoding/index.ts';
import { type SearchKind, searchKinds } from './documents.ts';
import { type KnownWords, replaceDocuments } from './write-documents.ts';

/** Everything but reports. Asked so, SQLite reads notes in their order and does not sort all that wait. */
const ofThings = "kind not in ('path', 'record')";

/** How changes are carried into the index. */
export interface KeepOptions {
  /** For how long, at most. */
  readonly forMs: number;
  /** Things in one transaction, for which whoever writes has to wait. */
  readonly atOnce: number;
  readonly known: KnownWords;
  /** Hears how many notes were carried so far. */
  readonly onProgress?: ((done: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Carries what changed into the index. @returns whether nothing is left */
export async function keepIndex(database: Database, options: KeepOptions): Promise<boolean> {
  const start = monotonicMs();
  const seen = { upTo: -1, done: 0 };
  for (;;) {
    const count = await keepSome(database, options, seen);
    if (count === 0 && seen.upTo === -1) return true;
    // What was noted behind meanwhile, by a transaction that had begun before.
    if (count === 0) seen.upTo = -1;
    seen.done += count;
    if (count > 0) options.onProgress?.(seen.done);
    // Queries to SQLite wait for nothing: whoever else is to be answered gets a turn.
    await setImmediate();
    if (monotonicMs() - start > options.forMs || options.signal?.aborted === true) return false;
  }
}

/** Notes that wait. */
export async function countPending(database: Database): Promise<number> {
  const sql = `select count(*) as count from search_pending where ${ofThings}`;
  return (await database.first<{ count: number }>(sql))!.count;
}

interface Pending {
  readonly seq: number;
  readonly kind: string;
  readonly ref: string;
}

const nextNotes = `select seq, kind, ref from search_pending where seq > ? and ${ofThings} order by seq limit ?`;

/** @returns how many notes it carried over */
async function keepSome(database: Database, { atOnce, known }: KeepOptions, seen: { upTo: number }): Promise<number> {
  // Mostly there is nothing: that costs one look and no lock.
  if ((await database.first(nextNotes, [seen.upTo, 1])) === null) return 0;
  const work = database.transaction(
    async (session) => {
      // One at a time: who has read an older state must not write it over a newer one.
      if (database.kind === 'postgres')
        await session.all("select pg_advisory_xact_lock(hashtext('mlspec search index'))");
      const pending = await session.all<Pending>(nextNotes, [seen.upTo, atOnce]);
      for (const kind of searchKinds)
        await replaceDocuments(session, { database: database.kind, known }, { kind, refs: refsOf(pending, kind) });
      await forget(session, database.kind, pending);
      seen.upTo = pending.at(-1)?.seq ?? seen.upTo;
      return pending.length;
    },
    { durability: 'normal' },
  );
  return await work.catch((error: unknown) => {
    // What was written with it is not there.
    known.clear();
    throw error;
  });
}

function refsOf(pending: readonly Pending[], kind: SearchKind): string[] {
  return [...new Set(pending.filter((one) => one.kind === kind).map(({ ref }) => ref))];
}

async function forget(session: Session, kind: Database['kind'], pending: readonly Pending[]): Promise<void> {
  const list =
    kind === 'sqlite'
      ? 'in (select value from json_each(?))'
      : '= any(array(select cast(value as bigint) from jsonb_array_elements_text(cast(? as jsonb)) as l(value)))';
  await session.run(`delete from search_pending where seq ${list}`, [JSON.stringify(pending.map(({ seq }) => seq))]);
}
