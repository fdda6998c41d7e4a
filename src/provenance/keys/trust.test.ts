import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { keyIdOf } from '../signer.ts';
import {
  findKey,
  formatTrust,
  keysFor,
  noTrust,
  parseTrust,
  type TrustedKey,
  thresholdOf,
  withEnd,
  withKey,
} from './trust.ts';

function newKey(name: string, roles: TrustedKey['roles']): TrustedKey {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  return { name, keyId: keyIdOf(pem), algorithm: 'ecdsa-p256-sha256', publicKey: pem, roles, sinceMs: 1, end: null };
}

const code = (expected: string): object => expect.objectContaining({ code: expected });
const names = (keys: readonly TrustedKey[]): string[] => keys.map(({ name }) => name);

test('a list is read back as it was written', () => {
  const ended = { why: 'revoked', atMs: 5, loggedBefore: { 'example.com/log': 7 } } as const;
  const trust = withEnd(withKey(withKey(noTrust, newKey('a', ['owner'])), newKey('b', ['log'])), 'b', ended);
  expect(parseTrust(formatTrust({ ...trust, thresholds: { owner: 2 } }))).toEqual({
    ...trust,
    thresholds: { owner: 2 },
  });
  expect(thresholdOf({ ...trust, thresholds: { owner: 2 } }, 'owner')).toBe(2);
  expect(thresholdOf(trust, 'runner')).toBe(1);
});

test('what is no list is an error, also a key under the id of another', () => {
  const [a, b] = [newKey('a', ['owner']), newKey('b', ['owner'])];
  const texts = [
    '',
    '{}',
    '{"keys":[],"thresholds":{},"more":1}',
    '{"keys":[],"thresholds":{"owner":0}}',
    formatTrust({ keys: [{ ...a, keyId: b.keyId }], thresholds: {} }),
    formatTrust({ keys: [{ ...a, publicKey: 'none' }], thresholds: {} }),
  ];
  for (const text of texts) expect(() => parseTrust(text)).toThrow(code('PROVENANCE_TRUST_BAD'));
});

describe('roles and ends', () => {
  const [a, b] = [newKey('a', ['owner', 'runner']), newKey('b', ['runner'])];
  const trust = withKey(withKey(noTrust, a), b);
  const place = (index: number, origin = 'example.com/log') => ({ origin, index });

  test('a key counts in its roles', () => {
    expect(names(keysFor(trust, 'runner', null))).toEqual(['a', 'b']);
    expect(names(keysFor(trust, 'owner', null))).toEqual(['a']);
    expect(keysFor(trust, 'log', null)).toEqual([]);
  });

  test('a rotated key stays good, a revoked one for nothing, or for what was logged before', () => {
    const rotated = withEnd(trust, 'a', { why: 'rotated', atMs: 2, loggedBefore: {} });
    expect(names(keysFor(rotated, 'owner', null))).toEqual(['a']);
    const revoked = withEnd(trust, 'a', { why: 'revoked', atMs: 2, loggedBefore: {} });
    expect(keysFor(revoked, 'owner', place(0))).toEqual([]);
    const kept = withEnd(trust, 'a', { why: 'revoked', atMs: 2, loggedBefore: { 'example.com/log': 3 } });
    const good = (at: ReturnType<typeof place> | null) => keysFor(kept, 'owner', at).length === 1;
    expect([good(place(0)), good(place(2)), good(place(3)), good(null), good(place(0, 'other'))]).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
    expect(good(place(0, '__proto__'))).toBe(false);
    expect(() => withEnd(revoked, 'a', { why: 'rotated', atMs: 3, loggedBefore: {} })).toThrow(
      code('PROVENANCE_KEY_ENDED'),
    );
    expect(() => withKey(revoked, a)).toThrow(code('PROVENANCE_KEY_ENDED'));
    // A rotated key can still turn out to have been stolen.
    expect(findKey(withEnd(rotated, 'a', { why: 'revoked', atMs: 3, loggedBefore: {} }), 'a').end?.why).toBe('revoked');
  });

  test('names are of one key in use; ids may be shortened', () => {
    expect(() => withKey(trust, newKey('a', ['log']))).toThrow(code('PROVENANCE_KEY_EXISTS'));
    const successor = newKey('a', ['owner']);
    const rotated = withKey(withEnd(trust, 'a', { why: 'rotated', atMs: 2, loggedBefore: {} }), successor);
    expect(findKey(rotated, 'a')).toBe(successor);
    expect(findKey(rotated, a.keyId.slice(0, 12)).keyId).toBe(a.keyId);
    for (const wrong of ['c', a.keyId.slice(0, 7), '']) {
      expect(() => findKey(rotated, wrong)).toThrow(code('PROVENANCE_KEY_UNKNOWN'));
    }
    expect(findKey(withKey(trust, { ...b, roles: ['owner'] }), 'b').roles).toEqual(['owner', 'runner']);
  });
});
