import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { newSigner } from '../fixtures/new-signer.ts';
import type { Signer } from '../signer.ts';
import {
  formatCheckpoint,
  formatProof,
  type LogPolicy,
  openCheckpoint,
  openProof,
  parseCheckpoint,
  parseProof,
} from './checkpoint.ts';
import { hashLeaf, hashNode, inclusionProof, rootHash, type SubtreeReader } from './merkle.ts';
import {
  checkNote,
  cosignNote,
  formatVerifierKey,
  keyHashOf,
  noteKeyOf,
  parseNote,
  parseSignatureLine,
  parseVerifierKey,
  signNote,
} from './signed-note.ts';

const origin = 'example.com/project';
const root = hashLeaf(Buffer.from('x'));
const text = formatCheckpoint({ origin, size: 1, root });

async function signed(log: Signer, witnesses: readonly Signer[] = []): Promise<string> {
  const lines = witnesses.map((witness, place) =>
    cosignNote(text, witness, { name: `witness${place}.example`, atSeconds: 1_700_000_000 + place }),
  );
  return `${text}\n${await signNote(text, log, origin)}${(await Promise.all(lines)).join('')}`;
}

describe('signed notes', () => {
  // The example of c2sp.org/signed-note, whose key is that of the Go package golang.org/x/mod/sumdb/note.
  const example =
    'Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n\n' +
    '— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n';

  test('text and signatures part at the last empty line', () => {
    const note = parseNote(example);
    expect(note.text.endsWith('sole:\n\ned è subito sera.\n')).toBe(true);
    expect(note.signatures).toHaveLength(1);
    expect(note.signatures[0]).toMatchObject({ name: 'quasimodo.example/salvatore', keyHash: 0x367ba04b });
    expect(note.signatures[0]!.signature).toHaveLength(64);
  });

  test('unknown keys are ignored, a broken signature of a known one rejects all', async () => {
    const [log, other] = [newSigner('ed25519'), newSigner('ed25519')];
    const note = parseNote(await signed(log));
    const key = noteKeyOf(log, origin, 'ed25519');
    expect(checkNote(note, [key])).toEqual([{ key, atSeconds: null }]);
    expect(checkNote(note, [noteKeyOf(other, origin, 'ed25519'), noteKeyOf(log, 'other', 'ed25519')])).toEqual([]);
    const [signature] = note.signatures as [(typeof note.signatures)[number]];
    for (const place of [0, 31, 63]) {
      const broken = Buffer.from(signature.signature);
      broken[place]! ^= 1;
      expect(checkNote({ ...note, signatures: [signature, { ...signature, signature: broken }] }, [key])).toBeNull();
    }
    expect(checkNote({ ...note, text: `${note.text}x\n` }, [key])).toBeNull();
    expect(checkNote({ ...note, signatures: [signature, signature] }, [key])).toHaveLength(1);
  });

  test('a witness signs the time with the text', async () => {
    const [log, witness] = [newSigner('ed25519'), newSigner('ed25519')];
    const note = parseNote(await signed(log, [witness]));
    const key = noteKeyOf(witness, 'witness0.example', 'cosignature');
    expect(checkNote(note, [key])).toEqual([{ key, atSeconds: 1_700_000_000 }]);
    const signature = note.signatures[1]!;
    const later = Buffer.from(signature.signature);
    later[7]! ^= 1;
    expect(checkNote({ ...note, signatures: [{ ...signature, signature: later }] }, [key])).toBeNull();
  });

  test('keys as lines', () => {
    const key = noteKeyOf(newSigner('ed25519'), origin, 'ed25519');
    const line = formatVerifierKey(key);
    expect(parseVerifierKey(line)).toEqual(key);
    // The key of the Go checksum database, as its clients carry it.
    const known = parseVerifierKey('sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8');
    expect(keyHashOf(known)).toBe(0x033de0ae);
    for (const wrong of ['', 'a+b', line.replace('+', '++'), line.replace(/.$/, 'A='), `${line}A`]) {
      expect(() => parseVerifierKey(wrong)).toThrow(expect.objectContaining({ code: 'PROVENANCE_NOTE_BAD' }));
    }
  });

  test('what is no note is an error', () => {
    const wrong = ['', 'a', 'a\n', 'a\n\n', 'a\n\nb\n', 'a\n\n— x\n', 'a\n\n— x y+z\n', 'a\r\n\n— x YWJjZGU=\n', '\n'];
    for (const note of wrong) {
      expect(() => parseNote(note)).toThrow(expect.objectContaining({ code: 'PROVENANCE_NOTE_BAD' }));
    }
    expect(() => parseNote(`a\n\n${'— x YWJjZGU=\n'.repeat(101)}`)).toThrow('at most 100');
    expect(parseSignatureLine('— x YWJjZGU=')).toEqual({ name: 'x', keyHash: 0x61626364, signature: Buffer.from('e') });
  });
});

