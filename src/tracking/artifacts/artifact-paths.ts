/**
 * MLflow's artifact paths as a view over the content-addressed store: a table from paths to digests. Folders are not
 * kept; a folder is there while something lies in it. Content that no path names any more is left to the collection.
 *
 * Rows lie in the order of their paths, byte by byte. A listing of a folder therefore jumps: from the first path in a
 * child straight behind everything else that the child can hold, which costs one look into the index for each child,
 * however much lies below it.
 */
import type { Readable } from 'node:stream';
import type { ArtifactStore, ByteRange, ByteStream, LinkOptions, StoredContent } from '../../artifacts/index.ts';
import type { Database, Session } from '../../database/index.ts';
import { type Digest, now } from '../../encoding/index.ts';
import { PlatformError } from '../../errors/index.ts';
import { type ArtifactPath, foldersAbove, nameOf, rootPath } from './artifact-path.ts';

/** A file at a path. */
export interface ArtifactFile {
  readonly digest: Digest;
  readonly sizeBytes: number;
  /** When it was put there last. */
  readonly createdAtMs: number;
}

/** What lies in a folder. */
export interface FolderEntry {
  /** Without the folders above. */
  readonly name: string;
  /** Null for a folder. */
  readonly sizeBytes: number | null;
}

/** Files by their paths. Every method may throw the errors of the database and of the artifact store. */
export interface ArtifactPaths {
  /** What lies in a folder, by name; nothing for a file and for what is not there. */
  list(folder: ArtifactPath): Promise<readonly FolderEntry[]>;
  /** @throws PlatformError TRACKING_ARTIFACT_UNKNOWN for what is not there or is a folder */
  find(path: ArtifactPath): Promise<ArtifactFile>;
  /**
   * Stores a stream at a path; what was there is replaced at once and whole. Nothing changes where the stream breaks.
   * @throws PlatformError TRACKING_ARTIFACT_CLASH where the path is a folder, or a folder of it a file
   */
  put(path: ArtifactPath, source: ByteStream): Promise<ArtifactFile>;
  /** Names content that is stored already. @throws PlatformError TRACKING_ARTIFACT_CLASH */
  point(path: ArtifactPath, content: Pick<StoredContent, 'digest' | 'sizeBytes'>): Promise<ArtifactFile>;
  /** @throws PlatformError TRACKING_ARTIFACT_CLASH where nothing can be put at a path */
  requireFree(path: ArtifactPath): Promise<void>;
  /** The bytes of a file or of a part of it: see `ArtifactStore.open`. */
  open(digest: Digest, range?: ByteRange): Readable;
  /** An address of a file where it lies, past this server: see `ArtifactStore.linkTo`. */
  linkTo(digest: Digest, link: LinkOptions): Promise<string | null>;
  /** All bytes of a small file, compared with their digest: see `ArtifactStore.read`. */
  read(digest: Digest): Promise<Buffer>;
  /** Removes a file, or a folder with everything in it. @throws PlatformError TRACKING_ARTIFACT_UNKNOWN */
  remove(path: ArtifactPath): Promise<void>;
}

/** The paths in a database whose tables were made, over a store. */
export function createArtifactPaths(database: Database, store: ArtifactStore): ArtifactPaths {
  const point: ArtifactPaths['point'] = (path, { digest, sizeBytes }) =>
    database.transaction((session) => write(session, database.kind, { path, digest, sizeBytes }));
  return {
    list: (folder) => list(database, folder),
    find: (path) => find(database, path),
    put: async (path, source) => {
      await requireFree(database, path);
      return await point(path, await store.putStream(source));
    },
    point,
    requireFree: (path) => requireFree(database, path),
    open: (digest, range) => store.open(digest, range),
    linkTo: (digest, link) => store.linkTo(digest, link),
    read: (digest) => store.read(digest, { kind: 'file' }),
    remove: (path) => remove(database, path),
  };
}

/** How many children one query finds; between two of them others may use the database. */
const childrenAtOnce = 5000;

/** `?`: the characters of the prefix; the first path; its end; the end again; how many. */
function childrenQuery(kind: Database['kind']): string {
  const slash = `${kind === 'sqlite' ? 'instr' : 'strpos'}(substr(child.path, child.skip), '/')`;
  const behind = `case when ${slash} > 0 then substr(child.path, 1, child.skip + ${slash} - 2) || '0'
    else child.path || '${afterFile}' end`;
  const first = (from: string): string =>
    `(select path from artifact_paths where path >= ${from} and path < ? order by path limit 1)`;
  return `with recursive child (path, skip, turn) as (
      select ${first('?')}, cast(? as integer) + 1, 1
      union all
      select ${first(behind)}, child.skip, child.turn + 1 from child
      where child.path is not null and child.turn < cast(? as integer))
    select file.path, file.size_bytes from child join artifact_paths file on file.path = child.path
    order by child.turn`;
}

/** The least character that no path has: what comes after a file and before anything else. */
const afterFile = '\u0001';

interface ChildRow {
  readonly path: string;
  readonly size_bytes: number;
}

