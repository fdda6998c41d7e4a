import { createPublicKey, hash, verify } from 'node:crypto';

/** How a signature was made: ECDSA on P-256 over SHA-256 (signature in ASN.1 DER), or Ed25519. */
export type SignatureAlgorithm = 'ecdsa-p256-sha256' | 'ed25519';

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

/** Whether a signature of these bytes was made with the key that belongs to a public key. Never throws for a bad one. */
export function verifySignature(verifier: Verifier, bytes: Uint8Array, signature: Uint8Array): boolean {
  try {
    const key = createPublicKey(verifier.publicKey);
    const isEd25519 = key.asymmetricKeyType === 'ed25519';
    const isP256 = key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1';
    if (verifier.algorithm === 'ed25519') return isEd25519 && verify(null, bytes, key, signature);
    return isP256 && verify('sha256', bytes, { key, dsaEncoding: 'der' }, signature);
  } catch {
    return false;
  }
}

/** The id of a public key: see `Signer.keyId`. @throws Error of `node:crypto` for text that is no key */
export function keyIdOf(publicKey: string): string {
  return hash('sha256', createPublicKey(publicKey).export({ type: 'spki', format: 'der' }), 'hex');
}