describe('checkpoints', () => {
  test('origin, size and root, a line each', () => {
    expect(parseCheckpoint(text)).toEqual({ origin, size: 1, root, extensions: [] });
    expect(parseCheckpoint(`${text}more\n`).extensions).toEqual(['more']);
    const base64 = root.toString('base64');
    const wrong = ['', '\n', `${origin}\n1\n`, `${origin}\n01\n${base64}\n`, `${origin}\n-1\n${base64}\n`];
    const others = [
      `\n1\n${base64}\n`,
      `${origin}\n1\nAAAA\n`,
      `${text}\n`,
      text.trimEnd(),
      `${origin}\n1e3\n${base64}\n`,
    ];
    for (const bad of [...wrong, ...others, `${origin}\n9007199254740993\n${base64}\n`]) {
      expect(() => parseCheckpoint(bad)).toThrow(expect.objectContaining({ code: 'PROVENANCE_LOG_BAD' }));
    }
  });

  test('the log must have signed, and as many witnesses as are asked for', async () => {
    const [log, w0, w1, stranger] = [
      newSigner('ed25519'),
      newSigner('ed25519'),
      newSigner('ed25519'),
      newSigner('ed25519'),
    ];
    const note = await signed(log, [w0, w1]);
    const key = noteKeyOf(log, origin, 'ed25519');
    const witnesses = [w0, w1].map((signer, place) => noteKeyOf(signer, `witness${place}.example`, 'cosignature'));
    const open = (policy: Partial<LogPolicy>) => openCheckpoint(note, { log: key, ...policy });
    expect(open({})).toMatchObject({ size: 1, witnesses: [] });
    expect(open({ witnesses, quorum: 2 })?.witnesses.map(({ atSeconds }) => atSeconds)).toEqual([
      1_700_000_000, 1_700_000_001,
    ]);
    expect(open({ witnesses: witnesses.slice(1), quorum: 2 })).toBeNull();
    expect(open({ log: noteKeyOf(stranger, origin, 'ed25519') })).toBeNull();
    // The key of another log, which signed a text that speaks of this one.
    const foreign = `${text}\n${await signNote(text, stranger, 'example.com/other')}`;
    expect(openCheckpoint(foreign, { log: noteKeyOf(stranger, 'example.com/other', 'ed25519') })).toBeNull();
  });
});

describe('proofs', () => {
  const leaves = Array.from({ length: 11 }, (_, index) => Buffer.from(`entry ${index}`));
  const read: SubtreeReader = (level, index) =>
    level === 0 ? hashLeaf(leaves[index]!) : hashNode(read(level - 1, index * 2), read(level - 1, index * 2 + 1));

  test('a proof stands alone, and shows its own entry only', async () => {
    const log = newSigner('ed25519');
    const head = formatCheckpoint({ origin, size: leaves.length, root: rootHash(leaves.length, read) });
    const checkpoint = `${head}\n${await signNote(head, log, origin)}`;
    const policy = { log: noteKeyOf(log, origin, 'ed25519') };
    for (const index of leaves.keys()) {
      const proof = formatProof({ index, path: inclusionProof(index, leaves.length, read), checkpoint, extra: null });
      for (const [other, entry] of leaves.entries()) {
        const opened = openProof(parseProof(proof), entry, policy);
        expect(opened?.size ?? null).toBe(other === index ? leaves.length : null);
      }
    }
  });

  test('every form of a proof is read back; what is none is an error', () => {
    const hash = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes));
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.array(hash, { maxLength: 63 }), fc.option(hash), (index, path, extra) => {
        const proof = { index, path, checkpoint: 'a\n\nb\n', extra };
        expect(parseProof(formatProof(proof))).toEqual(proof);
      }),
    );
    const good = formatProof({ index: 3, path: [root], checkpoint: 'c\n', extra: null });
    expect(parseProof(good.replace('index', 'extra aGk=\nindex')).index).toBe(3);
    for (const wrong of ['', 'x', good.replace('@v1', '@v2'), good.replace('3', '03'), good.replace('index 3\n', '')]) {
      expect(() => parseProof(wrong)).toThrow(expect.objectContaining({ code: 'PROVENANCE_LOG_BAD' }));
    }
  });
});
