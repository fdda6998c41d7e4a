/**
 * Do two samples come from one distribution over cells? Pearson's test of homogeneity. Its distribution is that of
 * chi-squared only where cells are well filled, so cells that expect fewer than five rows in the smaller sample are counted
 * together first (Cochran, Some methods for strengthening the common χ² tests, 1954).
 */
import { type CellCounts, totalOf } from './distances.ts';
import { chiSquaredSurvival } from './gamma.ts';

/** Rows that a cell must expect in each sample to be looked at alone. */
const leastExpected = 5;

/** What a test of homogeneity came to. */
export interface Homogeneity {
  readonly statistic: number;
  /** Cells after joining the rare ones, less one; 0 where nothing can be told. */
  readonly degrees: number;
  /** The chance of a statistic at least as large if both samples come from one distribution; 1 where nothing can be told. */
  readonly pValue: number;
}

/**
 * Pearson's test of homogeneity of two samples of counts. Rare cells are joined into one, which is joined with the smallest
 * other cell if it is rare too. An empty sample, or one cell alone, tells nothing: `degrees` 0, `pValue` 1.
 */
export function homogeneityTest(counts: CellCounts): Homogeneity {
  const [n, m] = [totalOf(counts.reference), totalOf(counts.current)];
  const cells = n > 0 && m > 0 ? joinRare(counts, { n, m }) : [];
  if (cells.length < 2) return { statistic: 0, degrees: 0, pValue: 1 };
  // With two samples the statistic is the sum of (a m - b n)² / (n m (a + b)).
  let statistic = 0;
  for (const [a, b] of cells) statistic += (a * m - b * n) ** 2 / (n * m * (a + b));
  const degrees = cells.length - 1;
  return { statistic, degrees, pValue: chiSquaredSurvival(statistic, degrees) };
}

type Cell = readonly [reference: number, current: number];

function joinRare({ reference, current }: CellCounts, { n, m }: { readonly n: number; readonly m: number }): Cell[] {
  const share = Math.min(n, m) / (n + m);
  const isRare = ([a, b]: Cell): boolean => (a + b) * share < leastExpected;
  const cells: Cell[] = [];
  let rare: Cell = [0, 0];
  for (let at = 0; at < reference.length; at++) {
    const cell: Cell = [reference[at]!, current[at]!];
    if (isRare(cell)) rare = join(rare, cell);
    else cells.push(cell);
  }
  if (rare[0] + rare[1] === 0) return cells;
  if (!isRare(rare) || cells.length === 0) return [...cells, rare];
  const smallest = cells.reduce((least, cell, at) => (sumOf(cell) < sumOf(cells[least]!) ? at : least), 0);
  return cells.map((cell, at) => (at === smallest ? join(cell, rare) : cell));
}

function join(one: Cell, other: Cell): Cell {
  return [one[0] + other[0], one[1] + other[1]];
}

function sumOf([a, b]: Cell): number {
  return a + b;
}
