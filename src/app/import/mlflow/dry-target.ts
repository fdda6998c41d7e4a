import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { measureStream } from '../../../artifacts/index.ts';
import type { Database } from '../../../database/index.ts';
import { isProcessAlive, processMark } from '../../../encoding/index.ts';
import type { ArtifactPaths, TrackedArtifacts } from '../../../tracking/index.ts';
import type { Config } from '../../config.ts';
import { openRecord } from '../../project-record.ts';
import { openTracker } from '../../tracking-server.ts';

/** Of the names of temporary folders; behind it which process has one. */
const prefix = 'mlspec-dry-run-';

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
  await removeLeft();
  const folder = await mkdtemp(join(tmpdir(), `${prefix}${process.pid}-${processMark(process.pid) ?? ''}-`));
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

/** Removes what dry runs left that were killed. What belongs to somebody else stays. */
async function removeLeft(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const [, pid, mark] = name.startsWith(prefix) ? (/^(\d+)-(.*)-[^-]+$/.exec(name.slice(prefix.length)) ?? []) : [];
    if (pid === undefined || isProcessAlive(Number(pid), mark === '' ? null : mark!) !== false) continue;
    await rm(join(tmpdir(), name), { recursive: true, force: true }).catch(() => undefined);
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
