/**
 * The two-sample test of Kolmogorov and Smirnov: could both samples come from one continuous distribution? The statistic is
 * the largest distance D of the two empirical distribution functions. With ties the chances given here are at most too
 * large: the test then errs on the side of seeing nothing.
 */

const largestExactProduct = 1_000_000;
const maximumTerms = 1_000;

/** Sizes of the two samples. */
export interface SampleSizes {
  readonly reference: number;
  readonly current: number;
}

/**
 * The chance that D is at least `distance` between samples of these sizes from one continuous distribution. Exact (by
 * counting lattice paths) where the product of the sizes is at most 1,000,000; else by the limit distribution with
 * Stephens' correction, less than 0.005 from the exact chance. An empty sample gives 1.
 * @see Hodges, The significance probability of the Smirnov two-sample test (1958)
 * @see Stephens, Use of the Kolmogorov-Smirnov, Cramér-von Mises and related statistics without extensive tables (1970)
 */
export function kolmogorovSmirnovPValue(distance: number, { reference: n, current: m }: SampleSizes): number {
  if (n === 0 || m === 0 || !(distance > 0)) return Number.isNaN(distance) ? Number.NaN : 1;
  if (n * m <= largestExactProduct) return exactChance(distance, n, m);
  const root = Math.sqrt((n * m) / (n + m));
  return kolmogorovSurvival((root + 0.12 + 0.11 / root) * distance);
}

/**
 * The chance that the supremum of a Brownian bridge is above `x`: 2 Σ (-1)^(k-1) exp(-2 k² x²); 1 for `x` at most 0.
 * @see Kolmogorov, Sulla determinazione empirica di una legge di distribuzione (1933)
 */
export function kolmogorovSurvival(x: number): number {
  if (Number.isNaN(x)) return x;
  if (x <= 0.04) return 1;
  if (x < 1) return 1 - smallSeries(x);
  let sum = 0;
  for (let k = 1; k < maximumTerms; k++) {
    const term = Math.exp(-2 * k * k * x * x);
    sum += k % 2 === 1 ? term : -term;
    if (term <= sum * 1e-17) break;
  }
  return Math.min(1, Math.max(0, 2 * sum));
}

/** The same distribution by the series that converges fast for small x: √(2π)/x Σ exp(-(2k-1)² π² / (8x²)). */
function smallSeries(x: number): number {
  let sum = 0;
  for (let k = 1; k < maximumTerms; k++) {
    const term = Math.exp((-((2 * k - 1) ** 2) * Math.PI ** 2) / (8 * x * x));
    sum += term;
    if (term <= sum * 1e-17) break;
  }
  return (Math.sqrt(2 * Math.PI) / x) * sum;
}

/**
 * Every order of the pooled values is equally likely; each is a lattice path from (0, 0) to (n, m). The share of the paths
 * that stay strictly inside |i/n - j/m| < distance, path by path as chances so that nothing overflows, is taken from 1.
 */
function exactChance(distance: number, n: number, m: number): number {
  // Distances are multiples of 1 / (n m); half a step keeps rounding from deciding.
  const limit = distance * n * m - 0.5;
  const inside = (i: number, j: number): boolean => Math.abs(i * m - j * n) < limit;
  // outside[j]: the chance that the path to (i, j) has touched the bounds.
  const outside = new Float64Array(m + 1);
  for (let j = 1; j <= m; j++) outside[j] = inside(0, j) ? outside[j - 1]! : 1;
  for (let i = 1; i <= n; i++) {
    if (!inside(i, 0)) outside[0] = 1;
    for (let j = 1; j <= m; j++) {
      // Of the paths to (i, j) the share i / (i + j) comes from (i - 1, j), the others from (i, j - 1).
      outside[j] = inside(i, j) ? (outside[j]! * i + outside[j - 1]! * j) / (i + j) : 1;
    }
  }
  return outside[m]!;
}