async function list(database: Database, folder: ArtifactPath): Promise<readonly FolderEntry[]> {
  const { start, end } = insideOf(folder);
  const skip = [...start].length;
  const query = childrenQuery(database.kind);
  const entries: FolderEntry[] = [];
  for (let from: string | null = start; from !== null; ) {
    const rows: ChildRow[] = await database.all<ChildRow>(query, [from, end, skip, end, childrenAtOnce]);
    for (const row of rows) entries.push(entryOf(row, start.length));
    const last = entries.at(-1);
    if (rows.length < childrenAtOnce || last === undefined) from = null;
    else from = last.sizeBytes === null ? `${start}${last.name}0` : `${start}${last.name}${afterFile}`;
  }
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function entryOf(row: ChildRow, prefixLength: number): FolderEntry {
  const below = row.path.slice(prefixLength);
  const slash = below.indexOf('/');
  return slash === -1 ? { name: below, sizeBytes: row.size_bytes } : { name: below.slice(0, slash), sizeBytes: null };
}

/** All paths in a folder are from the start on and before the end: `0` is the character after `/`. */
export function insideOf(folder: ArtifactPath): { readonly start: string; readonly end: string } {
  // The last character of Unicode, which no path has.
  return folder === rootPath ? { start: '', end: '\u{10ffff}' } : { start: `${folder}/`, end: `${folder}0` };
}

async function find(session: Session, path: ArtifactPath): Promise<ArtifactFile> {
  const row = await session.first<{ digest: Digest; size_bytes: number; created_at_ms: number }>(
    'select digest, size_bytes, created_at_ms from artifact_paths where path = ?',
    [path],
  );
  if (row !== null) return { digest: row.digest, sizeBytes: row.size_bytes, createdAtMs: row.created_at_ms };
  const found = (await firstInside(session, path)) === null ? 'nothing' : 'a folder';
  throw new PlatformError('TRACKING_ARTIFACT_UNKNOWN', {
    message: `expected an artifact at ${path}, found ${found}`,
    details: { path },
  });
}

async function requireFree(session: Session, path: ArtifactPath): Promise<void> {
  const folders = foldersAbove(path);
  if (folders.length > 0) {
    const places = folders.map(() => '?').join(', ');
    const file = await session.first<{ path: string }>(
      `select path from artifact_paths where path in (${places}) limit 1`,
      folders,
    );
    if (file !== null) throw clash(path, `${file.path} is a file and cannot hold it`);
  }
  const inside = await firstInside(session, path);
  if (inside !== null) throw clash(path, `it is a folder, in which ${inside} lies`);
}

async function firstInside(session: Session, folder: ArtifactPath): Promise<string | null> {
  const { start, end } = insideOf(folder);
  const row = await session.first<{ path: string }>(
    'select path from artifact_paths where path >= ? and path < ? order by path limit 1',
    [start, end],
  );
  return row?.path ?? null;
}

interface NewFile {
  readonly path: ArtifactPath;
  readonly digest: Digest;
  readonly sizeBytes: number;
}

async function write(session: Session, kind: Database['kind'], file: NewFile): Promise<ArtifactFile> {
  if (kind === 'postgres') await lockPath(session, file.path);
  await requireFree(session, file.path);
  const createdAtMs = now();
  await session.run(
    `insert into artifact_paths (path, digest, size_bytes, created_at_ms) values (?, ?, ?, ?)
     on conflict (path) do update set
       digest = excluded.digest, size_bytes = excluded.size_bytes, created_at_ms = excluded.created_at_ms`,
    [file.path, file.digest, file.sizeBytes, createdAtMs],
  );
  return { digest: file.digest, sizeBytes: file.sizeBytes, createdAtMs };
}

/**
 * Two transactions that would make a file and a folder of one path wait for each other: whoever writes a file shares
 * its folders with everybody else who writes below them, and has its own path alone. SQLite has one writer anyway.
 */
async function lockPath(session: Session, path: ArtifactPath): Promise<void> {
  const folders = foldersAbove(path);
  const shared = folders.map(() => 'pg_advisory_xact_lock_shared(hashtextextended(?, 0))');
  const calls = [...shared, 'pg_advisory_xact_lock(hashtextextended(?, 0))'].map(
    (call, index) => `${call} as l${index}`,
  );
  await session.all(
    `select ${calls.join(', ')}`,
    [...folders, path].map((place) => `artifact_paths ${place}`),
  );
}

async function remove(session: Session, path: ArtifactPath): Promise<void> {
  const { start, end } = insideOf(path);
  const removed = await session.run('delete from artifact_paths where path = ? or (path >= ? and path < ?)', [
    path,
    start,
    end,
  ]);
  if (removed > 0) return;
  throw new PlatformError('TRACKING_ARTIFACT_UNKNOWN', {
    message: `expected an artifact or a folder at ${path}, found nothing`,
    details: { path },
  });
}

function clash(path: ArtifactPath, why: string): PlatformError {
  return new PlatformError('TRACKING_ARTIFACT_CLASH', {
    message: `cannot put ${nameOf(path)} at ${path}: ${why}`,
    details: { path },
  });
}
