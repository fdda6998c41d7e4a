/** Spools: trackers that keep what is logged while another server is away, each in a folder of its own. */
import { existsSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { createLocalArtifacts } from '../artifacts/index.ts';
import { openDatabase } from '../database/index.ts';
import { digestHex, digestOf } from '../encoding/index.ts';
import { PlatformError } from '../errors/index.ts';
import { openRegistry } from '../registry/index.ts';
import {
  openArtifacts,
  openSpoolJournal,
  openTraces,
  openTracking,
  openWebhooks,
  type SpoolJournal,
  spooledArtifacts,
  spooledTracking,
  type TraceStore,
  type WebhookSecrets,
  type WebhookStore,
} from '../tracking/index.ts';
import { type Config, remoteAt } from './config.ts';
import { authorizationOf } from './remote-tracker.ts';
import { refusing, spooledRegistry } from './spooled-registry.ts';
import type { Tracker } from './tracking-server.ts';

/** A spool that is open. */
export interface Spool extends Tracker {
  readonly journal: SpoolJournal;
  /** The folder that it lies in. */
  readonly folder: string;
  close(): Promise<void>;
}

/** Where a spool sends to. */
export interface SpoolTarget {
  /** Without user and password. */
  readonly uri: string;
  /** The header that signs in; null where nobody does. A secret: it stands in no file. */
  readonly authorization: string | null;
}

/**
 * The server of an address, with the credentials of MLflow's variables.
 * @throws PlatformError CONFIG_BAD_VALUE for what is no address
 */
export function spoolTarget(config: Config, address: string): SpoolTarget {
  const remote = remoteAt(config.env, address, 'the tracking server');
  return { uri: remote.uri, authorization: authorizationOf(remote) };
}

/** The folder in which what is logged for a server waits. */
export function spoolFolder(spoolsDir: string, uri: string): string {
  const host = new URL(uri).host.replaceAll(/[^\w.-]/g, '-');
  return join(spoolsDir, `${host}-${digestHex(digestOf(uri)).slice(0, 8)}`);
}

/** The folders of all spools of the user. */
export async function listSpools(config: Config): Promise<string[]> {
  const names = await readdir(config.spoolsDir).catch(() => []);
  return names.map((name) => join(config.spoolsDir, name)).filter(hasSpool);
}

const databaseName = 'spool.db';
/** A spool keeps no webhooks. */
const noSecrets: WebhookSecrets = { seal: noSecret, open: noSecret };

async function noSecret(): Promise<string> {
  throw new PlatformError('INTERNAL', { message: 'a spool was asked to keep the secret of a webhook' });
}

/** Whether a folder holds a spool. */
export function hasSpool(folder: string): boolean {
  return existsSync(join(folder, databaseName));
}

/**
 * Opens the spool in a folder. @param remote the server that it is for, which makes it where it is not there; null: the one
 * that it was made for
 * @throws PlatformError SPOOL_OTHER_SERVER
 */
export async function openSpool(folder: string, remote: string | null): Promise<Spool> {
  const path = join(resolve(folder), databaseName);
  if (remote === null && !existsSync(path)) {
    throw new PlatformError('SPOOL_OTHER_SERVER', { message: `expected ${folder} to be a spool, found none there` });
  }
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const database = await openDatabase({ kind: 'sqlite', path });
  try {
    const journal = await openSpoolJournal(database, remote);
    const store = await createLocalArtifacts({ root: join(folder, 'artifacts') });
    return {
      journal,
      folder,
      tracking: spooledTracking(await openTracking(database), journal),
      artifacts: await openArtifacts(database, store, (paths) => spooledArtifacts(paths, journal)),
      registry: spooledRegistry(await openRegistry(database), journal),
      webhooks: refusing<WebhookStore>(await openWebhooks(database, noSecrets)),
      traces: refusing<TraceStore>(await openTraces(database)),
      close: () => database.close(),
    };
  } catch (error) {
    await database.close();
    throw error;
  }
}
