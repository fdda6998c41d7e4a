/**
 * What a spool still has to send, in the order in which it was logged. An entry is written before the client hears that
 * its call was done, and goes away when the other server has said that it did the same; what that server refuses is set
 * aside with its reason. One process sends at a time, several may log.
 */
import { type Database, migrate, type Session } from '../../database/index.ts';
import { isProcessAlive, newId, now, processMark } from '../../encoding/index.ts';
import { PlatformError } from '../../errors/index.ts';
import { spoolSchema } from './schema.ts';
import { readChange, type SpoolChange, type SpoolEntry, type SpoolSubject, writeChange } from './spool-entry.ts';

/** Under which id a thing of the spool is known to the other server. */
export interface RemoteIdentity {
  readonly id: string;
  /** Where its artifacts lie there; empty where it has none. */
  readonly place: string;
}

/** What a sender takes at once. */
export interface SpoolWindow {
  readonly limit: number;
  /** What bodies of entries may hold together; the first entry comes whatever it holds. */
  readonly maxBytes: number;
  /** Subjects that are to wait. */
  readonly except: readonly SpoolSubject[];
}

/** Something that was refused. */
export interface SetAside {
  readonly subject: SpoolSubject;
  readonly change: SpoolChange;
  readonly reason: string;
}

/** What waits in a spool. */
export interface SpoolStatus {
  /** The address of the other server. */
  readonly remote: string;
  readonly waiting: number;
  /** How many bytes have to be sent: calls and files. */
  readonly waitingBytes: number;
  /** When the oldest of them was logged, in milliseconds since 1970; null where nothing waits. */
  readonly oldestAtMs: number | null;
  readonly waitingRuns: number;
  readonly aside: number;
  /** When the other server last took something; null: never. */
  readonly sentAtMs: number | null;
  /** Why the last attempt failed; null where it did not. */
  readonly lastError: string | null;
  /** The process that sends; null where none does. */
  readonly sender: number | null;
}

/** A run of the spool and what it is on the other server. */
export interface SpooledRun {
  readonly runId: string;
  readonly remoteId: string;
}

/** A version of the spool's registry and what it is on the other server. */
export interface SpooledVersion {
  readonly model: string;
  /** The version that the spool's client saw. */
  readonly ordinal: number;
  readonly remoteVersion: string;
}

/** Every method may throw the errors of `database/`. */
export interface SpoolJournal {
  /** 16 random bytes that name this spool for good. */
  readonly spoolId: string;
  readonly remote: string;
  add(subject: SpoolSubject, change: SpoolChange): Promise<void>;
  /** What is to be sent next, the oldest first. */
  next(window: SpoolWindow): Promise<readonly SpoolEntry[]>;
  /** The entry by which a subject was made, while it waits; null where it does not. */
  making(subject: SpoolSubject): Promise<SpoolEntry | null>;
  /** Notes that entries are about to be sent: after a death nobody knows whether they arrived. */
  begin(entries: readonly SpoolEntry[]): Promise<void>;
  /** Takes entries away that the other server has, and sets aside what of them it refused. */
  done(entries: readonly SpoolEntry[], aside?: readonly SetAside[]): Promise<void>;
  /** Sets everything aside that waits for a subject. */
  setSubjectAside(subject: SpoolSubject, reason: string): Promise<void>;
  /** Everything set aside waits again. @returns how many entries */
  again(): Promise<number>;
  asides(limit: number): Promise<readonly SetAside[]>;
  /** Whether files of a subject were set aside, or its making. */
  isIncomplete(subject: SpoolSubject): Promise<boolean>;
  identity(subject: SpoolSubject): Promise<RemoteIdentity | null>;
  identify(subject: SpoolSubject, identity: RemoteIdentity): Promise<void>;
  runs(): Promise<readonly SpooledRun[]>;
  versions(): Promise<readonly SpooledVersion[]>;
  noteSent(): Promise<void>;
  noteError(reason: string): Promise<void>;
  /** Makes this process the one that sends. @throws PlatformError SPOOL_BUSY */
  claim(): Promise<void>;
  release(): Promise<void>;
  status(): Promise<SpoolStatus>;
}

/**
 * The journal in a database, whose tables are made first. @param remote the address of the other server; null: the one
 * that it was opened with before
 * @throws PlatformError SPOOL_OTHER_SERVER where it was opened with another one
 */
