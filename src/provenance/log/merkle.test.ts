import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { treeOf } from '../fixtures/tree-of.ts';
import {
  consistencyProof,
  type Hash,
  hashLeaf,
  hashNode,
  inclusionProof,
  rootHash,
  type SubtreeReader,
  verifyConsistency,
  verifyInclusion,
} from './merkle.ts';

interface Golden {
  readonly leaves: readonly string[];
  readonly roots: readonly string[];
  readonly inclusion: readonly { readonly leaf: number; readonly size: number; readonly proof: readonly string[] }[];
  readonly consistency: readonly {
    readonly oldSize: number;
    readonly newSize: number;
    readonly proof: readonly string[];
  }[];
}

const file = new URL('../../../test/golden/provenance/merkle.json', import.meta.url);
const golden = JSON.parse(readFileSync(file, 'utf8')) as Golden;
const hex = (text: string): Buffer => Buffer.from(text, 'hex');
const some = hash('sha256', 'some', 'buffer');

describe('values of transparency-dev/merkle', () => {
  const leaves = golden.leaves.map(hex);
  const read = treeOf(leaves);

  test('roots of all trees', () => {
    expect(golden.roots.map((_, size) => rootHash(size, read).toString('hex'))).toEqual(golden.roots);
  });

  test.each(golden.inclusion)(
    'inclusion of leaf $leaf in $size, and nothing near it',
    ({ leaf, size, proof: texts }) => {
      const proof = texts.map(hex);
      const root = hex(golden.roots[size]!);
      const leafHash = hashLeaf(leaves[leaf]!);
      expect(inclusionProof(leaf, size, read)).toEqual(proof);
      expect(verifyInclusion(leafHash, { index: leaf, size }, { proof, root })).toBe(true);
      const wrongPlaces = [
        [leaf - 1, size],
        [leaf + 1, size],
        [leaf ^ 2, size],
        [leaf, size * 2],
        [leaf, Math.floor(size / 2)],
      ] as const;
      for (const [index, wrongSize] of wrongPlaces) {
        expect(verifyInclusion(leafHash, { index, size: wrongSize }, { proof, root })).toBe(false);
      }
      const place = { index: leaf, size };
      expect(verifyInclusion(Buffer.from('WrongLeaf'), place, { proof, root })).toBe(false);
      for (const wrongRoot of [hex(golden.roots[0]!), some, Buffer.alloc(0)]) {
        expect(verifyInclusion(leafHash, place, { proof, root: wrongRoot })).toBe(false);
      }
      for (const wrong of changedProofs(proof, [root, ...(leaf > 0 ? [leafHash] : [])])) {
        expect(verifyInclusion(leafHash, place, { proof: wrong, root })).toBe(false);
      }
    },
  );

  test.each(golden.consistency)('consistency of $oldSize with $newSize, and nothing near it', (golden_) => {
    const { oldSize, newSize } = golden_;
    const proof = golden_.proof.map(hex);
    const step = { oldSize, newSize, oldRoot: hex(golden.roots[oldSize]!), newRoot: hex(golden.roots[newSize]!) };
    expect(consistencyProof(oldSize, newSize, read)).toEqual(proof);
    expect(verifyConsistency(step, proof)).toBe(true);
    if (oldSize === newSize) return;
    for (const wrong of [
      { ...step, oldSize: oldSize - 1 },
      { ...step, oldSize: oldSize + 1 },
      { ...step, oldSize: oldSize ^ 2 },
      { ...step, newSize: newSize * 2 },
      { ...step, newSize: Math.floor(newSize / 2) },
      { ...step, oldRoot: Buffer.from('WrongRoot') },
      { ...step, newRoot: Buffer.from('WrongRoot') },
      { ...step, oldRoot: step.newRoot, newRoot: step.oldRoot },
    ]) {
      expect(verifyConsistency(wrong, proof)).toBe(false);
    }
    for (const wrong of changedProofs(proof, [step.oldRoot, step.newRoot, proof[0]!])) {
      expect(verifyConsistency(step, wrong)).toBe(false);
    }
  });

  test('sizes and roots that show nothing', () => {
    const [a, b] = [some, hex(golden.roots[0]!)];
    const steps: readonly (readonly [number, number, Hash, Hash, readonly Hash[], boolean])[] = [
      [0, 0, a, a, [], false],
      [0, 1, a, b, [], false],
      [1, 1, a, b, [], false],
      [1, 1, a, a, [], true],
      [1, 1, a, a, [b], false],
      [1, 0, a, b, [], false],
      [2, 1, a, b, [], false],
      [1, 2, a, b, [], false],
      [-1, 2, a, b, [a], false],
      [1.5, 2, a, b, [a], false],
    ];
    for (const [oldSize, newSize, oldRoot, newRoot, proof, expected] of steps) {
      expect(verifyConsistency({ oldSize, newSize, oldRoot, newRoot }, proof)).toBe(expected);
    }
    for (const [index, size] of [
      [0, 0],
      [1, 0],
      [1, 1],
      [2, 1],
      [-1, 1],
      [0.5, 1],
    ] as const) {
      expect(verifyInclusion(some, { index, size }, { proof: [], root: some })).toBe(false);
    }
  });
});

