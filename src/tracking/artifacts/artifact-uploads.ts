/**
 * Uploads in parts. Each part is content of its own in the store, so that parts may come in any order, at once, through
 * any server, and again; what came before a crash needs not come again. Completing reads the parts in order into one
 * file. Asking for the same twice does the same once.
 */
import type { ArtifactStore, ByteStream } from '../../artifacts/index.ts';
import type { Database } from '../../database/index.ts';
import { type Digest, newId, now } from '../../encoding/index.ts';
import { PlatformError } from '../../errors/index.ts';
import type { ArtifactPath } from './artifact-path.ts';
import type { ArtifactPaths } from './artifact-paths.ts';

/** The most parts of an upload. */
export const maxUploadParts = 10_000;
/** After that an upload that was not completed is forgotten. */
const uploadLifetimeMs = 7 * 24 * 3600 * 1000;

/** A part of a file that was received. */
export interface UploadedPart {
  /** From 1 on. */
  readonly part: number;
  readonly digest: Digest;
  readonly sizeBytes: number;
}

/** An upload and what of it was received. */
export interface ArtifactUpload {
  readonly id: string;
  readonly path: ArtifactPath;
  readonly partCount: number;
  /** In order. */
  readonly parts: readonly UploadedPart[];
}

/** Which upload is meant: an id means nothing for another path. */
export interface UploadName {
  readonly id: string;
  readonly path: ArtifactPath;
}

/** Uploads in parts. Every method may throw the errors of the database and of the artifact store. */
export interface ArtifactUploads {
  /** @throws PlatformError TRACKING_BAD_UPLOAD, TRACKING_ARTIFACT_CLASH */
  begin(path: ArtifactPath, partCount: number): Promise<ArtifactUpload>;
  /** @throws PlatformError TRACKING_UPLOAD_UNKNOWN */
  find(name: UploadName): Promise<ArtifactUpload>;
  /** Stores a part, in place of what was received for it before. @throws PlatformError TRACKING_UPLOAD_UNKNOWN, TRACKING_BAD_UPLOAD */
  putPart(id: string, part: number, source: ByteStream): Promise<UploadedPart>;
  /**
   * Makes one file of the parts.
   * @param parts all of them in order, with the digests that they were received with
   * @throws PlatformError TRACKING_UPLOAD_UNKNOWN, TRACKING_BAD_UPLOAD, TRACKING_ARTIFACT_CLASH
   */
  complete(name: UploadName, parts: readonly Pick<UploadedPart, 'part' | 'digest'>[]): Promise<void>;
  /** Forgets an upload and its parts; nothing happens where there is none. */
  abort(name: UploadName): Promise<void>;
}

/** The uploads in a database whose tables were made, over a store. */
export function createArtifactUploads(database: Database, store: ArtifactStore, paths: ArtifactPaths): ArtifactUploads {
  /** Completions under way: who asks again waits for the first. */
  const completing = new Map<string, Promise<void>>();
  return {
    begin: async (path, partCount) => {
      await paths.requireFree(path);
      return await begin(database, path, partCount);
    },
    find: (name) => find(database, name),
    putPart: async (id, part, source) => {
      await requirePart(database, id, part);
      const { digest, sizeBytes } = await store.putStream(source);
      await recordPart(database, id, { part, digest, sizeBytes });
      return { part, digest, sizeBytes };
    },
    complete: async (name, parts) => {
      const key = JSON.stringify([name.id, name.path, parts]);
      const underWay = completing.get(key) ?? complete({ database, store, paths }, name, parts);
      completing.set(key, underWay);
      await underWay.finally(() => completing.delete(key));
    },
    abort: (name) => abort(database, name),
  };
}

interface Parties {
  readonly database: Database;
  readonly store: ArtifactStore;
  readonly paths: ArtifactPaths;
}

async function begin(database: Database, path: ArtifactPath, partCount: number): Promise<ArtifactUpload> {
  if (!Number.isInteger(partCount) || partCount < 1 || partCount > maxUploadParts)
    throw badUpload(`expected 1 to ${maxUploadParts} parts, found ${partCount}`);
  const id = newId('upload');
  const createdAtMs = now();
  await database.transaction(async (session) => {
    const old = 'select upload_id from artifact_uploads where created_at_ms < ?';
    const before = createdAtMs - uploadLifetimeMs;
    await session.run(`delete from artifact_upload_parts where upload_id in (${old})`, [before]);
    await session.run('delete from artifact_uploads where created_at_ms < ?', [before]);
    await session.run(
      'insert into artifact_uploads (upload_id, path, part_count, created_at_ms, digest) values (?, ?, ?, ?, null)',
      [id, path, partCount, createdAtMs],
    );
  });
  return { id, path, partCount, parts: [] };
}

interface UploadRow {
  readonly path: ArtifactPath;
  readonly part_count: number;
  readonly digest: Digest | null;
}

