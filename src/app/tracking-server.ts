import { resolve } from 'node:path';
import { type AccessStore, isUser, keyOfName, mayApprove, openAccess } from '../access/index.ts';
import { digestOf, monotonicMs } from '../encoding/index.ts';
import { PlatformError } from '../errors/index.ts';
import { type AliasRequests, type ModelRegistry, openAliasRequests, openRegistry } from '../registry/index.ts';
import { openTextSearch, type TextSearch } from '../search/index.ts';
import {
  openArtifacts,
  openTraces,
  openTracking,
  openWebhooks,
  type Removal,
  type TraceStore,
  type TrackedArtifacts,
  type TrackingStore,
  type WebhookStore,
} from '../tracking/index.ts';
import { artifactsAddress } from './artifacts-address.ts';
import type { Config } from './config.ts';
import { mirrorRecord } from './mirror-runs.ts';
import { withPackages } from './package-paths.ts';
import { openRecordToStore, type ProjectRecord } from './project-record.ts';
import { checksOfVersion } from './protected-approvals.ts';
import { reportSource } from './record-reports.ts';
import { removeDeleted } from './remove-deleted.ts';
import { webhookSecretsOf } from './webhook-secrets.ts';

/** Experiments, runs and their artifacts. */
export interface Tracker {
  readonly tracking: TrackingStore;
  readonly artifacts: TrackedArtifacts;
  readonly registry: ModelRegistry;
  readonly webhooks: WebhookStore;
  readonly traces: TraceStore;
}

/** What the tracking server works on. */
export interface TrackingPlatform extends Tracker {
  /** Who may sign in, and what they may do. */
  readonly access: AccessStore;
  readonly approvals: AliasRequests;
  readonly textSearch: TextSearch;
  /** Where the tables are, for messages; without a password. */
  readonly location: string;
  /** Brings the runs of the record up to date, at most once a second. */
  refresh(): Promise<void>;
  /** Removes for good what was deleted so long ago; its content stays until `mlspec gc`. */
  removeDeleted(olderThanMs: number, signal: AbortSignal): Promise<Removal>;
  close(): Promise<void>;
}

/** The stores of a tracking server. */
export interface TrackingStores {
  /** A folder, or a `postgres://` address. Default: the record of the project. */
  readonly store?: string | undefined;
  /** A folder, or `s3://bucket/prefix`. Default: that of the record. */
  readonly artifacts?: string | undefined;
}

/** How old what the tracker knows of the record's runs may be. */
const freshMs = 1000;

/** The tracker over a record's database and store. */
export async function openTracker(record: ProjectRecord, config: Pick<Config, 'keysDir'>): Promise<Tracker> {
  const { database } = record.metadata;
  const registry = await openRegistry(database);
  const store = record.artifacts;
  const artifacts = await openArtifacts(database, store, (paths) => withPackages(paths, { store, registry }));
  const webhooks = await openWebhooks(database, webhookSecretsOf(config));
  const tracking = await openTracking(database);
  return { tracking, artifacts, registry, webhooks, traces: await openTraces(database) };
}

/**
 * Opens the stores that the tracking server works on, making them where there are none. Runs of the record appear among
 * the others, a second after they begin at the latest.
 * @throws PlatformError CONFIG_BAD_VALUE for a place that is neither a folder nor an address
 */
export async function openTrackingPlatform(config: Config, stores: TrackingStores): Promise<TrackingPlatform> {
  const own = configOf(config, stores);
  const record = await openRecordToStore(own);
  try {
    // A store that cannot be reached is told of now, not to the first client.
    await record.artifacts.has(digestOf(''));
    const { tracking, ...tracker } = await openTracker(record, own);
    const textSearch = await openTextSearch(record.metadata.database, { reports: reportSource(record) });
    const refresh = throttled(() => mirrorRecord(record.metadata, tracking));
    await refresh();
    const { database } = record.metadata;
    return {
      ...tracker,
      access: await openAccess(database),
      approvals: await openAliasRequests(database, {
        ...{ mayApprove, isUser, keyOfName },
        check: (version) => checksOfVersion(own, version),
      }),
      tracking: kept(tracking, refresh),
      textSearch: {
        ...textSearch,
        search: async (query) => {
          await refresh();
          return await textSearch.search(query);
        },
        complete: async (options) => {
          await refresh();
          await textSearch.complete(options);
        },
      },
      refresh,
      removeDeleted: (olderThanMs, signal) => removeDeleted(record, { olderThanMs }, signal),
      location: record.metadata.database.location,
      close: () => record.close(),
    };
  } catch (error) {
    await record.close();
    throw error;
  }
}

/** A tracker that brings itself up to date before it is asked for runs. */
function kept(tracking: TrackingStore, refresh: () => Promise<void>): TrackingStore {
  return {
    ...tracking,
    searchRuns: async (query) => {
      await refresh();
      return await tracking.searchRuns(query);
    },
    searchExperiments: async (query) => {
      await refresh();
      return await tracking.searchExperiments(query);
    },
    ownersOf: async (kind, ids) => {
      await refresh();
      return await tracking.ownersOf(kind, ids);
    },
    getRun: async (runId) => {
      await refresh();
      return await tracking.getRun(runId);
    },
  };
}

/** Does something at most once in a while; whoever asks meanwhile waits for what is under way. */
function throttled(work: () => Promise<void>): () => Promise<void> {
  let doneAtMs = Number.NEGATIVE_INFINITY;
  let underWay: Promise<void> | null = null;
  return () => {
    if (underWay !== null) return underWay;
    if (monotonicMs() - doneAtMs < freshMs) return Promise.resolve();
    underWay = work().finally(() => {
      doneAtMs = monotonicMs();
      underWay = null;
    });
    return underWay;
  };
}

/**
 * The configuration with which a server works on its stores.
 * @throws PlatformError CONFIG_BAD_VALUE for a place that is neither a folder nor an address
 */
export function configOf(config: Config, stores: TrackingStores): Config {
  const placed = placedAt(config, stores.store);
  const artifactsUrl = artifactsAddress(stores.artifacts, { name: '--artifacts', cwd: process.cwd() });
  return { ...placed, artifactsUrl: artifactsUrl ?? placed.artifactsUrl };
}

/**
 * The configuration of a project whose record is elsewhere.
 * @throws PlatformError CONFIG_BAD_VALUE for a store that is neither a folder nor an address
 */
export function placedAt(config: Config, store: string | undefined): Config {
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
