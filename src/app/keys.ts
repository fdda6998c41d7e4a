import { readFile } from 'node:fs/promises';
import { now, pathExists } from '../encoding/index.ts';
import { PlatformError } from '../errors/index.ts';
import { publicKeyOf, signingKeyPath } from '../provenance/index.ts';
import {
  changeTrust,
  countedRoles,
  createKey,
  findKey,
  type KeyRole,
  keyRoles,
  type NewKey,
  readTrust,
  rotateKey,
  type TrustedKey,
  toTrusted,
  withEnd,
  withKey,
} from '../provenance/keys/index.ts';
import { formatVerifierKey, noteKeyOf } from '../provenance/log/index.ts';
import type { Config } from './config.ts';
import { openRecord } from './project-record.ts';
import { passphraseOf } from './signing.ts';
import { logOrigin } from './transparency-log.ts';

/** A trusted key, and whether its secret half lies in this user's folder. */
export interface ListedKey extends TrustedKey {
  readonly isOwn: boolean;
}

/** Every key that this user trusts, in the order in which they were trusted. */
export async function listKeys(config: Config): Promise<ListedKey[]> {
  const { keys } = await readTrust(config.keysDir);
  return await Promise.all(
    keys.map(async (key) => ({
      ...key,
      isOwn: key.end === null && (await pathExists(signingKeyPath(config.keysDir, key.name))),
    })),
  );
}

/** Makes a signing key and trusts it. @throws PlatformError PROVENANCE_KEY_EXISTS, PROVENANCE_KEY_PLACE */
export async function newKey(config: Config, key: Pick<NewKey, 'name' | 'kind' | 'roles'>): Promise<TrustedKey> {
  return await createKey(config.keysDir, { ...key, ...passphraseOf(config), projectRoot: config.projectRoot });
}

/** A trusted key by its name or id. @throws PlatformError PROVENANCE_KEY_UNKNOWN */
export async function knownKey(config: Config, name: string): Promise<TrustedKey> {
  return findKey(await readTrust(config.keysDir), name);
}

/** A trusted key, and the line by which others name it as the key of this project's log; null where it cannot be one. */
export async function showKey(config: Config, name: string): Promise<{ key: TrustedKey; logKey: string | null }> {
  const key = await knownKey(config, name);
  if (key.algorithm !== 'ed25519') return { key, logKey: null };
  return { key, logKey: formatVerifierKey(noteKeyOf(key, await logOrigin(config), 'ed25519')) };
}

/**
 * Trusts the public key in a file (SPKI in PEM) with roles.
 * @throws PlatformError CLI_USAGE, PROVENANCE_KEY_NAME, PROVENANCE_PUBLIC_KEY_BAD, PROVENANCE_KEY_EXISTS, PROVENANCE_KEY_ENDED
 */
export async function trustKey(
  config: Config,
  key: { readonly name: string; readonly file: string; readonly roles: readonly KeyRole[] },
): Promise<TrustedKey> {
  signingKeyPath(config.keysDir, key.name);
  const trusted = toTrusted(publicKeyOf(await readKeyText(key.file), key.file), key);
  return findKey(await changeTrust(config.keysDir, (trust) => withKey(trust, trusted)), trusted.keyId);
}

/**
 * Asks for signatures of several different keys in a role.
 * @throws PlatformError CLI_USAGE where one key signs in the role, PROVENANCE_KEY_UNKNOWN where there are fewer keys
 */
export async function requireKeys(config: Config, role: KeyRole, count: number): Promise<void> {
  if (count > 1 && !countedRoles.includes(role)) throw signsAlone(role, count);
  await changeTrust(config.keysDir, (trust) => {
    const there = trust.keys.filter(({ roles, end }) => end === null && roles.includes(role)).length;
    if (there < count) {
      throw new PlatformError('PROVENANCE_KEY_UNKNOWN', {
        message: `expected at least ${count} trusted keys with the role ${role}, found ${there}`,
      });
    }
    return { ...trust, thresholds: { ...trust.thresholds, [role]: count } };
  });
}

/** Why a role cannot be asked for several keys, and what can be asked for in its place. */
function signsAlone(role: KeyRole, count: number): PlatformError {
  const isLog = role === 'log';
  return new PlatformError('CLI_USAGE', {
    message: `expected a number for ${countedRoles.join(', ')}, found ${role}=${count}: ${
      isLog ? 'one key writes a log' : 'one engine carries a run out, and signs with one key'
    }, so that no run could be verified`,
    hint: isLog
      ? 'Ask for those who watch it: mlspec keys trust --threshold witness=2'
      : 'Ask for people who stand for the run or its model: --threshold owner=2, --threshold approver=2',
  });
}

/** Puts a new key in the place of one. @throws PlatformError PROVENANCE_KEY_UNKNOWN, PROVENANCE_KEY_ENDED */
export async function renewKey(config: Config, name: string): Promise<TrustedKey> {
  return await rotateKey(config.keysDir, name, passphraseOf(config));
}

/**
 * Trusts a key no longer.
 * @param keepLogged what the log of this project has taken in by now stays good
 * @throws PlatformError PROVENANCE_KEY_UNKNOWN, PROVENANCE_KEY_ENDED
 */
export async function revokeKey(config: Config, name: string, keepLogged: boolean): Promise<TrustedKey> {
  const loggedBefore = keepLogged ? { [await logOrigin(config)]: await sizeOfLog(config) } : {};
  const { keyId } = findKey(await readTrust(config.keysDir), name);
  const end = { why: 'revoked', atMs: now(), loggedBefore } as const;
  return findKey(await changeTrust(config.keysDir, (trust) => withEnd(trust, keyId, end)), keyId);
}

/** Names of roles. @throws PlatformError CLI_USAGE */
export function parseRoles(names: readonly string[]): KeyRole[] {
  return names.map((name) => {
    const role = keyRoles.find((known) => known === name);
    if (role !== undefined) return role;
    throw new PlatformError('CLI_USAGE', {
      message: `expected one of the roles ${keyRoles.join(', ')}, found ${name}`,
    });
  });
}

async function sizeOfLog(config: Config): Promise<number> {
  const record = await openRecord(config);
  try {
    return await record.metadata.logSize();
  } finally {
    await record.close();
  }
}

async function readKeyText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const errno = (error as NodeJS.ErrnoException).code;
    const found =
      errno === 'ENOENT' ? 'no file there' : errno === 'EISDIR' ? 'a folder' : `that it cannot be read (${errno})`;
    throw new PlatformError('CLI_USAGE', {
      message: `expected a file with a public key at ${file}, found ${found}`,
      hint: 'Give with --file what its owner saved from `mlspec keys show NAME`.',
    });
  }
}
