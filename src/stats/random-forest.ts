/**
 * A random forest that tells two classes of rows apart, over columns of cells (whole numbers from 0 to 255). A tree is grown from a part
 * of the rows; at each node some columns are drawn, and of these the division into two groups of cells is taken that makes the classes
 * purest by Gini's measure. The cells of a column with an order are divided at a place of it, those of others at a
 * place in the order of their share of the second class, which no other division of them beats.
 *
 * @see Breiman, Random Forests (2001); Breiman et al., Classification and Regression Trees (1984), section 4.2, for the order of cells
 */

/** The rows, column by column. */
export interface CellTable {
  /** uint8[columns][rows]. */
  readonly columns: readonly Uint8Array[];
  /** Whether the cells of a column have an order, for each column. */
  readonly isOrdered: readonly boolean[];
  /** uint8[rows]: 0 or 1. */
  readonly classes: Uint8Array;
}

/** How forests are grown. */
export interface RandomForestOptions {
  /** Numbers in [0, 1): one sequence gives one forest. */
  readonly random: () => number;
  /** Default 40. */
  readonly treeCount?: number;
  /** Divisions above a leaf; default 8. */
  readonly mostDepth?: number;
  /** Rows of a leaf; default 10. */
  readonly leastRows?: number;
  /** Share of the rows that a tree is grown from, drawn without putting back; default 0.632. */
  readonly sampleShare?: number;
}

/** What forests say of rows that they were not grown from. */
export interface CrossFitted {
  /** float64[rows]: how likely the row is of the second class. */
  readonly scores: Float64Array;
  /** How much of the purity is each column's doing, together 1; all 0 where nothing was divided. */
  readonly shares: readonly number[];
}

/** A tree, node by node; `left` is 0 at a leaf. `goesLeft` holds 256 places for each node. */
interface Tree {
  readonly column: number[];
  readonly goesLeft: Uint8Array[];
  readonly left: number[];
  readonly right: number[];
  /** Share of the second class. */
  readonly share: number[];
}

interface Growing {
  readonly table: CellTable;
  readonly tree: Tree;
  readonly gains: Float64Array;
  readonly random: () => number;
  readonly drawn: number;
  readonly mostDepth: number;
  readonly leastRows: number;
}

const noCells = new Uint8Array(0);

/**
 * Scores every row by a forest that was grown from the others: rows are dealt into `folds` parts at random, and each part is scored by a
 * forest of the remaining ones. Of no rows there are no scores.
 */
export function crossFittedForest(table: CellTable, folds: number, options: RandomForestOptions): CrossFitted {
  const { random, treeCount = 40, sampleShare = 0.632 } = options;
  const rowCount = table.classes.length;
  const order = shuffled(rowCount, random);
  const scores = new Float64Array(rowCount);
  const gains = new Float64Array(table.columns.length);
  for (let fold = 0; fold < folds; fold++) {
    const mine = order.filter((_, at) => at % folds === fold);
    const others = order.filter((_, at) => at % folds !== fold);
    const size = Math.ceil(sampleShare * others.length);
    for (let nth = 0; nth < treeCount; nth++) {
      const tree = growTree(table, drawRows(others, size, random), { ...options, gains });
      for (const row of mine) scores[row]! += scoreOf(tree, table, row);
    }
  }
  for (let row = 0; row < rowCount; row++) scores[row]! /= treeCount;
  const total = gains.reduce((sum, gain) => sum + gain, 0);
  return { scores, shares: Array.from(gains, (gain) => (total > 0 ? gain / total : 0)) };
}

function shuffled(count: number, random: () => number): Int32Array {
  return drawRows(
    Int32Array.from({ length: count }, (_, at) => at),
    count,
    random,
  );
}

/** So many of some rows, without putting back (Fisher and Yates). */
function drawRows(from: Int32Array, size: number, random: () => number): Int32Array {
  const rows = from.slice();
  for (let at = 0; at < size; at++) {
    const other = at + Math.floor(random() * (rows.length - at));
    [rows[at], rows[other]] = [rows[other]!, rows[at]!];
  }
  return rows.slice(0, size);
}

function growTree(
  table: CellTable,
  rows: Int32Array,
  options: RandomForestOptions & { readonly gains: Float64Array },
): Tree {
  const { random, mostDepth = 8, leastRows = 10, gains } = options;
  const tree: Tree = { column: [], goesLeft: [], left: [], right: [], share: [] };
  const drawn = Math.ceil(Math.sqrt(table.columns.length));
  grow({ table, tree, gains, random, drawn, mostDepth, leastRows }, rows, 0);
  return tree;
}

