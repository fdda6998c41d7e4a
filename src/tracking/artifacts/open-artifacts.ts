import type { ArtifactStore } from '../../artifacts/index.ts';
import { type Database, migrate } from '../../database/index.ts';
import type { Digest } from '../../encoding/index.ts';
import { type ArtifactPaths, createArtifactPaths } from './artifact-paths.ts';
import { type ArtifactUploads, createArtifactUploads } from './artifact-uploads.ts';
import { artifactPathsSchema } from './schema.ts';

/** The artifacts that clients of the tracker put and get. */
export interface TrackedArtifacts {
  readonly paths: ArtifactPaths;
  readonly uploads: ArtifactUploads;
  /** All content that a path or an upload under way names: what a collection has to keep. */
  digests(): Promise<ReadonlySet<Digest>>;
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
  return { paths, uploads: createArtifactUploads(database, store, paths), digests: () => namedDigests(database) };
}

/** In one query: a completion moves digests from the one table to the other. */
async function namedDigests(database: Database): Promise<ReadonlySet<Digest>> {
  const rows = await database.all<{ digest: Digest }>(
    'select digest from artifact_paths union select digest from artifact_upload_parts',
  );
  return new Set(rows.map((row) => row.digest));
}
