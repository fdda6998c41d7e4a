/**
 * The Merkle tree of RFC 6962: leaves are hashed behind a byte 0, inner nodes behind a byte 1, so that neither can pass for
 * the other. A tree of n leaves splits at the largest power of two below n; every complete subtree therefore keeps its
 * hash for ever, and a tree is known from the hashes of its complete subtrees alone.
 *
 * Sizes and indices are integers up to 2^53 - 1; arithmetic is done without bit operators, which end at 2^32.
 *
 * @see RFC 6962, section 2.1
 * @see RFC 9162, sections 2.1.3 and 2.1.4
 */
import { createHash, hash } from 'node:crypto';

/** SHA-256, 32 bytes. */
export type Hash = Buffer;

/**
 * The hash of the complete subtree that holds the leaves from `index * 2^level` up to, not including,
 * `(index + 1) * 2^level`.
 */
export type SubtreeReader = (level: number, index: number) => Hash;

const hashBytes = 32;
const leafPrefix = Buffer.of(0);
const nodePrefix = Buffer.of(1);

/** The hash of a leaf. */
export function hashLeaf(entry: Uint8Array): Hash {
  return createHash('sha256').update(leafPrefix).update(entry).digest();
}

/** The hash of an inner node. */
export function hashNode(left: Hash, right: Hash): Hash {
  return createHash('sha256').update(nodePrefix).update(left).update(right).digest();
}

/** The root of the tree of the first `size` leaves; of no leaves, the hash of nothing. */
export function rootHash(size: number, read: SubtreeReader): Hash {
  return size === 0 ? hash('sha256', '', 'buffer') : rangeHash(0, size, read);
}

/** The path from a leaf to the root, siblings first. `0 <= index < size`. */
export function inclusionProof(index: number, size: number, read: SubtreeReader): Hash[] {
  const proof: Hash[] = [];
  let [from, to] = [0, size];
  while (to - from > 1) {
    const middle = from + splitOf(to - from);
    const isLeft = index < middle;
    proof.push(isLeft ? rangeHash(middle, to, read) : rangeHash(from, middle, read));
    [from, to] = isLeft ? [from, middle] : [middle, to];
  }
  return proof.reverse();
}

/** The proof that the tree of `newSize` leaves begins with that of `oldSize`. `0 < oldSize <= newSize`. */
export function consistencyProof(oldSize: number, newSize: number, read: SubtreeReader): Hash[] {
  const proof: Hash[] = [];
  let [from, to] = [0, newSize];
  while (to !== oldSize) {
    const middle = from + splitOf(to - from);
    const isLeft = oldSize <= middle;
    proof.push(isLeft ? rangeHash(middle, to, read) : rangeHash(from, middle, read));
    [from, to] = isLeft ? [from, middle] : [middle, to];
  }
  // The old tree is the whole left part: its root is known to whoever checks.
  if (from !== 0) proof.push(rangeHash(from, to, read));
  return proof.reverse();
}

/** Whether a path leads from a leaf's hash to a root. */
export function verifyInclusion(
  leaf: Hash,
  place: { readonly index: number; readonly size: number },
  { proof, root }: { readonly proof: readonly Hash[]; readonly root: Hash },
): boolean {
  const { index, size } = place;
  if (!areHashes([leaf, root, ...proof])) return false;
  if (!isCount(index) || !isCount(size) || index >= size) return false;
  let [node, last] = [index, size - 1];
  let found = leaf;
  for (const sibling of proof) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      found = hashNode(sibling, found);
      while (node % 2 === 0 && node !== 0) [node, last] = [node / 2, half(last)];
    } else {
      found = hashNode(found, sibling);
    }
    [node, last] = [half(node), half(last)];
  }
  return last === 0 && found.equals(root);
}

/** Two sizes of a tree with their roots. */
export interface TreeStep {
  readonly oldSize: number;
  readonly newSize: number;
  readonly oldRoot: Hash;
  readonly newRoot: Hash;
}

/** Whether a proof shows that the new tree begins with the old one. From an empty tree there is nothing to show: false. */
export function verifyConsistency(step: TreeStep, proof: readonly Hash[]): boolean {
  const { oldSize, newSize, oldRoot, newRoot } = step;
  if (!areHashes([oldRoot, newRoot, ...proof])) return false;
  if (!isCount(oldSize) || !isCount(newSize) || oldSize === 0 || oldSize > newSize) return false;
  if (oldSize === newSize) return proof.length === 0 && oldRoot.equals(newRoot);
  const path = isPowerOfTwo(oldSize) ? [oldRoot, ...proof] : [...proof];
  const [first, ...rest] = path;
  if (first === undefined || proof.length === 0) return false;
  let [node, last] = [oldSize - 1, newSize - 1];
  while (node % 2 === 1) [node, last] = [half(node), half(last)];
  let [old, fresh] = [first, first];
  for (const sibling of rest) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      [old, fresh] = [hashNode(sibling, old), hashNode(sibling, fresh)];
      while (node % 2 === 0 && node !== 0) [node, last] = [node / 2, half(last)];
    } else {
      fresh = hashNode(fresh, sibling);
    }
    [node, last] = [half(node), half(last)];
  }
  return last === 0 && old.equals(oldRoot) && fresh.equals(newRoot);
}

/** The hash of the leaves from `from` to `to`, where `from` is a multiple of the largest power of two in their number. */
function rangeHash(from: number, to: number, read: SubtreeReader): Hash {
  const size = to - from;
  if (isPowerOfTwo(size)) return read(Math.log2(size), from / size);
  const middle = from + splitOf(size);
  return hashNode(rangeHash(from, middle, read), rangeHash(middle, to, read));
}

/** The largest power of two below `size`, for `size >= 2`. */
function splitOf(size: number): number {
  let split = 1;
  while (split * 2 < size) split *= 2;
  return split;
}

function isPowerOfTwo(size: number): boolean {
  return Number.isInteger(Math.log2(size)) && 2 ** Math.log2(size) === size;
}

function half(value: number): number {
  return Math.floor(value / 2);
}

/** Other lengths could make two different pairs of hashes one text. */
function areHashes(hashes: readonly Hash[]): boolean {
  return hashes.every((candidate) => candidate.length === hashBytes);
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}