/** Adds the node of some rows, and those below it. @returns its number */
function grow(growing: Growing, rows: Int32Array, depth: number): number {
  const { table, tree, gains } = growing;
  const node = tree.share.length;
  const ones = countOnes(table.classes, rows);
  tree.share.push(rows.length === 0 ? 0.5 : ones / rows.length);
  tree.column.push(0);
  tree.goesLeft.push(noCells);
  tree.left.push(0);
  tree.right.push(0);
  if (depth === growing.mostDepth || ones === 0 || ones === rows.length) return node;
  const best = bestDivision(growing, rows, ones);
  if (best === null) return node;
  gains[best.column]! += best.gain;
  const cells = table.columns[best.column]!;
  tree.column[node] = best.column;
  tree.goesLeft[node] = best.goesLeft;
  tree.left[node] = grow(
    growing,
    rows.filter((row) => best.goesLeft[cells[row]!] === 1),
    depth + 1,
  );
  tree.right[node] = grow(
    growing,
    rows.filter((row) => best.goesLeft[cells[row]!] === 0),
    depth + 1,
  );
  return node;
}

function countOnes(classes: Uint8Array, rows: Int32Array): number {
  let ones = 0;
  for (const row of rows) ones += classes[row]!;
  return ones;
}

interface Division {
  readonly column: number;
  readonly gain: number;
  /** uint8[256]: 1 for the cells that go left. */
  readonly goesLeft: Uint8Array;
}

/** The best division by one of the columns that are drawn; null where none makes the classes purer. */
function bestDivision(growing: Growing, rows: Int32Array, ones: number): Division | null {
  const { table, random, drawn, leastRows } = growing;
  let best: Division | null = null;
  for (const column of drawRows(Int32Array.from(table.columns.keys()), drawn, random)) {
    const counts = countCells(table, column, rows);
    const order = cellOrder(counts, table.isOrdered[column]!);
    const found = divide(order, counts, { rowCount: rows.length, ones, leastRows });
    if (found === null || found.gain <= (best?.gain ?? 0)) continue;
    const goesLeft = new Uint8Array(256);
    for (const cell of order.slice(0, found.leftCells)) goesLeft[cell] = 1;
    best = { column, gain: found.gain, goesLeft };
  }
  return best;
}

/** Of each cell its rows, and those of the second class. */
interface CellCounts {
  readonly rows: Float64Array;
  readonly ones: Float64Array;
}

function countCells({ columns, classes }: CellTable, column: number, rows: Int32Array): CellCounts {
  const counts = { rows: new Float64Array(256), ones: new Float64Array(256) };
  const cells = columns[column]!;
  for (const row of rows) {
    counts.rows[cells[row]!]!++;
    counts.ones[cells[row]!]! += classes[row]!;
  }
  return counts;
}

function cellOrder({ rows, ones }: CellCounts, isOrdered: boolean): number[] {
  const cells = Array.from(rows.keys()).filter((cell) => rows[cell]! > 0);
  if (isOrdered) return cells;
  return cells.sort((a, b) => ones[a]! / rows[a]! - ones[b]! / rows[b]! || a - b);
}

/** Where the order of the cells is best divided: how many go left, and by how much 2 p (1 - p) falls, times the rows. */
function divide(
  order: readonly number[],
  counts: CellCounts,
  { rowCount, ones, leastRows }: { readonly rowCount: number; readonly ones: number; readonly leastRows: number },
): { readonly leftCells: number; readonly gain: number } | null {
  const impurity = (some: number, all: number): number => (2 * some * (all - some)) / all;
  const whole = impurity(ones, rowCount);
  let best: { leftCells: number; gain: number } | null = null;
  let [leftRows, leftOnes] = [0, 0];
  for (let at = 0; at + 1 < order.length; at++) {
    leftRows += counts.rows[order[at]!]!;
    leftOnes += counts.ones[order[at]!]!;
    if (leftRows < leastRows || rowCount - leftRows < leastRows) continue;
    const gain = whole - impurity(leftOnes, leftRows) - impurity(ones - leftOnes, rowCount - leftRows);
    if (gain > (best?.gain ?? 1e-9)) best = { leftCells: at + 1, gain };
  }
  return best;
}

function scoreOf({ column, goesLeft, left, right, share }: Tree, { columns }: CellTable, row: number): number {
  let node = 0;
  while (left[node] !== 0) node = goesLeft[node]![columns[column[node]!]![row]!] === 1 ? left[node]! : right[node]!;
  return share[node]!;
}
