/**
 * An isolation forest: trees that divide a small sample at random until each row is alone. A row that few divisions isolate lies far from the
 * others. Of each node a column in which its rows differ is drawn, and a place between the smallest and the largest of them; a row's
 * score is 2^(-h / c), h the mean depth at which the trees isolate it and c the mean depth of an unsuccessful search in a binary tree of the
 * sample's size: near 1 is far out, about 0.5 is like most.
 *
 * @see Liu, Ting and Zhou, Isolation Forest (2008), sections 2 and 4; harmonic numbers are exact here
 */

/** How a forest is grown. */
export interface ForestOptions {
  /** Numbers in [0, 1): one sequence gives one forest. */
  readonly random: () => number;
  /** Default 100. */
  readonly treeCount?: number;
  /** Rows that a tree is grown from; default 256. */
  readonly sampleSize?: number;
}

/** A tree, node by node: rows below the threshold go left. `left` is 0 at a leaf, whose `threshold` is the depth that it stands for. */
interface Tree {
  readonly column: number[];
  readonly threshold: number[];
  readonly left: number[];
  readonly right: number[];
}

/** A grown forest. */
export class IsolationForest {
  readonly #trees: readonly Tree[];
  readonly #depth: number;

  /** Rows as columns of finite numbers, float64[columns][rows], at least one of each. */
  constructor(columns: readonly ArrayLike<number>[], options: ForestOptions) {
    const { random, treeCount = 100, sampleSize = 256 } = options;
    const rowCount = columns[0]!.length;
    const size = Math.min(sampleSize, rowCount);
    this.#depth = searchDepth(size);
    this.#trees = Array.from({ length: treeCount }, () => {
      const tree: Tree = { column: [], threshold: [], left: [], right: [] };
      grow({ tree, columns, random, most: Math.ceil(Math.log2(size)) }, draw(rowCount, size, random), 0);
      return tree;
    });
  }

  /** The score of row `at` of columns like those that the forest was grown from, 0 to 1; 0.5 where all rows of the sample were alike. */
  score(columns: readonly ArrayLike<number>[], at: number): number {
    let sum = 0;
    for (const { column, threshold, left, right } of this.#trees) {
      let node = 0;
      while (left[node] !== 0) node = columns[column[node]!]![at]! < threshold[node]! ? left[node]! : right[node]!;
      sum += threshold[node]!;
    }
    return this.#depth === 0 ? 0.5 : 2 ** (-sum / this.#trees.length / this.#depth);
  }
}

/** The mean depth of an unsuccessful search in a binary search tree of `size` keys: 2 H(n - 1) - 2 (n - 1) / n. */
export function searchDepth(size: number): number {
  if (size < 2) return 0;
  let harmonic = 0;
  for (let k = size - 1; k >= 1; k--) harmonic += 1 / k;
  return 2 * harmonic - (2 * (size - 1)) / size;
}

interface Growing {
  readonly tree: Tree;
  readonly columns: readonly ArrayLike<number>[];
  readonly random: () => number;
  readonly most: number;
}

/** Adds a node over rows at a depth; returns its place. */
function grow(growing: Growing, rows: readonly number[], depth: number): number {
  const { tree, columns, random, most } = growing;
  const node = tree.column.length;
  tree.column.push(0);
  tree.threshold.push(depth + searchDepth(rows.length));
  tree.left.push(0);
  tree.right.push(0);
  const spread = depth < most && rows.length > 1 ? columns.flatMap((column, at) => rangeOf(column, rows, at)) : [];
  if (spread.length === 0) return node;
  const { at, low, high } = spread[Math.floor(random() * spread.length)]!;
  // Above the lowest and at most the highest, so that neither side is empty.
  const place = low + (high - low) * (1 - random());
  const threshold = place > low && place <= high ? place : high;
  tree.column[node] = at;
  tree.threshold[node] = threshold;
  const column = columns[at]!;
  tree.left[node] = grow(
    growing,
    rows.filter((row) => column[row]! < threshold),
    depth + 1,
  );
  tree.right[node] = grow(
    growing,
    rows.filter((row) => !(column[row]! < threshold)),
    depth + 1,
  );
  return node;
}

interface Spread {
  readonly at: number;
  readonly low: number;
  readonly high: number;
}

function rangeOf(column: ArrayLike<number>, rows: readonly number[], at: number): Spread[] {
  let [low, high] = [column[rows[0]!]!, column[rows[0]!]!];
  for (const row of rows) {
    low = Math.min(low, column[row]!);
    high = Math.max(high, column[row]!);
  }
  return low < high ? [{ at, low, high }] : [];
}

/** So many of the rows, each at most once. */
function draw(rowCount: number, size: number, random: () => number): number[] {
  const moved = new Map<number, number>();
  return Array.from({ length: size }, (_, at) => {
    const other = at + Math.floor(random() * (rowCount - at));
    const found = moved.get(other) ?? other;
    moved.set(other, moved.get(at) ?? at);
    return found;
  });
}
