/**
 * Reports on their way into the index. A note names a path among the artifacts, or a run of the record. Its content is read outside of any
 * transaction; what was read is kept only if the path still names it, else the note stays. Then the thing that it belongs to is noted.
 */
import type { Database, Session } from '../database/index.ts';
import type { Digest } from '../encoding/index.ts';
import { isPlatformError } from '../errors/index.ts';
import { artifactRootOf } from '../tracking/index.ts';
import { type ReportText, reportText } from './report-text.ts';

/** Larger files are not read. */
const mostBytes = 4 * 1024 * 1024;

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

/** Takes some reports that changed. @returns how many */
export async function keepReports(database: Database, source: ReportSource, atOnce: number): Promise<number> {
  const notes = await database.all<Note>(`select seq, kind, ref from ${waiting} order by seq limit ?`, [atOnce]);
  for (const note of notes)
    if (note.kind === 'path') await keepFile(database, source, note);
    else await keepRun(database, source, note);
  return notes.length;
}

interface Thing {
  readonly kind: 'run' | 'logged-model';
  readonly ref: string;
}

async function keepFile(database: Database, source: ReportSource, note: Note): Promise<void> {
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
    throw error;
  }
}

async function keepRun(database: Database, source: ReportSource, note: Note): Promise<void> {
  const { runId, reports } = await source.ofRun(note.ref);
  await database.transaction(async (session) => {
    const run = await session.first<{ id: number }>('select id from tracked_runs where run_id = ?', [runId]);
    const owner: Thing | null = run === null ? null : { kind: 'run', ref: String(run.id) };
    await replaceReports(session, `record ${note.ref}`, owner === null ? null : { owner, reports });
    await session.run('delete from search_pending where seq = ?', [note.seq]);
  });
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