async function rowOf(database: Database, { id, path }: UploadName): Promise<UploadRow> {
  const row = await database.first<UploadRow>(
    'select path, part_count, digest from artifact_uploads where upload_id = ? and path = ?',
    [id, path],
  );
  if (row === null) throw unknownUpload(`expected an upload ${shortly(id)} for ${path}, found none`);
  return row;
}

async function find(database: Database, name: UploadName): Promise<ArtifactUpload> {
  const row = await rowOf(database, name);
  return { id: name.id, path: name.path, partCount: row.part_count, parts: await partsOf(database, name.id) };
}

async function partsOf(database: Database, id: string): Promise<readonly UploadedPart[]> {
  const rows = await database.all<{ part: number; digest: Digest; size_bytes: number }>(
    'select part, digest, size_bytes from artifact_upload_parts where upload_id = ? order by part',
    [id],
  );
  return rows.map(({ part, digest, size_bytes: sizeBytes }) => ({ part, digest, sizeBytes }));
}

async function requirePart(database: Database, id: string, part: number): Promise<void> {
  const row = await database.first<UploadRow>(
    'select path, part_count, digest from artifact_uploads where upload_id = ?',
    [id],
  );
  if (row === null) throw unknownUpload(`expected an upload ${shortly(id)}, found none`);
  if (row.digest !== null) throw badUpload(`the upload of ${row.path} is complete; it takes no more parts`);
  if (part < 1 || part > row.part_count)
    throw badUpload(`expected a part from 1 to ${row.part_count} of ${row.path}, found ${part}`);
}

async function recordPart(database: Database, id: string, { part, digest, sizeBytes }: UploadedPart): Promise<void> {
  const added = await database.run(
    `insert into artifact_upload_parts (upload_id, part, digest, size_bytes)
     select upload_id, cast(? as integer), cast(? as text), cast(? as bigint) from artifact_uploads
     where upload_id = ? and digest is null
     on conflict (upload_id, part) do update set digest = excluded.digest, size_bytes = excluded.size_bytes`,
    [part, digest, sizeBytes, id],
  );
  if (added === 0)
    throw unknownUpload(`the upload ${shortly(id)} was completed or aborted while its part ${part} came`);
}

async function complete(
  { database, store, paths }: Parties,
  name: UploadName,
  parts: readonly Pick<UploadedPart, 'part' | 'digest'>[],
): Promise<void> {
  // In this order: where another process completes it in between the parts are gone, and the row says why.
  const received = await partsOf(database, name.id);
  const row = await rowOf(database, name);
  if (row.digest !== null) return;
  requireAll({ ...row, received }, parts);
  await paths.requireFree(name.path);
  const only = received.length === 1 ? received[0] : undefined;
  const content = only ?? (await store.putStream(joined(store, received)));
  await paths.point(name.path, content);
  await database.transaction(async (session) => {
    await session.run('update artifact_uploads set digest = ? where upload_id = ?', [content.digest, name.id]);
    await session.run('delete from artifact_upload_parts where upload_id = ?', [name.id]);
  });
}

/** Whether what the client lists is what was announced and what was received. */
function requireAll(
  upload: UploadRow & { readonly received: readonly UploadedPart[] },
  listed: readonly Pick<UploadedPart, 'part' | 'digest'>[],
): void {
  const { path, part_count: count, received } = upload;
  if (received.length !== count) throw badUpload(`expected ${count} parts of ${path}, received ${received.length}`);
  if (listed.length !== count) throw badUpload(`expected a list of ${count} parts of ${path}, found ${listed.length}`);
  received.forEach(({ part, digest }, index) => {
    const { part: listedPart, digest: listedDigest } = listed[index]!;
    if (listedPart !== part)
      throw badUpload(`expected part ${part} of ${path}, found part ${listedPart}; list them in order`);
    if (listedDigest !== digest)
      throw badUpload(`expected part ${part} of ${path} with the ETag ${digest}, found ${shortly(listedDigest)}`);
  });
}

async function* joined(store: ArtifactStore, parts: readonly UploadedPart[]): AsyncGenerator<Uint8Array> {
  for (const { digest } of parts) yield* store.open(digest) as AsyncIterable<Uint8Array>;
}

async function abort(database: Database, { id, path }: UploadName): Promise<void> {
  await database.transaction(async (session) => {
    const mine = 'select upload_id from artifact_uploads where upload_id = ? and path = ? and digest is null';
    await session.run(`delete from artifact_upload_parts where upload_id in (${mine})`, [id, path]);
    await session.run('delete from artifact_uploads where upload_id = ? and path = ? and digest is null', [id, path]);
  });
}

function shortly(text: string): string {
  return text.length <= 80 ? text : `${text.slice(0, 80)}…`;
}

function badUpload(message: string): PlatformError {
  return new PlatformError('TRACKING_BAD_UPLOAD', { message });
}

function unknownUpload(message: string): PlatformError {
  return new PlatformError('TRACKING_UPLOAD_UNKNOWN', { message });
}