export async function openSpoolJournal(database: Database, remote: string | null): Promise<SpoolJournal> {
  await migrate(database, spoolSchema);
  const spoolId = await keepFact(database, 'id', newId('spool'));
  const known = remote === null ? await readFact(database, 'remote') : await keepFact(database, 'remote', remote);
  if (known === null || (remote !== null && known !== remote)) throw otherServer(database, known, remote);
  return {
    spoolId,
    remote: known,
    add: (subject, change) =>
      // As the tracker itself does: points are safe against a killed process, and wait for no disk.
      database.transaction(async (session) => await insert(session, { subject, change, reason: null }), {
        durability: change.kind === 'run-logged' ? 'normal' : 'full',
      }),
    next: (window) => next(database, window),
    making: (subject) => making(database, subject),
    begin: (entries) => begin(database, entries),
    done: (entries, aside) => done(database, entries, aside ?? []),
    setSubjectAside: async (subject, reason) => {
      const sql = "update spool_entries set state = 'aside', reason = ? where subject = ? and state = 'waiting'";
      await database.run(sql, [reason.slice(0, longestReason), subject]);
    },
    again: () => database.run("update spool_entries set state = 'waiting', reason = null where state = 'aside'"),
    asides: (limit) => asides(database, limit),
    identity: (subject) => identity(database, subject),
    identify: async (subject, { id, place }) => {
      const columns = ['subject', 'remote_id', 'remote_place', 'created_at_ms'];
      const onConflict = {
        sql: '(subject) do update set remote_id = excluded.remote_id, remote_place = excluded.remote_place',
      };
      await database.insert({ table: 'spool_ids', columns }, [[subject, id, place, now()]], { onConflict });
    },
    isIncomplete: async (subject) => {
      const sql = `select 1 from spool_entries where state = 'aside' and subject = ?
        and kind in ('file-put', 'run-made', 'model-made') limit 1`;
      return (await database.first(sql, [subject])) !== null;
    },
    runs: () => runs(database),
    versions: () => versions(database),
    noteSent: async () => {
      await setFact(database, 'sent-at', String(now()));
      await dropFact(database, 'error');
    },
    noteError: (reason) => setFact(database, 'error', reason.slice(0, longestReason)),
    claim: () => claim(database),
    release: () => dropFact(database, 'sender'),
    status: () => status(database, known),
  };
}

const longestReason = 1000;
const atOnce = 500;

function otherServer(database: Database, known: string | null, remote: string | null): PlatformError {
  const found = known === null ? 'found none' : `found what was logged for ${known}`;
  return new PlatformError('SPOOL_OTHER_SERVER', {
    message: `expected ${database.location} to be a spool${remote === null ? '' : ` for ${remote}`}, ${found}`,
  });
}

async function insert(
  session: Session,
  { subject, change, reason }: Omit<SetAside, 'reason'> & { readonly reason: string | null },
): Promise<void> {
  const body = writeChange(change);
  const content = change.kind === 'file-put' ? change.sizeBytes : 0;
  const columns = [
    'subject',
    'kind',
    'body',
    'body_bytes',
    'content_bytes',
    'state',
    'attempts',
    'reason',
    'created_at_ms',
  ];
  const state = reason === null ? 'waiting' : 'aside';
  const row = [subject, change.kind, body, Buffer.byteLength(body), content, state, 0, reason, now()];
  await session.insert({ table: 'spool_entries', columns }, [row]);
}

interface EntryRow {
  readonly id: number;
  readonly subject: SpoolSubject;
  readonly attempts: number;
  readonly body: string;
}

function entryOf({ id, subject, attempts, body }: EntryRow): SpoolEntry {
  return { id, subject, attempts, change: readChange(body) };
}

async function next(database: Database, { limit, maxBytes, except }: SpoolWindow): Promise<SpoolEntry[]> {
  const others = except.length === 0 ? '' : `and subject not in (${except.map(() => '?').join(', ')})`;
  const sql = `select id, subject, attempts, body from (
      select id, subject, attempts, body, sum(body_bytes) over (order by id) - body_bytes as before from (
        select id, subject, attempts, body, body_bytes from spool_entries
        where state = 'waiting' ${others} order by id limit ?) as first) as sized
    where before < ? order by id`;
  return (await database.all<EntryRow>(sql, [...except, limit, maxBytes])).map(entryOf);
}

async function making(session: Session, subject: SpoolSubject): Promise<SpoolEntry | null> {
  const sql = `select id, subject, attempts, body from spool_entries
    where subject = ? and kind = ? and state = 'waiting' order by id limit 1`;
  const row = await session.first<EntryRow>(sql, [subject, `${subject.split('/')[0]}-made`]);
  return row === null ? null : entryOf(row);
}

async function begin(database: Database, entries: readonly SpoolEntry[]): Promise<void> {
  await inParts(entries, (places, ids) =>
    database.run(`update spool_entries set attempts = attempts + 1 where id in (${places})`, ids),
  );
}

async function done(database: Database, entries: readonly SpoolEntry[], aside: readonly SetAside[]): Promise<void> {
  // Where power fails before it is on disk, entries are sent once more, which changes nothing there.
  await database.transaction(
    async (session) => {
      for (const one of aside) await insert(session, one);
      await inParts(entries, (places, ids) => session.run(`delete from spool_entries where id in (${places})`, ids));
    },
    { durability: 'normal' },
  );
}

