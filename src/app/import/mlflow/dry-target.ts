import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { measureStream } from '../../../artifacts/index.ts';
import type { Database } from '../../../database/index.ts';
import type { ArtifactPaths, TrackedArtifacts } from '../../../tracking/index.ts';
import type { Config } from '../../config.ts';
import { openRecord } from '../../project-record.ts';
import { openTracker } from '../../tracking-server.ts';

/** Where an import writes. */
export interface ImportTarget {
  readonly database: Database;
  readonly artifacts: TrackedArtifacts;
  /** For the report. */
  readonly location: string;
  close(): Promise<void>;
}

/**
 * A tracker of its own in a temporary folder, which goes when it is closed: what is written there meets every check of a
 * real one. Artifacts are read to their end and named, and not kept.
 */
export async function openDryTarget(config: Config): Promise<ImportTarget> {
  const folder = await mkdtemp(join(tmpdir(), 'mlspec-dry-run-'));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const keysDir = join(folder, 'keys');
    const record = await openRecord({ ...config, stateDir: folder, metadataUrl: null, artifactsUrl: null, keysDir });
    const close = (): Promise<void> => record.close().finally(remove);
    try {
      const { artifacts } = await openTracker(record, { keysDir });
      const paths = withoutContent(artifacts.paths);
      return { database: record.metadata.database, artifacts: { ...artifacts, paths }, location: '', close };
    } catch (error) {
      await close();
      throw error;
    }
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Paths whose content is read alone. */
function withoutContent(paths: ArtifactPaths): ArtifactPaths {
  return {
    ...paths,
    put: async (path, source) => {
      // From these the signatures of models are read.
      if (basename(path) === 'MLmodel') return await paths.put(path, source);
      await paths.requireFree(path);
      return await paths.point(path, await measureStream(source));
    },
  };
}
