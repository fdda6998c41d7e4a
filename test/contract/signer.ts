import { generateKeyPairSync } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { keyIdOf, type Signer, verifySignature } from '../../src/provenance/index.ts';

/** What every adapter of `Signer` promises. */
export function signerContract(name: string, create: () => Promise<Signer>): void {
  describe(`Signer contract: ${name}`, () => {
    const message = Buffer.from('DSSEv1 28 application/vnd.in-toto+json 2 {}');
    let signer: Signer;
    beforeAll(async () => {
      signer = await create();
    });

    test('a signature verifies with the public key alone', async () => {
      const signature = await signer.sign(message);
      expect(verifySignature(signer, message, signature)).toBe(true);
      expect(verifySignature({ algorithm: signer.algorithm, publicKey: signer.publicKey }, message, signature)).toBe(
        true,
      );
      expect(verifySignature(signer, Buffer.alloc(0), await signer.sign(Buffer.alloc(0)))).toBe(true);
    });

    test('the key id is the SHA-256 of the public key', () => {
      expect(signer.keyId).toMatch(/^[0-9a-f]{64}$/);
      expect(signer.keyId).toBe(keyIdOf(signer.publicKey));
    });

    test('every single changed bit of message or signature is found', async () => {
      const signature = await signer.sign(message);
      for (const [bytes, check] of [
        [message, (changed: Buffer) => verifySignature(signer, changed, signature)],
        [signature, (changed: Buffer) => verifySignature(signer, message, changed)],
      ] as const) {
        for (let bit = 0; bit < bytes.length * 8; bit++) {
          const changed = Buffer.from(bytes);
          changed[bit >> 3]! ^= 1 << (bit & 7);
          expect(check(changed)).toBe(false);
        }
        expect(check(bytes.subarray(1))).toBe(false);
        expect(check(Buffer.concat([bytes, Buffer.from([0])]))).toBe(false);
      }
      expect(verifySignature(signer, message, Buffer.alloc(0))).toBe(false);
    });

    test('another key, another algorithm and a text that is no key never verify', async () => {
      const signature = await signer.sign(message);
      for (const curve of ['P-256', 'P-384']) {
        const publicKey = generateKeyPairSync('ec', { namedCurve: curve })
          .publicKey.export({ type: 'spki', format: 'pem' })
          .toString();
        expect(verifySignature({ algorithm: signer.algorithm, publicKey }, message, signature)).toBe(false);
      }
      const other = signer.algorithm === 'ed25519' ? 'ecdsa-p256-sha256' : 'ed25519';
      expect(verifySignature({ algorithm: other, publicKey: signer.publicKey }, message, signature)).toBe(false);
      expect(verifySignature({ algorithm: signer.algorithm, publicKey: 'nonsense' }, message, signature)).toBe(false);
    });

    test('a signer shows no private key', () => {
      expect(JSON.stringify(signer)).not.toMatch(/PRIVATE|"d"/);
      expect(signer.publicKey).toMatch(/^-----BEGIN PUBLIC KEY-----/);
    });
  });
}
