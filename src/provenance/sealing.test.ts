import { chmod, mkdir, mkdtemp, open, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { digestHex, digestOf } from '../encoding/index.ts';
import {
  createSealingKey,
  decryptJson,
  describeSealed,
  encryptJson,
  loadOrCreateSealingKey,
  parseSealingKey,
  type SealBinding,
  seal,
  unseal,
  unsealToBuffer,
} from './index.ts';
import { chunkCount, headerBytes, readHeader, sealedSizeBytes, tagBytes } from './sealed-format.ts';

const code = (expected: string): object => expect.objectContaining({ code: expected });
const binding: SealBinding = { project: 'flights', part: 'test' };
const key = createSealingKey(Buffer.alloc(32, 7));
const otherKey = createSealingKey(Buffer.alloc(32, 8));
const chunkBytes = 1 << 16;
let folder: string;
const at = (name: string): string => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sealing-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function sealBytes(content: Uint8Array, name = 'sealed', bound = binding): Promise<Buffer> {
  await writeFile(at('plain'), content);
  await seal({ source: at('plain'), destination: at(name) }, key, { binding: bound });
  return readFile(at(name));
}

async function openBytes(
  sealed: Uint8Array,
  options: { key?: typeof key; binding?: SealBinding } = {},
): Promise<Buffer> {
  await writeFile(at('candidate'), sealed);
  return unsealToBuffer(at('candidate'), options.key ?? key, { binding: options.binding ?? binding });
}

describe('sealing', () => {
  test('content of every size around a chunk comes back, by file and by memory', async () => {
    for (const size of [
      0,
      1,
      chunkBytes - 1,
      chunkBytes,
      chunkBytes + 1,
      3 * chunkBytes,
      16 * chunkBytes,
      37 * chunkBytes + 77,
    ]) {
      const content = Buffer.alloc(size, `row ${size},`);
      const sealed = await sealBytes(content);
      expect(sealed.length).toBe(sealedSizeBytes(readHeader(sealed)));
      expect((await openBytes(sealed)).equals(content)).toBe(true);
      await unseal({ source: at('sealed'), destination: at('opened') }, key, { binding });
      expect((await readFile(at('opened'))).equals(content)).toBe(true);
      expect((await stat(at('opened'))).mode & 0o777).toBe(0o600);
      if (size > 20) expect(sealed.includes(content.subarray(0, 20))).toBe(false);
    }
  });

  test('is the same for the same key, content and binding, and different for any other', async () => {
    const first = await sealBytes(Buffer.from('the same'));
    expect((await sealBytes(Buffer.from('the same'))).equals(first)).toBe(true);
    const others = [
      await sealBytes(Buffer.from('the sama')),
      await sealBytes(Buffer.from('the same'), 'x', { ...binding, part: 'holdback' }),
      await sealBytes(Buffer.from('the same'), 'x', { ...binding, project: 'other' }),
      await sealBytes(Buffer.from('the same'), 'x', { ...binding, context: { model: 'm' } }),
    ];
    await writeFile(at('plain'), 'the same');
    await seal({ source: at('plain'), destination: at('x') }, otherKey, { binding });
    others.push(await readFile(at('x')));
    const bodies = new Set([first, ...others].map((sealed) => sealed.subarray(headerBytes).toString('hex')));
    expect(bodies.size).toBe(others.length + 1);
  });

  test('shows key and size, and no digest of the content', async () => {
    const content = Buffer.from('a guess could be checked');
    const sealed = await sealBytes(content, 's');
    expect(sealed.toString('hex')).not.toContain(digestHex(digestOf(content)));
    expect(await describeSealed(at('s'))).toEqual({ keyId: key.keyId, contentSizeBytes: content.length });
  });

  test('every flipped bit of a small sealed file is found', async () => {
    const sealed = await sealBytes(Buffer.from('short secret'));
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const changed = Buffer.from(sealed);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      await expect(openBytes(changed)).rejects.toMatchObject({ code: expect.stringMatching(/^PROVENANCE_/) });
    }
  });

  test('a flipped bit in each chunk of a large one is found, and names the chunk', async () => {
    const sealed = await sealBytes(Buffer.alloc(3 * chunkBytes + 9, 's'));
    for (let index = 0; index < chunkCount(readHeader(sealed)); index++) {
      const changed = Buffer.from(sealed);
      changed[headerBytes + index * (chunkBytes + tagBytes) + 5]! ^= 4;
      const opening = openBytes(changed);
      await expect(opening).rejects.toEqual(code('PROVENANCE_SEAL_BROKEN'));
      await expect(opening).rejects.toThrow(`chunk ${index + 1} of 4`);
    }
  });

  test('cut off anywhere, or longer, it is found', async () => {
    const sealed = await sealBytes(Buffer.alloc(2 * chunkBytes, 's'));
    const stride = chunkBytes + tagBytes;
    for (const length of [
      headerBytes,
      headerBytes + 1,
      headerBytes + stride,
      sealed.length - tagBytes,
      sealed.length - 1,
    ]) {
      await expect(openBytes(sealed.subarray(0, length))).rejects.toEqual(code('PROVENANCE_SEAL_TRUNCATED'));
    }
    for (const length of [0, 1, 8, headerBytes - 1]) {
      await expect(openBytes(sealed.subarray(0, length))).rejects.toEqual(code('PROVENANCE_NOT_SEALED'));
    }
    const longer = Buffer.concat([sealed, Buffer.alloc(stride)]);
    await expect(openBytes(longer)).rejects.toEqual(code('PROVENANCE_SEAL_TRUNCATED'));
  });

  test('cut off at a chunk with the length in the header made to fit, it is found', async () => {
    const sealed = await sealBytes(Buffer.alloc(2 * chunkBytes, 's'));
    const shorter = Buffer.from(sealed.subarray(0, headerBytes + chunkBytes + tagBytes));
    shorter.writeBigUInt64BE(BigInt(chunkBytes), 76);
    await expect(openBytes(shorter)).rejects.toEqual(code('PROVENANCE_SEAL_BROKEN'));
  });

  test('chunks in another order, twice, or from another file of the same key are found', async () => {
    const stride = chunkBytes + tagBytes;
    const chunk = (sealed: Buffer, index: number): Buffer =>
      sealed.subarray(headerBytes + index * stride, headerBytes + (index + 1) * stride);
    const a = await sealBytes(Buffer.alloc(3 * chunkBytes, 'a'));
    const b = await sealBytes(Buffer.alloc(3 * chunkBytes, 'b'));
    const head = a.subarray(0, headerBytes);
    for (const chunks of [
      [chunk(a, 1), chunk(a, 0), chunk(a, 2)],
      [chunk(a, 0), chunk(a, 0), chunk(a, 2)],
      [chunk(a, 0), chunk(b, 1), chunk(a, 2)],
      [chunk(a, 0), chunk(a, 1), chunk(a, 1)],
      [chunk(b, 0), chunk(b, 1), chunk(b, 2)],
    ]) {
      await expect(openBytes(Buffer.concat([head, ...chunks]))).rejects.toEqual(code('PROVENANCE_SEAL_BROKEN'));
    }
  });

  test('another key, part, project or context does not open it, and says so', async () => {
    const sealed = await sealBytes(Buffer.from('secret rows'), 'sealed', { ...binding, context: { model: 'm' } });
    const context = { model: 'm' };
    await expect(openBytes(sealed, { key: otherKey, binding: { ...binding, context } })).rejects.toEqual(
      code('PROVENANCE_SEAL_WRONG_KEY'),
    );
    for (const wrong of [
      { ...binding, context, part: 'validation' },
      { ...binding, context, project: 'other' },
      { ...binding, context: { model: 'n' } },
      binding,
    ]) {
      await expect(openBytes(sealed, { binding: wrong })).rejects.toEqual(code('PROVENANCE_SEAL_OTHER_PART'));
    }
    expect((await openBytes(sealed, { binding: { ...binding, context } })).toString()).toBe('secret rows');
  });

  test('another key that claims to be the right one does not open it', async () => {
    const sealed = await sealBytes(Buffer.from('secret rows'));
    const forged = Buffer.from(sealed);
    Buffer.from(otherKey.keyId, 'hex').copy(forged, 12);
    await expect(openBytes(forged, { key: otherKey })).rejects.toEqual(code('PROVENANCE_SEAL_OTHER_PART'));
  });

  test('bytes that are not sealed, and those of a later version, are told apart', async () => {
    await expect(openBytes(Buffer.alloc(5000, 'PAR1'))).rejects.toEqual(code('PROVENANCE_NOT_SEALED'));
    const later = await sealBytes(Buffer.from('x'));
    later[8] = 2;
    await expect(openBytes(later)).rejects.toEqual(code('PROVENANCE_SEAL_NEWER'));
  });

  test('whatever fails leaves no file, and no error shows content or key', async () => {
    const content = Buffer.alloc(2 * chunkBytes, 'hunter2 ');
    const sealed = await sealBytes(content);
    sealed[sealed.length - 1]! ^= 1;
    await mkdir(at('out'));
    await writeFile(at('broken'), sealed);
    const error = await unseal({ source: at('broken'), destination: at('out/x') }, key, { binding }).catch(
      (caught: unknown) => caught,
    );
    expect(error).toEqual(code('PROVENANCE_SEAL_BROKEN'));
    expect(await readdir(at('out'))).toEqual([]);
    const shown = inspect(error, { depth: 10 });
    for (const secret of ['hunter2', key.bytes.toString('hex'), key.bytes.toString('base64')]) {
      expect(shown).not.toContain(secret);
    }
  });

  test('a file that is written to while it is sealed is refused and leaves nothing', async () => {
    await writeFile(at('moving'), Buffer.alloc(64 << 20, 'm'));
    await mkdir(at('moved'));
    const sealing = seal({ source: at('moving'), destination: at('moved/x') }, key, { binding });
    await using file = await open(at('moving'), 'r+');
    const stop = setInterval(() => void file.write(String(Math.trunc(performance.now())), (64 << 20) - 20), 1);
    await expect(sealing).rejects.toEqual(code('PROVENANCE_SOURCE_CHANGED'));
    clearInterval(stop);
    expect(await readdir(at('moved'))).toEqual([]);
  });

  test('a raised signal stops both ways', async () => {
    const signal = AbortSignal.abort();
    await sealBytes(Buffer.from('x'));
    const paths = { source: at('sealed'), destination: at('never') };
    await expect(seal(paths, key, { binding, signal })).rejects.toEqual(code('CANCELED'));
    await expect(unseal(paths, key, { binding, signal })).rejects.toEqual(code('CANCELED'));
    await expect(stat(at('never'))).rejects.toThrow('ENOENT');
  });

  test('more than allowed is not taken into memory', async () => {
    await sealBytes(Buffer.alloc(1000));
    await expect(unsealToBuffer(at('sealed'), key, { binding, maxBytes: 999 })).rejects.toEqual(
      code('PROVENANCE_TOO_LARGE'),
    );
  });
});

