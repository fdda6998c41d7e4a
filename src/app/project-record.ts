import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type ArtifactStore, openStatCache, type StatCache } from '../artifacts/index.ts';
import { openDatabase } from '../database/index.ts';
import { PlatformError } from '../errors/index.ts';
import { type MetadataStore, openMetadata } from '../metadata/index.ts';
import { toStepError } from '../pipeline/index.ts';
import { noteArtifactPlace } from './artifact-places.ts';
import { openArtifactStore } from './artifact-store.ts';
import type { Config } from './config.ts';

/** The record of a project: metadata and artifacts. */
export interface ProjectRecord {
  readonly metadata: MetadataStore;
  readonly artifacts: ArtifactStore;
  readonly statCache: StatCache;
  close(): Promise<void>;
}

/** Opens the record of a project, making it where there is none. */
export async function openRecord(config: Config): Promise<ProjectRecord> {
  await makeStateFolder(config.stateDir);
  return await openAt(config, metadataPath(config));
}

/** The same, to store content in it: where that lies is remembered, for those who collect it. */
export async function openRecordToStore(config: Config): Promise<ProjectRecord> {
  const record = await openRecord(config);
  try {
    await noteArtifactPlace(record.metadata, config);
    return record;
  } catch (error) {
    await record.close();
    throw error;
  }
}

async function makeStateFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    // Where it makes folders on the way, Node tells a file system that cannot be written as a folder that is missing.
    const plain = await mkdir(path, { mode: 0o700 }).then(
      () => error,
      (thrown: NodeJS.ErrnoException) => thrown,
    );
    const { code } = plain as NodeJS.ErrnoException;
    if (code === 'EEXIST' || code === 'ENOTDIR') {
      throw new PlatformError('PLACE_NOT_WRITABLE', {
        message: `expected ${path}, the folder of the record, to be a folder, found a file there or above it`,
        hint: 'Move the file away, or name another folder with MLSPEC_STATE_DIR.',
      });
    }
    throw toStepError(plain);
  }
}

/** Opens the record of a project for a question. Where there is none it is empty, and none is made. */
export async function readRecord(config: Config): Promise<ProjectRecord> {
  return await openAt(config, existsSync(metadataPath(config)) ? metadataPath(config) : ':memory:');
}

function metadataPath(config: Config): string {
  return join(config.stateDir, 'metadata.db');
}

async function openAt(config: Config, path: string): Promise<ProjectRecord> {
  const artifacts = await openArtifactStore(config);
  const database = await openDatabase(
    config.metadataUrl === null ? { kind: 'sqlite', path } : { kind: 'postgres', url: config.metadataUrl },
  );
  const metadata = await openMetadata(database);
  const statCache = await openStatCache(join(config.stateDir, 'stat-cache.json'));
  return {
    metadata,
    artifacts,
    statCache,
    close: async () => {
      await statCache.save();
      await metadata.close();
    },
  };
}
