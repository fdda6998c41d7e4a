import fc from 'fast-check';
import { expect, test } from 'vitest';
import { digestOf } from '../encoding/index.ts';
import { isPlatformError } from '../errors/index.ts';
import type { TreeEntry } from './artifact-store.ts';
import { formatManifest, isSafeTreePath, parseManifest } from './tree-manifest.ts';

const part = fc
  .string({ minLength: 1, maxLength: 12, unit: 'grapheme' })
  .filter((text) => isSafeTreePath(text) && !text.includes('/'));
const entry = fc.record({
  path: fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/')),
  digest: fc.string().map((text) => digestOf(text)),
  sizeBytes: fc.nat(),
  executable: fc.boolean(),
});
/** Trees in which no file is also a folder. */
const tree = fc
  .uniqueArray(entry, { maxLength: 20, selector: (found) => found.path })
  .filter((entries) => entries.every((a) => entries.every((b) => !b.path.startsWith(`${a.path}/`))));

test('any tree comes back, whatever the order of its entries', () => {
  fc.assert(
    fc.property(tree, (entries) => {
      const bytes = formatManifest(entries);
      expect(formatManifest(entries.toReversed()).equals(bytes)).toBe(true);
      expect(formatManifest(parseManifest(bytes)).equals(bytes)).toBe(true);
      expect(new Set(parseManifest(bytes).map((found) => found.path))).toEqual(
        new Set(entries.map((found) => found.path)),
      );
    }),
  );
});

test('no changed manifest is read that leads outside or reads as another one', () => {
  fc.assert(
    fc.property(tree, fc.nat(), fc.nat(255), (entries, at, value) => {
      const bytes = formatManifest(entries);
      bytes[at % bytes.length] = value;
      let found: readonly TreeEntry[];
      try {
        found = parseManifest(bytes);
      } catch (error) {
        expect(isPlatformError(error) && error.code).toBe('ARTIFACT_BAD_TREE');
        return;
      }
      expect(formatManifest(found).equals(bytes)).toBe(true);
      expect(found.every(({ path }) => isSafeTreePath(path))).toBe(true);
    }),
    { numRuns: 500 },
  );
});

test.each(['', '.', '..', '/a', 'a/', 'a//b', 'a/../b', './a', 'a/.', 'a\0', '\ud800', `${'x'.repeat(256)}`])(
  'the path %j is refused',
  (path) => expect(isSafeTreePath(path)).toBe(false),
);

test.each(['a', '...', '.hidden', 'a b/ü/😀', 'a\\b', '-'])('the path %j is allowed', (path) =>
  expect(isSafeTreePath(path)).toBe(true),
);

test('two entries of one path, a file that is also a folder, and unsorted entries are refused', () => {
  const file = (path: string): TreeEntry => ({ path, digest: digestOf(path), sizeBytes: 1, executable: false });
  const bad = expect.objectContaining({ code: 'ARTIFACT_BAD_TREE' });
  for (const entries of [
    [file('a'), file('a')],
    [file('a'), file('a/b')],
    [file('a'), file('a-'), file('a/b/c')],
  ]) {
    expect(() => parseManifest(formatManifest(entries))).toThrow(bad);
  }
  const [first, second] = JSON.parse(formatManifest([file('a'), file('b')]).toString()) as TreeEntry[];
  expect(() => parseManifest(Buffer.from(JSON.stringify([second, first])))).toThrow(bad);
  for (const text of ['', '{}', 'null', '[null]', '[{}]', '[{"path":"a"}]', '\ufeff[]', ' []']) {
    expect(() => parseManifest(Buffer.from(text))).toThrow(bad);
  }
});
