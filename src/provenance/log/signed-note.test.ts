import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { signerOf } from '../local/local-signer.ts';
import { checkNote, formatVerifierKey, noteKeyOf, parseNote, parseVerifierKey, signNote } from './signed-note.ts';

interface Golden {
  readonly text: string;
  readonly signers: readonly {
    readonly name: string;
    readonly key: string;
    /** The secret key, 32 bytes in hexadecimal. */
    readonly seed: string;
    readonly line: string;
  }[];
  readonly badNotes: readonly string[];
  readonly badKeys: readonly string[];
}

const file = new URL('../../../test/golden/provenance/signed-note.json', import.meta.url);
const golden = JSON.parse(readFileSync(file, 'utf8')) as Golden;
const [peter, enoch] = golden.signers as [Golden['signers'][number], Golden['signers'][number]];
const note = `${golden.text}\n${peter.line}${enoch.line}`;
const bad = expect.objectContaining({ code: 'PROVENANCE_NOTE_BAD' });

describe('the note of golang.org/x/mod/sumdb/note', () => {
  test('holds for each of the two keys, and for both', () => {
    const keys = [peter, enoch].map(({ key }) => parseVerifierKey(key));
    const parsed = parseNote(note);
    expect(parsed.text).toBe(golden.text);
    expect(checkNote(parsed, keys)).toEqual(keys.map((key) => ({ key, atSeconds: null })));
    for (const key of keys) expect(checkNote(parsed, [key])).toEqual([{ key, atSeconds: null }]);
    expect(checkNote(parsed, [])).toEqual([]);
  });

  test.each(golden.signers)(
    '$name signs the same line, and its key is the same line',
    async ({ name, key, seed, line }) => {
      const pkcs8 = Buffer.from(`302e020100300506032b657004220420${seed}`, 'hex');
      const pem = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' }).export({
        type: 'pkcs8',
        format: 'pem',
      });
      const signer = signerOf(pem.toString(), { place: 'the vector' });
      expect(await signNote(golden.text, signer, name)).toBe(line);
      expect(formatVerifierKey(noteKeyOf(signer, name, 'ed25519'))).toBe(key);
    },
  );

  test('with any bit of its text or of a signature changed, it does not hold', () => {
    const keys = [parseVerifierKey(peter.key)];
    const { signatures, text } = parseNote(note);
    const bytes = Buffer.from(text);
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const changed = Buffer.from(bytes);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      expect(checkNote({ text: changed.toString('latin1'), signatures }, keys)).toBeNull();
    }
    const [own, other] = signatures as [(typeof signatures)[number], (typeof signatures)[number]];
    for (let bit = 0; bit < own.signature.length * 8; bit++) {
      const signature = Buffer.from(own.signature);
      signature[bit >> 3]! ^= 1 << (bit & 7);
      expect(checkNote({ text, signatures: [{ ...own, signature }, other] }, keys)).toBeNull();
    }
    const cut = { ...own, signature: own.signature.subarray(0, 63) };
    const swapped = { ...own, signature: other.signature };
    for (const wrong of [cut, swapped]) expect(checkNote({ text, signatures: [wrong] }, keys)).toBeNull();
  });

  test('under another name or key hash the signature is that of somebody unknown', () => {
    const keys = [parseVerifierKey(peter.key)];
    const { signatures, text } = parseNote(note);
    const [own] = signatures as [(typeof signatures)[number]];
    for (const unknown of [
      { ...own, name: 'PeterNeuman' },
      { ...own, keyHash: own.keyHash ^ 1 },
    ]) {
      expect(checkNote({ text, signatures: [unknown] }, keys)).toEqual([]);
    }
  });

  test('what it refuses is refused', () => {
    for (const wrong of golden.badNotes) expect(() => parseNote(wrong)).toThrow(bad);
    for (const wrong of golden.badKeys) expect(() => parseVerifierKey(wrong)).toThrow(bad);
  });

  test('of a key, every part and every changed character is refused', () => {
    const line = peter.key;
    for (let from = 0; from < line.length; from++) {
      for (let to = from + 1; to <= line.length; to++) {
        if (to - from < line.length) expect(() => parseVerifierKey(line.slice(from, to))).toThrow(bad);
      }
    }
    for (let place = 0; place < line.length; place++) {
      const next = String.fromCharCode(line.charCodeAt(place) + 1);
      expect(() => parseVerifierKey(line.slice(0, place) + next + line.slice(place + 1))).toThrow(bad);
    }
  });
});
