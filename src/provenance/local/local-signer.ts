import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { join } from 'node:path';
import { PlatformError } from '../../errors/index.ts';
import { keyIdOf, type SignatureAlgorithm, type Signer } from '../signer.ts';
import { bad, readOrCreateKeyFile } from './key-file.ts';

/**
 * A signer whose key is a PKCS#8 file of this user, made at first use (ECDSA P-256). A key that was put there by hand
 * may also be Ed25519.
 * @param keysDir a folder of this user alone, outside every project
 * @param name letters, digits, `.`, `_`, `-`
 * @throws PlatformError PROVENANCE_KEY_EXPOSED, PROVENANCE_KEY_UNAVAILABLE, PROVENANCE_KEY_BAD
 */
export async function openLocalSigner(keysDir: string, name: string): Promise<Signer> {
  if (!isKeyName(name)) throw badName(name);
  const path = join(keysDir, `${name}.pem`);
  const text = await readOrCreateKeyFile(path, () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  });
  const key = parseKey(text, path);
  const algorithm = algorithmOf(key);
  if (algorithm === null) throw bad(path);
  const publicKey = createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString();
  return {
    keyId: keyIdOf(publicKey),
    algorithm,
    publicKey,
    sign: async (bytes) =>
      algorithm === 'ed25519' ? sign(null, bytes, key) : sign('sha256', bytes, { key, dsaEncoding: 'der' }),
  };
}

/** Whether a text can be part of the name of a key file. */
export function isKeyName(name: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(name);
}

/** The error for a name that is none. */
export function badName(name: string): PlatformError {
  return new PlatformError('PROVENANCE_KEY_BAD', {
    message: `expected a name of letters, digits, '.', '_' and '-', found ${JSON.stringify(name.slice(0, 100))}`,
  });
}

function parseKey(text: string, path: string): KeyObject {
  try {
    return createPrivateKey(text);
  } catch {
    // The cause is left out: it could quote the file.
    throw bad(path);
  }
}

function algorithmOf(key: KeyObject): SignatureAlgorithm | null {
  if (key.asymmetricKeyType === 'ed25519') return 'ed25519';
  const isP256 = key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1';
  return isP256 ? 'ecdsa-p256-sha256' : null;
}