describe('sealed documents', () => {
  test('any JSON comes back', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        const copy = JSON.parse(JSON.stringify(value));
        expect(decryptJson(encryptJson(copy, key, binding), key, binding)).toEqual(copy);
      }),
      { numRuns: 100 },
    );
  });

  test('their size does not tell how long the numbers in them are', () => {
    const sizes = [0.5, 0.123456789012345].map((accuracy) => encryptJson({ accuracy }, key, binding).length);
    expect(sizes[0]).toBe(sizes[1]);
    expect(encryptJson({ text: 'x'.repeat(10_000) }, key, binding).length).toBeGreaterThan(sizes[0]!);
  });

  test('equal reports about different models are not equal sealed', () => {
    const about = (model: string): Buffer => encryptJson({ pass: true }, key, { ...binding, context: { model } });
    expect(about('a').equals(about('b'))).toBe(false);
    expect(about('a').equals(about('a'))).toBe(true);
  });

  test('changes, cuts and wrong keys are found', () => {
    const sealed = encryptJson({ accuracy: 0.9 }, key, binding);
    expect(() => decryptJson(sealed, otherKey, binding)).toThrow(code('PROVENANCE_SEAL_WRONG_KEY'));
    expect(() => decryptJson(sealed.subarray(0, -1), key, binding)).toThrow(code('PROVENANCE_SEAL_TRUNCATED'));
    expect(() => decryptJson(sealed, key, { ...binding, part: 'x' })).toThrow(code('PROVENANCE_SEAL_OTHER_PART'));
    for (const at of [50, 80, 100, sealed.length - 1]) {
      const changed = Buffer.from(sealed);
      changed[at]! ^= 1;
      expect(() => decryptJson(changed, key, binding)).toThrow(/PROVENANCE|sealed/);
    }
  });
});

