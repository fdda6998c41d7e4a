import { describe, expect, test } from 'vitest';
import { newSigner } from '../fixtures/new-signer.ts';
import { treeOf } from '../fixtures/tree-of.ts';
import { formatCheckpoint } from './checkpoint.ts';
import { consistencyProof, rootHash } from './merkle.ts';
import { noteKeyOf, signNote } from './signed-note.ts';
import { type CosignRequest, decideCosign, formatCosignRequest, parseCosignRequest } from './witness.ts';

const origin = 'example.com/log';

const [log, stranger] = [newSigner('ed25519'), newSigner('ed25519')];
const logs = [noteKeyOf(log, origin, 'ed25519')];

async function requestOf(words: readonly string[], oldSize: number, signer = log): Promise<CosignRequest> {
  const tree = treeOf(words.map((word) => Buffer.from(word)));
  const text = formatCheckpoint({ origin, size: words.length, root: rootHash(words.length, tree) });
  const proof = oldSize === 0 || oldSize >= words.length ? [] : consistencyProof(oldSize, words.length, tree);
  return { oldSize, proof, checkpoint: `${text}\n${await signNote(text, signer, origin)}` };
}

const seenOf = (words: readonly string[]) => ({
  size: words.length,
  root: rootHash(words.length, treeOf(words.map((word) => Buffer.from(word)))),
});
const five = ['a', 'b', 'c', 'd', 'e'];

describe('a request', () => {
  test('is read as it was written', async () => {
    const request = await requestOf(five, 3);
    expect(parseCosignRequest(formatCosignRequest(request))).toEqual(request);
    expect(formatCosignRequest(request)).toMatch(/^old 3\n(?:[A-Za-z0-9+/]{43}=\n)+\nexample\.com\/log\n5\n/);
  });

  test.each([
    '',
    'old 1',
    'old 01\n\nx',
    'old 1 \n\nx',
    'new 1\n\nx',
    'old 1\nAAAA\n\nx',
    `old 1\n${`${'A'.repeat(43)}=\n`.repeat(64)}\nx`,
  ])('of another form is refused: %j', (body) => {
    expect(() => parseCosignRequest(body)).toThrow(/expected/);
  });
});

describe('a witness', () => {
  test('signs the first checkpoint that it sees, without a proof', async () => {
    expect(decideCosign(await requestOf(five, 0), null, logs)).toMatchObject({
      kind: 'cosign',
      checkpoint: { size: 5 },
    });
    const odd = { ...(await requestOf(five, 0)), proof: [Buffer.alloc(32)] };
    expect(decideCosign(odd, null, logs)).toEqual({ kind: 'inconsistent' });
  });

  test('signs every one that goes on from what it saw, and the same again', async () => {
    for (let old = 1; old <= five.length; old++)
      expect(decideCosign(await requestOf(five, old), seenOf(five.slice(0, old)), logs).kind).toBe('cosign');
  });

  test('says where the proof must begin', async () => {
    expect(decideCosign(await requestOf(five, 2), seenOf(five.slice(0, 3)), logs)).toEqual({
      kind: 'conflict',
      size: 3,
    });
    expect(decideCosign(await requestOf(five, 0), seenOf(five.slice(0, 3)), logs)).toEqual({
      kind: 'conflict',
      size: 3,
    });
    expect(decideCosign(await requestOf(five, 3), null, logs)).toEqual({ kind: 'conflict', size: 0 });
  });

  test('signs nothing that does not go on from there', async () => {
    const other = ['a', 'b', 'X', 'd', 'e'];
    for (let old = 3; old <= five.length; old++)
      expect(decideCosign(await requestOf(other, old), seenOf(five.slice(0, old)), logs).kind).toBe('inconsistent');
    const shorter = { ...(await requestOf(five.slice(0, 2), 4)), proof: [] };
    expect(decideCosign(shorter, seenOf(five.slice(0, 4)), logs).kind).toBe('inconsistent');
  });

  test('signs nothing for a log that it does not know, or whose key did not sign', async () => {
    expect(decideCosign(await requestOf(five, 0, stranger), null, logs).kind).toBe('unsigned');
    expect(decideCosign(await requestOf(five, 0), null, []).kind).toBe('unknown-log');
    const elsewhere = [noteKeyOf(log, 'example.com/other', 'ed25519')];
    expect(decideCosign(await requestOf(five, 0), null, elsewhere).kind).toBe('unknown-log');
  });
});
