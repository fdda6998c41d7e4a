import { resolve } from 'node:path';
import { PlatformError } from '../errors/index.ts';
import { type ModelRegistry, openRegistry } from '../registry/index.ts';
import { openArtifacts, openTracking, type TrackedArtifacts, type TrackingStore } from '../tracking/index.ts';
import type { Config } from './config.ts';
import { openRecord, type ProjectRecord } from './project-record.ts';

/** What the tracking server works on. */
export interface TrackingPlatform {
  readonly tracking: TrackingStore;
  readonly artifacts: TrackedArtifacts;
  readonly registry: ModelRegistry;
  readonly record: ProjectRecord;
  /** Where the tables are, for messages; without a password. */
  readonly location: string;
  close(): Promise<void>;
}

/** The stores of a tracking server. */
export interface TrackingStores {
  /** A folder, or a `postgres://` address. Default: the record of the project. */
  readonly store?: string | undefined;
}

/**
 * Opens the stores that the tracking server works on, making them where there are none.
 * @throws PlatformError CONFIG_BAD_VALUE for a store that is neither a folder nor an address
 */
export async function openTrackingPlatform(config: Config, stores: TrackingStores): Promise<TrackingPlatform> {
  const record = await openRecord(placedAt(config, stores.store));
  try {
    const { database } = record.metadata;
    const tracking = await openTracking(database);
    const artifacts = await openArtifacts(database, record.artifacts);
    const registry = await openRegistry(database);
    const { location } = database;
    return { tracking, artifacts, registry, record, location, close: () => record.close() };
  } catch (error) {
    await record.close();
    throw error;
  }
}

function placedAt(config: Config, store: string | undefined): Config {
  if (store === undefined) return config;
  if (/^postgres(ql)?:\/\//.test(store)) return { ...config, metadataUrl: store };
  const folder = store.replace(/^file:\/\//, '');
  if (/^[a-z][a-z0-9+.-]*:/i.test(folder) || folder === '') {
    throw new PlatformError('CONFIG_BAD_VALUE', {
      message: `expected --store to be a folder or an address that begins with postgres://, found ${JSON.stringify(store.split('@').at(-1))}`,
    });
  }
  return { ...config, stateDir: resolve(folder), metadataUrl: null };
}
