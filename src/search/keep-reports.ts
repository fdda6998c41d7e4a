/**
 * Reports on their way into the index. A note names a path among the artifacts, or a run of the record. Its content is read outside of any
 * transaction; what was read is kept only if the path still names it, else the note stays. Then the thing that it belongs to is noted.
 */
import type { Database, Session } from '../database/index.ts';
import { type Digest, monotonicMs } from '../encoding/index.ts';
import { isPlatformError, PlatformError, toPlatformError } from '../errors/index.ts';
import { artifactRootOf } from '../tracking/index.ts';
import { type ReportText, reportText } from './report-text.ts';

/** Larger files are not read. */
const mostBytes = 4 * 1024 * 1024;
/** From one try to read what could not be read to the next. */
const restMs = 600_000;

/** Where texts of reports come from. */
export interface ReportSource {
  /** All bytes of a file. */
  read(digest: Digest, options: { readonly maxBytes: number }): Promise<Buffer>;
  /** What the record says of one of its runs, and the id under which the tracker shows it. */
  ofRun(recordId: string): Promise<{ readonly runId: string; readonly reports: readonly ReportText[] }>;
}

interface Note {
  readonly seq: number;
  readonly kind: 'path' | 'record';
  readonly ref: string;
}

const waiting = "search_pending where kind in ('path', 'record')";

/** Reports that wait. */
export async function countReports(database: Database): Promise<number> {
  return (await database.first<{ count: number }>(`select count(*) as count from ${waiting}`))!.count;
}

/** Carries reports into the index, and passes over those that cannot be read. */
export interface ReportKeeper {
  /** Takes some that changed. @returns how many, and how many of them could not be read */
  keepSome(): Promise<{ readonly count: number; readonly unreadCount: number }>;
  /** What could not be read and nobody was told of yet: each report once. Whoever tells of it takes it away. */
  readonly untold: PlatformError[];
}

/**
 * A keeper of an index. What could not be read is tried again after a while, and by whoever opens the index next. What fails
 * because the store is away fails for all, and is thrown.
 */
export function createReportKeeper(database: Database, source: ReportSource, atOnce: number): ReportKeeper {
  /** By note: until when it rests. */
  const resting = new Map<number, number>();
  const untold: PlatformError[] = [];
  const keepSome: ReportKeeper['keepSome'] = async () => {
    const sql = `select seq, kind, ref from ${waiting} order by seq limit ?`;
    const all = await database.all<Note>(sql, [atOnce + resting.size]);
    const notes = all.filter(({ seq }) => (resting.get(seq) ?? 0) <= monotonicMs()).slice(0, atOnce);
    let unreadCount = 0;
    for (const note of notes) {
      const why = await keepNote(database, source, note);
      if (why === null) {
        resting.delete(note.seq);
        continue;
      }
      if (!resting.has(note.seq)) untold.push(unreadable(note, why));
      resting.set(note.seq, monotonicMs() + restMs);
      unreadCount += 1;
    }
    return { count: notes.length, unreadCount };
  };
  return { keepSome, untold };
}

/** @returns why it cannot be read; null where it was, or need not be */
async function keepNote(database: Database, source: ReportSource, note: Note): Promise<Error | null> {
  return await (note.kind === 'path' ? keepFile : keepRun)(database, source, note).catch((error: unknown) => {
    if (error instanceof Unread) return error.why;
    throw error;
  });
}

/** What one report alone is not read for. */
class Unread extends Error {
  readonly why: Error;

  constructor(why: Error) {
    super(why.message);
    this.why = why;
  }
}

/** Kinds of errors that pass, and that other reports would meet too. */
const passing: readonly string[] = ['unavailable', 'resource-exhausted', 'canceled'];

function asUnread(error: unknown): never {
  if (isPlatformError(error) && passing.includes(error.kind)) throw error;
  throw new Unread(toPlatformError(error));
}

function unreadable({ kind, ref }: Note, why: Error): PlatformError {
  const what = kind === 'path' ? `the report ${ref}` : `what the record says of the run ${ref}`;
  return new PlatformError('SEARCH_REPORT_UNREADABLE', {
    message: `${what} cannot be read, so that no search finds it: ${why.message}`,
    cause: why,
  });
}

