/**
 * The keys of a user as files of one folder: `NAME.pem` holds a private key, `trust.json` says which public keys are
 * trusted with what. Changes of the list are made one after the other, also by several processes.
 */
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { newId, now, pathExists, writeFileAtomically } from '../../encoding/index.ts';
import { PlatformError } from '../../errors/index.ts';
import {
  endedKey,
  findKey,
  formatTrust,
  type KeyRole,
  noTrust,
  parseTrust,
  type Trust,
  type TrustedKey,
  withEnd,
  withKey,
} from '../keys/trust.ts';
import type { Signer } from '../signer.ts';
import { requireOutside } from './key-file.ts';
import { openLocalSigner, type SignerOptions, signingKeyPath } from './local-signer.ts';

const lockPatienceMs = 10_000;
const lockPauseMs = 20;

/** A key to be made. */
export interface NewKey extends SignerOptions {
  readonly name: string;
  readonly roles: readonly KeyRole[];
  /** Where given, a folder for keys inside it is refused. */
  readonly projectRoot?: string;
}

/** The list of trusted keys; nobody where there is none. @throws PlatformError PROVENANCE_TRUST_BAD */
export async function readTrust(keysDir: string): Promise<Trust> {
  try {
    return parseTrust(await readFile(trustPath(keysDir), 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return noTrust;
    throw error;
  }
}

/** Changes the list, alone. @returns the list as it is then */
export async function changeTrust(keysDir: string, change: (trust: Trust) => Trust | Promise<Trust>): Promise<Trust> {
  await mkdir(keysDir, { recursive: true, mode: 0o700 });
  const release = await lock(join(keysDir, 'trust.lock'));
  try {
    const changed = await change(await readTrust(keysDir));
    await writeFileAtomically(trustPath(keysDir), formatTrust(changed), { mode: 0o644 });
    return changed;
  } finally {
    await release();
  }
}

/**
 * Makes a key and trusts it with its roles.
 * @throws PlatformError PROVENANCE_KEY_EXISTS, PROVENANCE_KEY_PLACE, PROVENANCE_KEY_BAD, PROVENANCE_KEY_UNAVAILABLE
 */
export async function createKey(keysDir: string, key: NewKey): Promise<TrustedKey> {
  if (key.projectRoot !== undefined) await requireOutside(keysDir, key.projectRoot);
  if (await pathExists(signingKeyPath(keysDir, key.name))) throw taken(key.name);
  const signer = await openLocalSigner(keysDir, key.name, key);
  const trusted = toTrusted(signer, key);
  await changeTrust(keysDir, (trust) => withKey(trust, trusted));
  return trusted;
}

/**
 * Puts a new key of the same kind and roles in the place of one, whose secret half is removed. Cut short at any point, it
 * is brought to its end by being asked again.
 * @throws PlatformError PROVENANCE_KEY_UNKNOWN, PROVENANCE_KEY_ENDED
 */
export async function rotateKey(keysDir: string, name: string, options: SignerOptions): Promise<TrustedKey> {
  const old = findKey(await readTrust(keysDir), name);
  if (old.end?.why === 'revoked') throw endedKey(old);
  const waiting = `next-${old.name}`;
  const fresh = toTrusted(await openLocalSigner(keysDir, waiting, { ...options, kind: kindOf(old) }), old);
  if (fresh.keyId !== old.keyId) {
    const end = { why: 'rotated', atMs: now(), loggedBefore: {} } as const;
    await changeTrust(keysDir, (trust) => withKey(withEnd(trust, old.keyId, end), fresh));
  }
  await rename(signingKeyPath(keysDir, waiting), signingKeyPath(keysDir, old.name));
  return fresh;
}

/** A trusted key out of a public one. */
export function toTrusted(
  key: Pick<Signer, 'publicKey' | 'keyId' | 'algorithm'>,
  as: { readonly name: string; readonly roles: readonly KeyRole[] },
): TrustedKey {
  const { publicKey, keyId, algorithm } = key;
  return { name: as.name, keyId, algorithm, publicKey, roles: as.roles, sinceMs: now(), end: null };
}

function kindOf({ algorithm }: TrustedKey): NonNullable<SignerOptions['kind']> {
  const kinds = {
    'ecdsa-p256-sha256': 'p256',
    'ecdsa-p384-sha384': 'p384',
    'ecdsa-p521-sha512': 'p521',
    ed25519: 'ed25519',
  } as const;
  return kinds[algorithm];
}

function trustPath(keysDir: string): string {
  return join(keysDir, 'trust.json');
}

/** A file that only one process can make. One that a killed process left is taken away once it is old. */
async function lock(path: string): Promise<() => Promise<void>> {
  const id = newId('lock');
  const givesUpAtMs = now() + 2 * lockPatienceMs;
  for (;;) {
    try {
      const file = await open(path, 'wx', 0o600);
      await file.writeFile(id);
      await file.close();
      return async () => await rm(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || now() > givesUpAtMs) throw error;
    }
    const age = await stat(path).then(
      ({ mtimeMs }) => now() - mtimeMs,
      () => 0,
    );
    if (age > lockPatienceMs) await rm(path, { force: true });
    await sleep(lockPauseMs);
  }
}

function taken(name: string): PlatformError {
  return new PlatformError('PROVENANCE_KEY_EXISTS', { message: `a key called ${name} is there already` });
}