describe('properties', () => {
  const leaves = Array.from({ length: 600 }, (_, index) => Buffer.from(`leaf ${index}`));
  const read = memoized(treeOf(leaves));
  const size = fc.integer({ min: 1, max: leaves.length });

  test('every leaf is shown to be in every tree that holds it, and no other leaf in its place', () => {
    fc.assert(
      fc.property(size, fc.nat(), fc.nat(), (n, a, b) => {
        const [index, other] = [a % n, b % n];
        const root = rootHash(n, read);
        const proof = inclusionProof(index, n, read);
        expect(verifyInclusion(hashLeaf(leaves[index]!), { index, size: n }, { proof, root })).toBe(true);
        expect(verifyInclusion(hashLeaf(leaves[other]!), { index, size: n }, { proof, root })).toBe(other === index);
      }),
      { numRuns: 500 },
    );
  });

  test('every tree is shown to begin with every smaller one, and not with another', () => {
    fc.assert(
      fc.property(size, size, (a, b) => {
        const [oldSize, newSize] = a < b ? [a, b] : [b, a];
        const step = { oldSize, newSize, oldRoot: rootHash(oldSize, read), newRoot: rootHash(newSize, read) };
        const proof = consistencyProof(oldSize, newSize, read);
        expect(verifyConsistency(step, proof)).toBe(true);
        expect(verifyConsistency({ ...step, oldRoot: some }, proof)).toBe(false);
        expect(verifyConsistency({ ...step, newRoot: some }, proof)).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  test('a tree of more leaves than 32 bits count', () => {
    const leaf = hashLeaf(Buffer.from('x'));
    const same: Hash[] = [leaf];
    for (let level = 1; level < 53; level++) same.push(hashNode(same[level - 1]!, same[level - 1]!));
    const equal: SubtreeReader = (level) => same[level]!;
    const n = 2 ** 40 + 12345;
    const [root, index] = [rootHash(n, equal), 2 ** 33 + 7];
    const proof = inclusionProof(index, n, equal);
    expect(verifyInclusion(leaf, { index, size: n }, { proof, root })).toBe(true);
    expect(verifyInclusion(some, { index, size: n }, { proof, root })).toBe(false);
    const step = { oldSize: 2 ** 39 + 1, newSize: n, oldRoot: rootHash(2 ** 39 + 1, equal), newRoot: root };
    expect(verifyConsistency(step, consistencyProof(step.oldSize, n, equal))).toBe(true);
  });
});

/** Proofs with something more, less, or changed. */
function changedProofs(proof: readonly Hash[], extra: readonly Hash[]): Hash[][] {
  const flipped = proof.map((_, place) =>
    proof.map((item, index) => {
      const copy = Buffer.from(item);
      if (index === place) copy[0]! ^= 8;
      return copy;
    }),
  );
  return [
    ...flipped,
    [...proof, Buffer.alloc(0)],
    [Buffer.alloc(0), ...proof],
    ...extra.flatMap((item) => [
      [...proof, item],
      [item, ...proof],
    ]),
    ...(proof.length > 0 ? [proof.slice(0, -1), proof.slice(1)] : []),
    ...(proof.length > 1 ? [[proof[0]!, some, ...proof.slice(1)], [...proof].reverse()] : []),
  ];
}

function memoized(read: SubtreeReader): SubtreeReader {
  const known = new Map<string, Hash>();
  return (level, index) => {
    const key = `${level}/${index}`;
    const found = known.get(key) ?? read(level, index);
    known.set(key, found);
    return found;
  };
}