describe('sealing keys', () => {
  test('are made once a project, closed to others, outside the project', async () => {
    const keys = at('keys');
    const made = await Promise.all(Array.from({ length: 8 }, () => loadOrCreateSealingKey(keys, 'flights')));
    expect(new Set(made.map((found) => found.keyId)).size).toBe(1);
    expect((await stat(join(keys, 'flights.sealing'))).mode & 0o777).toBe(0o600);
    expect((await loadOrCreateSealingKey(keys, 'other')).keyId).not.toBe(made[0]!.keyId);
    const project = at('project');
    await mkdir(project);
    await mkdir(at('elsewhere'));
    await symlink(project, at('elsewhere/link'));
    for (const inside of [join(project, 'keys'), project, at('elsewhere/link/keys')]) {
      await expect(loadOrCreateSealingKey(inside, 'p', { projectRoot: project })).rejects.toEqual(
        code('PROVENANCE_KEY_PLACE'),
      );
    }
    await loadOrCreateSealingKey(at('project-keys'), 'p', { projectRoot: project });
    expect(await readdir(project)).toEqual([]);
  });

  test('can be handed over as bytes or as text', async () => {
    const made = await loadOrCreateSealingKey(at('keys2'), 'flights');
    expect(createSealingKey(made.bytes).keyId).toBe(made.keyId);
    expect(parseSealingKey(await readFile(at('keys2/flights.sealing'), 'utf8')).keyId).toBe(made.keyId);
    for (const wrong of ['', 'hunter2', 'mlspec-sealing-key-v1 abc']) {
      expect(() => parseSealingKey(wrong)).toThrow(code('PROVENANCE_KEY_BAD'));
      expect(() => parseSealingKey(wrong)).not.toThrow(/hunter2|abc/);
    }
    expect(() => createSealingKey(Buffer.alloc(31))).toThrow(code('PROVENANCE_KEY_BAD'));
  });

  test('a damaged, exposed or unreadable key file is an error and is not replaced', async () => {
    const keys = at('keys3');
    await loadOrCreateSealingKey(keys, 'p');
    const path = join(keys, 'p.sealing');
    await chmod(path, 0o644);
    await expect(loadOrCreateSealingKey(keys, 'p')).rejects.toEqual(code('PROVENANCE_KEY_EXPOSED'));
    await chmod(path, 0o600);
    await writeFile(path, 'mlspec-sealing-key-v1 short');
    await expect(loadOrCreateSealingKey(keys, 'p')).rejects.toEqual(code('PROVENANCE_KEY_BAD'));
    expect(await readFile(path, 'utf8')).toBe('mlspec-sealing-key-v1 short');
    await expect(loadOrCreateSealingKey(keys, '../p')).rejects.toEqual(code('PROVENANCE_KEY_NAME'));
  });

  test('printing a key shows its id and not its bytes', () => {
    for (const shown of [inspect(key, { depth: 9, showHidden: true }), JSON.stringify(key), String(key)]) {
      expect(shown).not.toMatch(/07,? ?07|BwcHBw|0707/);
    }
    expect(JSON.parse(JSON.stringify(key))).toMatchObject({ keyId: key.keyId });
  });
});
