import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { join } from 'node:path';
import { PlatformError } from '../../errors/index.ts';
import { algorithmOf, hashOf, keyIdOf, type Signer } from '../signer.ts';
import { bad, readOrCreateKeyFile } from './key-file.ts';

/** What a new key may be: the curve of an ECDSA key, or Ed25519. */
export type KeyKind = 'p256' | 'p384' | 'p521' | 'ed25519';

/** How a key file is opened. */
export interface SignerOptions {
  /** For a key that is encrypted, or is to be made so. */
  readonly passphrase?: string;
  /** What is made where there is no file yet. Default `p256`. */
  readonly kind?: KeyKind;
}

const curveNames = { p256: 'P-256', p384: 'P-384', p521: 'P-521' } as const;

/**
 * A signer whose key is a PKCS#8 file of this user, made at first use.
 * @param keysDir a folder of this user alone, outside every project
 * @param name letters, digits, `.`, `_`, `-`
 * @throws PlatformError PROVENANCE_KEY_EXPOSED, PROVENANCE_KEY_UNAVAILABLE, PROVENANCE_KEY_BAD, PROVENANCE_KEY_LOCKED
 */
export async function openLocalSigner(keysDir: string, name: string, options: SignerOptions = {}): Promise<Signer> {
  const path = signingKeyPath(keysDir, name);
  const text = await readOrCreateKeyFile(path, () => newPrivateKey(options));
  return signerOf(text, { place: path, ...options });
}

/**
 * A signer whose key was handed in as text.
 * @throws PlatformError PROVENANCE_KEY_BAD, PROVENANCE_KEY_LOCKED
 */
export function signerOf(text: string, from: { readonly place: string; readonly passphrase?: string }): Signer {
  const key = parseKey(text, from);
  const algorithm = algorithmOf(key);
  if (algorithm === null) throw bad(from.place);
  const publicKey = createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString();
  return {
    keyId: keyIdOf(publicKey),
    algorithm,
    publicKey,
    sign: async (bytes) => sign(hashOf(algorithm), bytes, { key, dsaEncoding: 'der' }),
  };
}

/** A public key in PEM as what checks signatures. @throws PlatformError PROVENANCE_PUBLIC_KEY_BAD */
export function publicKeyOf(text: string, place: string): Pick<Signer, 'publicKey' | 'keyId' | 'algorithm'> {
  if (text.includes('PRIVATE KEY')) throw badPublic(place, 'a private key, which nobody should send');
  let key: KeyObject;
  try {
    key = createPublicKey(text);
  } catch {
    throw badPublic(place, 'none');
  }
  const algorithm = algorithmOf(key);
  if (algorithm === null) throw badPublic(place, `one of another kind (${key.asymmetricKeyType})`);
  const publicKey = key.export({ type: 'spki', format: 'pem' }).toString();
  return { publicKey, keyId: keyIdOf(publicKey), algorithm };
}

/** The file of a signing key. @throws PlatformError PROVENANCE_KEY_NAME for a name that is none */
export function signingKeyPath(keysDir: string, name: string): string {
  if (!isKeyName(name)) throw badName(name);
  return join(keysDir, `${name}.pem`);
}

/** A new key as PKCS#8 in PEM, encrypted (AES-256) where there is a passphrase. */
export function newPrivateKey({ kind = 'p256', passphrase }: SignerOptions): string {
  const { privateKey } =
    kind === 'ed25519' ? generateKeyPairSync('ed25519') : generateKeyPairSync('ec', { namedCurve: curveNames[kind] });
  const closed = passphrase === undefined ? {} : { cipher: 'aes-256-cbc', passphrase };
  return privateKey.export({ type: 'pkcs8', format: 'pem', ...closed }).toString();
}

/** Whether a text can be part of the name of a key file. */
export function isKeyName(name: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(name);
}

/** The error for a name that is none. */
export function badName(name: string): PlatformError {
  return new PlatformError('PROVENANCE_KEY_NAME', {
    message: `expected a name of letters, digits, '.', '_' and '-', found ${JSON.stringify(name.slice(0, 100))}`,
  });
}

/** The error for a file that holds no public key. Its content is not shown. */
function badPublic(place: string, found: string): PlatformError {
  return new PlatformError('PROVENANCE_PUBLIC_KEY_BAD', {
    message: `expected a public key in ${place} (SPKI in PEM; ECDSA P-256, P-384, P-521 or Ed25519), found ${found}`,
  });
}

function parseKey(text: string, from: { readonly place: string; readonly passphrase?: string }): KeyObject {
  const isClosed = text.includes('ENCRYPTED PRIVATE KEY');
  if (isClosed && from.passphrase === undefined) throw locked(from.place, 'a passphrase, found none');
  try {
    return createPrivateKey({ key: text, ...(isClosed ? { passphrase: from.passphrase } : {}) });
  } catch {
    // The cause is left out: it could quote the file.
    throw isClosed ? locked(from.place, 'its passphrase, found another') : bad(from.place);
  }
}

function locked(place: string, expected: string): PlatformError {
  return new PlatformError('PROVENANCE_KEY_LOCKED', {
    message: `the key in ${place} is encrypted: expected ${expected}`,
  });
}
