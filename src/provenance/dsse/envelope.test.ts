import { createPublicKey, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { newSigner } from '../fixtures/new-signer.ts';
import { openEnvelope, parseEnvelope, preAuthEncoding, signEnvelope } from './envelope.ts';

interface Golden {
  readonly payloadType: string;
  readonly body: string;
  readonly pae: string;
  readonly keyX: string;
  readonly keyY: string;
  readonly envelope: { readonly signatures: readonly { readonly sig: string }[] };
}

const file = new URL('../../../test/golden/provenance/dsse.json', import.meta.url);
const golden = JSON.parse(readFileSync(file, 'utf8')) as Golden;
const type = 'application/vnd.in-toto+json';
const body = Buffer.from('{"a":"é"}');

test('the encoding, and with it the signature, of the vector of the protocol', () => {
  const message = preAuthEncoding(golden.payloadType, Buffer.from(golden.body));
  expect(message.toString()).toBe(golden.pae);
  const coordinate = (decimal: string): string =>
    Buffer.from(BigInt(decimal).toString(16).padStart(64, '0'), 'hex').toString('base64url');
  const jwk = { kty: 'EC', crv: 'P-256', x: coordinate(golden.keyX), y: coordinate(golden.keyY) };
  const key = createPublicKey({ key: jwk, format: 'jwk' });
  const envelope = parseEnvelope(JSON.stringify(golden.envelope));
  // The vector gives r and s side by side; in-toto, Sigstore and we write them in ASN.1.
  const signature = Buffer.from(envelope.signatures[0]!.sig, 'base64');
  expect(verify('sha256', message, { key, dsaEncoding: 'ieee-p1363' }, signature)).toBe(true);
});

test('no two pairs of type and body are encoded alike', () => {
  fc.assert(
    fc.property(fc.string(), fc.uint8Array(), fc.string(), fc.uint8Array(), (t1, b1, t2, b2) => {
      const areSame = Buffer.from(t1).equals(Buffer.from(t2)) && Buffer.from(b1).equals(Buffer.from(b2));
      expect(preAuthEncoding(t1, b1).equals(preAuthEncoding(t2, b2))).toBe(areSame);
    }),
  );
  expect(preAuthEncoding('a 1 b', Buffer.from(''))).not.toEqual(preAuthEncoding('a', Buffer.from('b 0 ')));
});

describe('opening', () => {
  test.each(['P-256', 'P-384', 'P-521', 'ed25519'] as const)('a key on %s', async (curve) => {
    const signer = newSigner(curve);
    const text = JSON.stringify(await signEnvelope(type, body, [signer]));
    const opened = openEnvelope(parseEnvelope(text), { keys: [newSigner(), signer] });
    expect(opened).toEqual({ payloadType: type, body, signedBy: [signer.keyId] });
    expect(openEnvelope(parseEnvelope(text), { keys: [newSigner(curve)] })).toBeNull();
    expect(openEnvelope(parseEnvelope(text), { keys: [] })).toBeNull();
  });

  test('the key id decides nothing: wrong or absent, the result is the same', async () => {
    const [signer, other] = [newSigner(), newSigner()];
    const envelope = await signEnvelope(type, body, [signer]);
    const [{ sig }] = envelope.signatures as [{ sig: string }];
    for (const signature of [{ sig }, { sig, keyid: other.keyId }, { sig, keyid: '' }]) {
      const changed = { ...envelope, signatures: [signature] };
      expect(openEnvelope(changed, { keys: [signer] })?.signedBy).toEqual([signer.keyId]);
      expect(openEnvelope(changed, { keys: [other] })).toBeNull();
    }
  });

  test('a threshold counts keys, not signatures and not entries of the list', async () => {
    const [a, b, c] = [newSigner(), newSigner('ed25519'), newSigner()];
    const twiceA = await signEnvelope(type, body, [a, a]);
    const ab = await signEnvelope(type, body, [a, b]);
    expect(openEnvelope(twiceA, { keys: [a, a, b], threshold: 2 })).toBeNull();
    expect(openEnvelope(ab, { keys: [a, b, c], threshold: 2 })?.signedBy).toEqual([a.keyId, b.keyId]);
    expect(openEnvelope(ab, { keys: [a, c], threshold: 2 })).toBeNull();
    expect(openEnvelope(ab, { keys: [a, b, c], threshold: 3 })).toBeNull();
    for (const threshold of [0, -1, Number.NaN]) expect(openEnvelope(ab, { keys: [a, b], threshold })).toBeNull();
  });

  test('every changed bit of type, body and signature is found', async () => {
    const signer = newSigner();
    const envelope = await signEnvelope(type, body, [signer]);
    for (let bit = 0; bit < body.length * 8; bit++) {
      const changed = Buffer.from(body);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      const payload = changed.toString('base64');
      expect(openEnvelope({ ...envelope, payload }, { keys: [signer] })).toBeNull();
    }
    expect(openEnvelope({ ...envelope, payloadType: `${type} ` }, { keys: [signer] })).toBeNull();
    expect(openEnvelope({ ...envelope, payload: `${envelope.payload}=` }, { keys: [signer] })).toBeNull();
  });

  test('both forms of base64 are read', async () => {
    const signer = newSigner();
    const bytes = Buffer.from([0xfb, 0xff, 0xbf, 0x01]);
    const envelope = await signEnvelope(type, bytes, [signer]);
    const forms = [bytes.toString('base64'), bytes.toString('base64url'), `${bytes.toString('base64url')}==`];
    expect(new Set(forms).size).toBe(3);
    for (const payload of forms) {
      expect(openEnvelope(parseEnvelope(JSON.stringify({ ...envelope, payload })), { keys: [signer] })?.body).toEqual(
        bytes,
      );
    }
  });
});

test('what is no envelope is an error', () => {
  const good = { payloadType: type, payload: 'aGk=', signatures: [{ sig: 'aGk=' }] };
  expect(parseEnvelope(JSON.stringify({ ...good, unknown: 1 }))).toEqual(good);
  const wrong = [
    '',
    '[]',
    'null',
    '{',
    ...[
      { payloadType: 1 },
      { payload: 'a' },
      { payload: 'a*==' },
      { payload: 'aGl=' },
      { signatures: [] },
      { signatures: {} },
      { signatures: [{}] },
      { signatures: [{ sig: '!' }] },
      { signatures: [{ sig: 'aGk=', keyid: 1 }] },
      { signatures: Array.from({ length: 65 }, () => ({ sig: 'aGk=' })) },
    ].map((part) => JSON.stringify({ ...good, ...part })),
  ];
  for (const text of wrong) {
    expect(() => parseEnvelope(text)).toThrow(expect.objectContaining({ code: 'PROVENANCE_ENVELOPE_BAD' }));
  }
  fc.assert(
    fc.property(fc.json(), (text) => {
      try {
        parseEnvelope(text);
      } catch (error) {
        expect(error).toMatchObject({ code: 'PROVENANCE_ENVELOPE_BAD' });
      }
    }),
  );
});