async function inParts(
  entries: readonly SpoolEntry[],
  work: (places: string, ids: readonly number[]) => Promise<unknown>,
): Promise<void> {
  for (let start = 0; start < entries.length; start += atOnce) {
    const ids = entries.slice(start, start + atOnce).map(({ id }) => id);
    await work(ids.map(() => '?').join(', '), ids);
  }
}

async function asides(session: Session, limit: number): Promise<SetAside[]> {
  const sql = "select subject, body, reason from spool_entries where state = 'aside' order by id limit ?";
  const rows = await session.all<{ subject: SpoolSubject; body: string; reason: string }>(sql, [limit]);
  return rows.map(({ subject, body, reason }) => ({ subject, reason, change: readChange(body) }));
}

async function identity(session: Session, subject: SpoolSubject): Promise<RemoteIdentity | null> {
  const sql = 'select remote_id as id, remote_place as place from spool_ids where subject = ?';
  return await session.first<RemoteIdentity>(sql, [subject]);
}

async function runs(session: Session): Promise<SpooledRun[]> {
  const sql = "select subject, remote_id from spool_ids where subject like 'run/%' order by created_at_ms, subject";
  const rows = await session.all<{ subject: string; remote_id: string }>(sql);
  return rows.map(({ subject, remote_id }) => ({ runId: subject.slice('run/'.length), remoteId: remote_id }));
}

async function versions(session: Session): Promise<SpooledVersion[]> {
  const sql = "select subject, remote_id from spool_ids where subject like 'version/%' order by created_at_ms, subject";
  const rows = await session.all<{ subject: string; remote_id: string }>(sql);
  return rows.map(({ subject, remote_id }) => {
    const [, ordinal = '', ...model] = subject.split('/');
    return { model: model.join('/'), ordinal: Number(ordinal), remoteVersion: remote_id };
  });
}

async function readFact(session: Session, name: string): Promise<string | null> {
  const row = await session.first<{ value: string }>('select value from spool_facts where name = ?', [name]);
  return row?.value ?? null;
}

/** Writes a fact that is never changed; of two processes that do it at once, one is first. */
async function keepFact(session: Session, name: string, value: string): Promise<string> {
  const found = await readFact(session, name);
  if (found !== null) return found;
  const target = { table: 'spool_facts', columns: ['name', 'value'] };
  await session.insert(target, [[name, value]], { onConflict: 'nothing' });
  return (await readFact(session, name))!;
}

async function setFact(session: Session, name: string, value: string): Promise<void> {
  const target = { table: 'spool_facts', columns: ['name', 'value'] };
  await session.insert(target, [[name, value]], { onConflict: { sql: '(name) do update set value = excluded.value' } });
}

async function dropFact(session: Session, name: string): Promise<void> {
  await session.run('delete from spool_facts where name = ?', [name]);
}

async function claim(database: Database): Promise<void> {
  await database.transaction(async (session) => {
    const sender = await senderOf(session);
    if (sender !== null && sender !== process.pid) {
      throw new PlatformError('SPOOL_BUSY', {
        message: `expected that nobody sends what waits in ${database.location}, found that process ${sender} does`,
      });
    }
    await setFact(session, 'sender', `${process.pid} ${processMark(process.pid) ?? ''}`);
  });
}

/** The process that sends; null where none does, or the one that did is dead. */
async function senderOf(session: Session): Promise<number | null> {
  const [pid = '', mark = ''] = (await readFact(session, 'sender'))?.split(' ') ?? [];
  if (pid === '') return null;
  return isProcessAlive(Number(pid), mark === '' ? null : mark) === true ? Number(pid) : null;
}

async function status(session: Session, remote: string): Promise<SpoolStatus> {
  const sql = `select count(*) as entries, coalesce(sum(body_bytes + content_bytes), 0) as bytes,
    min(created_at_ms) as oldest, count(distinct case when subject like 'run/%' then subject end) as runs
    from spool_entries where state = 'waiting'`;
  const row = (await session.first<Record<string, number | string | null>>(sql))!;
  const aside = await session.first<{ entries: number }>(
    "select count(*) as entries from spool_entries where state = 'aside'",
  );
  const sentAt = await readFact(session, 'sent-at');
  return {
    remote,
    waiting: Number(row['entries']),
    waitingBytes: Number(row['bytes']),
    oldestAtMs: row['oldest'] === null ? null : Number(row['oldest']),
    waitingRuns: Number(row['runs']),
    aside: Number(aside!.entries),
    sentAtMs: sentAt === null ? null : Number(sentAt),
    lastError: await readFact(session, 'error'),
    sender: await senderOf(session),
  };
}
