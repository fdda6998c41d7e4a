import { createPublicKey, hash, type KeyObject, verify } from 'node:crypto';

/** How a signature was made: ECDSA (signature in ASN.1 DER) with the hash that belongs to its curve, or Ed25519. */
export type SignatureAlgorithm = 'ecdsa-p256-sha256' | 'ecdsa-p384-sha384' | 'ecdsa-p521-sha512' | 'ed25519';

/**
 * The port of signers: something that holds a private key and never gives it away: a file, a vault, a hardware token.
 */
export interface Signer {
  /** SHA-256 of the public key's SPKI in DER, in hexadecimal. A hint for lookup, never a reason to trust. */
  readonly keyId: string;
  readonly algorithm: SignatureAlgorithm;
  /** The public key as SPKI in PEM. */
  readonly publicKey: string;
  sign(bytes: Uint8Array): Promise<Buffer>;
}

/** What is needed to check a signature. */
export interface Verifier {
  readonly algorithm: SignatureAlgorithm;
  /** SPKI in PEM. */
  readonly publicKey: string;
}

const curves: Readonly<Record<string, SignatureAlgorithm>> = {
  prime256v1: 'ecdsa-p256-sha256',
  secp384r1: 'ecdsa-p384-sha384',
  secp521r1: 'ecdsa-p521-sha512',
};
const hashes: Readonly<Record<SignatureAlgorithm, string | null>> = {
  'ecdsa-p256-sha256': 'sha256',
  'ecdsa-p384-sha384': 'sha384',
  'ecdsa-p521-sha512': 'sha512',
  ed25519: null,
};

/** Whether a signature of these bytes was made with the key that belongs to a public key. Never throws for a bad one. */
export function verifySignature(verifier: Verifier, bytes: Uint8Array, signature: Uint8Array): boolean {
  try {
    const key = createPublicKey(verifier.publicKey);
    if (algorithmOf(key) !== verifier.algorithm) return false;
    return verify(hashOf(verifier.algorithm), bytes, { key, dsaEncoding: 'der' }, signature);
  } catch {
    return false;
  }
}

/** The id of a public key: see `Signer.keyId`. @throws Error of `node:crypto` for text that is no key */
export function keyIdOf(publicKey: string): string {
  return hash('sha256', createPublicKey(publicKey).export({ type: 'spki', format: 'der' }), 'hex');
}

/** How a key signs; null for kinds and curves that are not accepted. */
export function algorithmOf(key: KeyObject): SignatureAlgorithm | null {
  if (key.asymmetricKeyType === 'ed25519') return 'ed25519';
  if (key.asymmetricKeyType !== 'ec') return null;
  return curves[key.asymmetricKeyDetails?.namedCurve ?? ''] ?? null;
}

/** The name of the hash that is signed; null for Ed25519, which hashes by itself. */
export function hashOf(algorithm: SignatureAlgorithm): string | null {
  return hashes[algorithm];
}
