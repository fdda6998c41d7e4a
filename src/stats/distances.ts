/**
 * Distances between two discrete distributions, each given as counts (or weights, at least 0) over the same cells. Where
 * one side has no mass at all there is nothing to compare: NaN.
 */
import { CompensatedSum } from './sums.ts';

/** Counts of two samples over the same cells: both have a number, at least 0, for each. */
export interface CellCounts {
  readonly reference: ArrayLike<number>;
  readonly current: ArrayLike<number>;
}

/** The sum of counts. */
export function totalOf(counts: ArrayLike<number>): number {
  let total = 0;
  for (let at = 0; at < counts.length; at++) total += counts[at]!;
  return total;
}

/** Adds `term` over the cells, where p and q are the shares of the two samples. */
function overShares({ reference, current }: CellCounts, term: (p: number, q: number) => number): number {
  const [n, m] = [totalOf(reference), totalOf(current)];
  if (!(n > 0 && m > 0)) return Number.NaN;
  const sum = new CompensatedSum();
  for (let at = 0; at < reference.length; at++) sum.add(term(reference[at]! / n, current[at]! / m));
  return sum.value;
}

/** The largest difference of a share, 0 to 1: max |p - q|. */
export function largestShareDifference(counts: CellCounts): number {
  const [n, m] = [totalOf(counts.reference), totalOf(counts.current)];
  if (!(n > 0 && m > 0)) return Number.NaN;
  let largest = 0;
  for (let at = 0; at < counts.reference.length; at++)
    largest = Math.max(largest, Math.abs(counts.reference[at]! / n - counts.current[at]! / m));
  return largest;
}

/**
 * The Jensen-Shannon divergence in bits, 0 (equal) to 1 (no cell in common); its square root is the distance of that name.
 * @see Lin, Divergence measures based on the Shannon entropy (1991), 4.1
 */
export function jensenShannonDivergence(counts: CellCounts): number {
  const part = (p: number, middle: number): number => (p > 0 ? (p * Math.log2(p / middle)) / 2 : 0);
  const bits = overShares(counts, (p, q) => part(p, (p + q) / 2) + part(q, (p + q) / 2));
  return Number.isNaN(bits) ? bits : Math.min(1, Math.max(0, bits));
}

/**
 * The population stability index, the sum of (p - q) ln(p / q), 0 and up. A cell that one side lacks would make it infinite:
 * it is taken to hold half a row there.
 */
export function populationStability(counts: CellCounts): number {
  const [leastP, leastQ] = [0.5 / totalOf(counts.reference), 0.5 / totalOf(counts.current)];
  return overShares(counts, (p, q) => {
    if (p === q) return 0;
    const [a, b] = [p > 0 ? p : leastP, q > 0 ? q : leastQ];
    return (a - b) * Math.log(a / b);
  });
}

/** The Hellinger distance, 0 (equal) to 1 (no cell in common): the root of half the sum of (√p - √q)². */
export function hellingerDistance(counts: CellCounts): number {
  return Math.min(1, Math.sqrt(overShares(counts, (p, q) => (Math.sqrt(p) - Math.sqrt(q)) ** 2) / 2));
}
