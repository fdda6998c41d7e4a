/* Who may sign in to the tracking server: users and tokens from the command line, and the first admin. */
import { rm, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { type AccessStore, type Actor, openAccess } from '../access/index.ts';
import { secureRandomBytes } from '../encoding/index.ts';
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
const passwordVariable = 'MLSPEC_ADMIN_PASSWORD';

/** Whoever works on this machine's command line, in the audit log. */
function localActor({ host }: Config): Actor {
  return { user: `${userInfo().username} at ${host}`, token: null, address: null };
}

/**
 * Opens the users of a store for some work.
 * @param store a folder, or a `postgres://` address. Default: the record of the project
 * @throws PlatformError CONFIG_BAD_VALUE for a store that is neither
 */
export async function withAccess<Result>(
  config: Config,
  store: string | undefined,
  work: (access: AccessStore, by: Actor) => Promise<Result>,
): Promise<Result> {
  const record = await openRecord(placedAt(config, store));
  try {
    return await work(await openAccess(record.metadata.database), localActor(config));
  } finally {
    await record.close();
  }
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
  // Written first: a password that is kept nowhere would lock everybody out.
  await rm(passwordFile, { force: true });
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600, flag: 'wx' });
  if (await access.addFirstAdmin({ name: firstAdmin, password }, localActor(config)))
    return { name: firstAdmin, passwordFile };
  await rm(passwordFile, { force: true });
  return null;
}