interface Thing {
  readonly kind: 'run' | 'logged-model';
  readonly ref: string;
}

async function keepFile(database: Database, source: ReportSource, note: Note): Promise<null> {
  const file = await fileAt(database, note.ref);
  const owner = file === null ? null : await ownerOf(database, note.ref);
  const read = owner === null ? null : await readFile(source, owner.name, file!);
  await database.transaction(async (session) => {
    if ((await fileAt(session, note.ref))?.digest !== file?.digest) return;
    await replaceReports(
      session,
      `path ${note.ref}`,
      owner === null || read === null ? null : { owner, reports: [read] },
    );
    await session.run('delete from search_pending where seq = ?', [note.seq]);
  });
  return null;
}

interface File {
  readonly digest: Digest;
  readonly size_bytes: number;
}

async function fileAt(session: Session, path: string): Promise<File | null> {
  return await session.first<File>('select digest, size_bytes from artifact_paths where path = ?', [path]);
}

async function readFile(source: ReportSource, name: string, file: File): Promise<ReportText | null> {
  if (file.size_bytes > mostBytes) return { name: `${name} (too large, not looked at)`, text: '' };
  try {
    return reportText(name, await source.read(file.digest, { maxBytes: mostBytes }));
  } catch (error) {
    // What is lost or damaged says nothing.
    if (isPlatformError(error) && ['ARTIFACT_MISSING', 'ARTIFACT_CORRUPT', 'ARTIFACT_TOO_LARGE'].includes(error.code))
      return null;
    return asUnread(error);
  }
}

async function keepRun(database: Database, source: ReportSource, note: Note): Promise<null> {
  const { runId, reports } = await source.ofRun(note.ref).catch(asUnread);
  await database.transaction(async (session) => {
    const run = await session.first<{ id: number }>('select id from tracked_runs where run_id = ?', [runId]);
    const owner: Thing | null = run === null ? null : { kind: 'run', ref: String(run.id) };
    await replaceReports(session, `record ${note.ref}`, owner === null ? null : { owner, reports });
    await session.run('delete from search_pending where seq = ?', [note.seq]);
  });
  return null;
}

/** What comes from one place, in the place of what came from there before; whom that concerns is noted. */
async function replaceReports(
  session: Session,
  source: string,
  found: { readonly owner: Thing; readonly reports: readonly ReportText[] } | null,
): Promise<void> {
  const before = await session.all<Thing>('select distinct kind, ref from search_reports where source = ?', [source]);
  await session.run('delete from search_reports where source = ?', [source]);
  const { owner, reports } = found ?? { owner: null, reports: [] };
  if (owner !== null)
    await session.insert(
      { table: 'search_reports', columns: ['source', 'name', 'kind', 'ref', 'text'] },
      reports.map(({ name, text }) => [source, name, owner.kind, owner.ref, text.replaceAll('\0', ' ')]),
    );
  for (const { kind, ref } of owner === null ? before : [...before, owner])
    await session.run(
      `insert into search_pending (kind, ref) select ?, ?
        where not exists (select 1 from search_pending where kind = ? and ref = ?)`,
      [kind, ref, kind, ref],
    );
}

/** The run or logged model in whose folder a path lies, and the path in it. */
async function ownerOf(session: Session, path: string): Promise<(Thing & { readonly name: string }) | null> {
  const folders = path.split('/').slice(0, -1);
  if (folders.length === 0) return null;
  const places = folders.map(() => '?').join(', ');
  const rows = await session.all<Thing & { artifact_uri: string }>(
    `select 'run' as kind, cast(id as text) as ref, artifact_uri from tracked_runs where run_id in (${places})
      union all select 'logged-model', model_id, artifact_uri from logged_models where model_id in (${places})`,
    [...folders, ...folders],
  );
  for (const { kind, ref, artifact_uri } of rows) {
    const folder = folderOf(artifact_uri);
    if (folder !== null && path.startsWith(`${folder}/`)) return { kind, ref, name: path.slice(folder.length + 1) };
  }
  return null;
}

/** Null where artifacts lie elsewhere. */
function folderOf(uri: string): string | null {
  try {
    return artifactRootOf(uri);
  } catch (error) {
    if (isPlatformError(error)) return null;
    throw error;
  }
}
