import type { ArtifactStore } from '../../artifacts/index.ts';
import { type Database, migrate } from '../../database/index.ts';
import type { Digest } from '../../encoding/index.ts';
import { type ArtifactPath, foldersAbove } from './artifact-path.ts';
import { type ArtifactPaths, createArtifactPaths } from './artifact-paths.ts';
import { type ArtifactUploads, createArtifactUploads } from './artifact-uploads.ts';
import { artifactPathsSchema } from './schema.ts';

/** The artifacts that clients of the tracker put and get. */
export interface TrackedArtifacts {
  readonly paths: ArtifactPaths;
  readonly uploads: ArtifactUploads;
  /**
   * All content that a path or an upload under way names: what a collection has to keep.
   * @param without folders that are about to go
   */
  digests(without?: readonly ArtifactPath[]): Promise<ReadonlySet<Digest>>;
}

/**
 * The paths in a database, whose tables are made or brought up to date first, over a store.
 * @param view what everybody sees of the paths, uploads in parts too; default: all of them as they are
 * @throws PlatformError METADATA_NEWER_SCHEMA
 */
export async function openArtifacts(
  database: Database,
  store: ArtifactStore,
  view: (paths: ArtifactPaths) => ArtifactPaths = (paths) => paths,
): Promise<TrackedArtifacts> {
  await migrate(database, artifactPathsSchema);
  const paths = view(createArtifactPaths(database, store));
  return {
    paths,
    uploads: createArtifactUploads(database, store, paths),
    digests: (without = []) => namedDigests(database, without),
  };
}

/** In one query: a completion moves digests from the one table to the other. */
async function namedDigests(database: Database, without: readonly ArtifactPath[]): Promise<ReadonlySet<Digest>> {
  if (without.length === 0) {
    const named = 'select digest from artifact_paths union select digest from artifact_upload_parts';
    return new Set((await database.all<{ digest: Digest }>(named)).map((row) => row.digest));
  }
  const going = new Set<string>(without);
  const sql = `select path, digest from artifact_paths
    union all select u.path, p.digest from artifact_upload_parts p join artifact_uploads u on u.upload_id = p.upload_id`;
  const rows = await database.all<{ path: ArtifactPath; digest: Digest }>(sql);
  const kept = rows.filter(({ path }) => !foldersAbove(path).some((folder) => going.has(folder)));
  return new Set(kept.map((row) => row.digest));
}
