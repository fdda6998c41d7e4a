/* Who may sign in to the tracking server: users and tokens from the command line, and the first admin. */
import { rename, rm, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { type AccessStore, type Actor, openAccess, type Resource } from '../access/index.ts';
import type { Database } from '../database/index.ts';
import { didYouMean, newId, secureRandomBytes } from '../encoding/index.ts';
import { isPlatformError, PlatformError } from '../errors/index.ts';
import { openRegistry } from '../registry/index.ts';
import { openTracking } from '../tracking/index.ts';
import type { Config } from './config.ts';
import { openRecord } from './project-record.ts';
import { placedAt } from './tracking-server.ts';

/** The first admin that was made. */
export interface FirstAdmin {
  readonly name: string;
  /** Where its password stands; null where MLSPEC_ADMIN_PASSWORD gave it. */
  readonly passwordFile: string | null;
}

const firstAdmin = 'admin';
const experimentsShown = 8;
const passwordVariable = 'MLSPEC_ADMIN_PASSWORD';

/** Whoever works on this machine's command line, in the audit log. */
function localActor({ host }: Config): Actor {
  return { user: `${userInfo().username} at ${host}`, token: null, address: null };
}

/**
 * Holds experiments and models to what the store has: a role on what is not there would open nothing, or later something
 * that nobody thought of.
 * @throws PlatformError TRACKING_UNKNOWN, REGISTRY_MODEL_UNKNOWN
 */
export type RequireThere = (resources: readonly Resource[]) => Promise<void>;

/**
 * Opens the users of a store for some work.
 * @param store a folder, or a `postgres://` address. Default: the record of the project
 * @throws PlatformError CONFIG_BAD_VALUE for a store that is neither
 */
export async function withAccess<Result>(
  config: Config,
  store: string | undefined,
  work: (access: AccessStore, by: Actor, requireThere: RequireThere) => Promise<Result>,
): Promise<Result> {
  const record = await openRecord(placedAt(config, store));
  try {
    const { database } = record.metadata;
    const requireThere: RequireThere = (resources) => requireResources(database, resources);
    return await work(await openAccess(database), localActor(config), requireThere);
  } finally {
    await record.close();
  }
}

async function requireResources(database: Database, resources: readonly Resource[]): Promise<void> {
  for (const resource of resources) {
    if (resource.kind === 'model') await requireModel(database, resource.id);
    else await requireExperiment(database, resource.id);
  }
}

async function requireModel(database: Database, name: string): Promise<void> {
  const names = (await (await openRegistry(database)).listModels()).map((model) => model.name);
  if (names.includes(name)) return;
  throw new PlatformError('REGISTRY_MODEL_UNKNOWN', {
    message: `expected the name of a registered model in ${database.location}, found ${JSON.stringify(name)}`,
    ...didYouMean(name, names),
  });
}

async function requireExperiment(database: Database, id: string): Promise<void> {
  const tracking = await openTracking(database);
  const isThere = await tracking.getExperiment(id).then(
    () => true,
    (error: unknown) => {
      if (isPlatformError(error) && error.code === 'TRACKING_UNKNOWN') return false;
      throw error;
    },
  );
  if (isThere) return;
  const { items } = await tracking.searchExperiments({ limit: experimentsShown });
  const known = items.map((one) => `${one.id} (${one.name})`).join(', ');
  throw new PlatformError('TRACKING_UNKNOWN', {
    message: `expected the id of an experiment in ${database.location}, found ${id}`,
    hint: `Those made last are ${known}. What has not been made yet has no id: grant the role once it is there.`,
  });
}

/**
 * Makes the user `admin` where there is no user yet. Its password is that of MLSPEC_ADMIN_PASSWORD; without one it is
 * made, and written to a file of the state folder that nobody else can read. Null where there are users.
 * @throws PlatformError ACCESS_BAD_VALUE for a password that is too short
 */
export async function makeFirstAdmin(config: Config, access: AccessStore): Promise<FirstAdmin | null> {
  if ((await access.listUsers()).length > 0) return null;
  const given = config.env[passwordVariable];
  if (given !== undefined) {
    const isMade = await access.addFirstAdmin({ name: firstAdmin, password: given }, localActor(config));
    return isMade ? { name: firstAdmin, passwordFile: null } : null;
  }
  const password = secureRandomBytes(18).toString('base64url');
  const passwordFile = join(config.stateDir, 'admin-password');
  // Written first: a password that is kept nowhere would lock everybody out. Under a name of its own: of several servers
  // that start at once one makes the user.
  const ownFile = `${passwordFile}.${newId('new')}`;
  await writeFile(ownFile, `${password}\n`, { mode: 0o600, flag: 'wx' });
  if (await access.addFirstAdmin({ name: firstAdmin, password }, localActor(config))) {
    await rename(ownFile, passwordFile);
    return { name: firstAdmin, passwordFile };
  }
  await rm(ownFile, { force: true });
  return null;
}
