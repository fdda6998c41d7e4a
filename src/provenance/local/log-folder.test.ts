import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newSigner } from '../fixtures/new-signer.ts';
import { treeOf } from '../fixtures/tree-of.ts';
import { openCheckpoint, parseCheckpoint } from '../log/checkpoint.ts';
import { hashLeaf, inclusionProof, rootHash, verifyInclusion } from '../log/merkle.ts';
import { noteKeyOf, parseNote } from '../log/signed-note.ts';
import { formatBundle, newTiles, parseBundle, tilePath } from '../log/tiles.ts';
import { extendLog, type LogGrowth, readCheckpoint, readEntries, tileReader } from './log-folder.ts';

const origin = 'example.com/log';
const all = Array.from({ length: 70_000 }, (_, index) => Buffer.from(`entry ${index}`));
const signer = newSigner('ed25519');
let root: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'log-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const folder = async (): Promise<string> => mkdtemp(join(root, 'f'));
const growth = (size: number, entries: readonly Buffer[] = all): LogGrowth => ({
  size,
  signer,
  origin,
  read: async (from, to) => entries.slice(from, to),
});

describe('names and forms', () => {
  test('the paths of the specification', () => {
    expect(tilePath({ level: 0, index: 1_234_067, width: 256 })).toBe('tile/0/x001/x234/067');
    expect(tilePath({ level: 2, index: 0, width: 1 })).toBe('tile/2/000.p/1');
    expect(tilePath({ level: 'entries', index: 1000, width: 7 })).toBe('tile/entries/x001/000.p/7');
  });

  test('a tree of 70,000 has the tiles that the specification counts', () => {
    const tiles = newTiles(0, 70_000).filter(({ level }) => level !== 'entries');
    const count = (level: number, isFull: boolean): number[] =>
      tiles.filter((tile) => tile.level === level && (tile.width === 256) === isFull).map(({ width }) => width);
    expect(count(0, true)).toHaveLength(273);
    expect(count(0, false)).toEqual([112]);
    expect(count(1, true)).toHaveLength(1);
    expect(count(1, false)).toEqual([17]);
    expect(count(2, false)).toEqual([1]);
    expect(tiles).toHaveLength(273 + 1 + 1 + 1 + 1);
    expect(newTiles(0, 256).map(tilePath)).toEqual(['tile/entries/000', 'tile/0/000', 'tile/1/000.p/1']);
    expect(newTiles(0, 0)).toEqual([]);
  });

  test('bundles are read back; one cut short is an error', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { minLength: 1 }), (entries) => {
        const bundle = formatBundle(entries);
        expect(parseBundle(bundle)).toEqual(entries.map((entry) => Buffer.from(entry)));
        expect(() => parseBundle(bundle.subarray(0, -1))).toThrow('ends with its last entry');
      }),
    );
    expect(() => formatBundle([Buffer.alloc(65_536)])).toThrow(expect.objectContaining({ code: 'PROVENANCE_LOG_BAD' }));
  });
});

test('a log that grows in steps is the one that was written at once', async () => {
  const path = await folder();
  const tree = treeOf(all);
  for (const size of [0, 1, 2, 255, 256, 257, 700, 65_535, 65_536, 65_537, 70_000]) {
    const note = await extendLog(path, growth(size));
    expect(parseCheckpoint(parseNote(note).text)).toMatchObject({ size, root: rootHash(size, tree) });
    expect(await readCheckpoint(path)).toBe(note);
    expect(openCheckpoint(note, { log: noteKeyOf(signer, origin, 'ed25519') })).not.toBeNull();
  }
  const reader = tileReader(path, 70_000);
  for (const index of [0, 255, 256, 65_535, 65_536, 69_999]) {
    const proof = inclusionProof(index, 70_000, reader);
    const place = { index, size: 70_000 };
    expect(verifyInclusion(hashLeaf(all[index]!), place, { proof, root: rootHash(70_000, tree) })).toBe(true);
  }
  expect(await readEntries(path, { from: 300, to: 600, size: 70_000 })).toEqual(all.slice(300, 600));
  const left = (await readdir(join(path, 'tile', '0'), { recursive: true })).filter((name) => name.includes('.p'));
  expect(left).toEqual(['273.p', '273.p/112']);
});

test('whatever is lost, cut short or changed is written again from the entries', async () => {
  const path = await folder();
  await extendLog(path, growth(600));
  const files = (await readdir(path, { recursive: true, withFileTypes: true })).filter((file) => file.isFile());
  const wanted = new Map<string, Buffer>();
  for (const { parentPath, name } of files) {
    wanted.set(join(parentPath, name), await readFile(join(parentPath, name)));
  }
  for (const [file, content] of wanted) {
    const isEdge = /checkpoint|\.p/.test(file);
    for (const spoil of [
      () => rm(file),
      () => truncate(file, 3),
      () => writeFile(file, ''),
      () => writeFile(file, Buffer.from(content.map((byte) => byte ^ 1))),
    ]) {
      await spoil();
      const isFound = isEdge && !spoil.toString().includes('^');
      await extendLog(path, { ...growth(600), isRepair: !isFound });
      for (const [name, bytes] of wanted) expect(await readFile(name)).toEqual(bytes);
    }
  }
});

test('a log that lost entries, or holds others, is not signed', async () => {
  const path = await folder();
  await extendLog(path, growth(300));
  const before = await readCheckpoint(path);
  const other = all.map((entry, index) => (index === 17 ? Buffer.from('other') : entry));
  const forked = expect.objectContaining({ code: 'PROVENANCE_LOG_FORKED' });
  await expect(extendLog(path, growth(299))).rejects.toEqual(forked);
  await rm(join(path, 'tile'), { recursive: true });
  await expect(extendLog(path, growth(400, other))).rejects.toEqual(forked);
  expect(await readCheckpoint(path)).toBe(before);
});

describe('an entry exchanged in its bundle and its tile together, where a tile above has the hash of both', () => {
  // The root is made of the tiles above: what lies below them was once believed.
  test.each([
    ['of 600 entries', 600, 5],
    ['of 70,000 entries', 70_000, 65_000],
  ])('is found in a log %s', async (_, size, index) => {
    const path = await folder();
    const note = await extendLog(path, growth(size));
    const { root: signed } = parseCheckpoint(parseNote(note).text);
    const other = Buffer.from('other');
    const at = Math.floor(index / 256);
    const bundle = join(path, tilePath({ level: 'entries', index: at, width: 256 }));
    const entries = parseBundle(await readFile(bundle));
    entries[index % 256] = other;
    await writeFile(bundle, formatBundle(entries));
    const tile = join(path, tilePath({ level: 0, index: at, width: 256 }));
    const hashes = await readFile(tile);
    hashLeaf(other).copy(hashes, (index % 256) * 32);
    await writeFile(tile, hashes);
    const reader = tileReader(path, size);
    expect(rootHash(size, reader)).toEqual(signed);
    expect(() => reader(0, index)).toThrow(expect.objectContaining({ code: 'PROVENANCE_LOG_BAD' }));
    expect(() => reader(0, index - 1)).toThrow(expect.objectContaining({ code: 'PROVENANCE_LOG_BAD' }));
  });
});
