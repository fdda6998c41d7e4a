import { deviance, stirlingError } from './stirling.ts';

/** An urn: `marked` of its `total` balls are marked, and `drawn` are taken out without putting any back. Whole numbers. */
export interface Urn {
  readonly total: number;
  readonly marked: number;
  readonly drawn: number;
}

/**
 * P(X <= k), X the marked balls among those drawn: the lower tail of the hypergeometric distribution, which is also the one-sided p-value of
 * Fisher's exact test. 0 below what can be drawn, 1 from the most on. Relative error below 1e-10 for totals up to 10^9; one term a ball at most,
 * in practice some standard deviations of them.
 *
 * @see Loader, "Fast and accurate computation of binomial probabilities", 2000, section 5: the density as a quotient of binomial ones
 * @example hypergeometricLowerTail(0, { total: 20, marked: 5, drawn: 10 }) // 0.0162538…
 */
export function hypergeometricLowerTail(k: number, urn: Urn): number {
  const { total, marked, drawn } = urn;
  const least = Math.max(0, drawn + marked - total);
  const most = Math.min(drawn, marked);
  if (k < least) return 0;
  if (k >= most) return 1;
  return k <= (drawn * marked) / total ? downwards(k, urn) : 1 - upwards(k + 1, urn);
}

/** The sum of the densities from k down. Each is the one above it times a quotient below 1. */
function downwards(k: number, urn: Urn): number {
  const { total, marked, drawn } = urn;
  let [sum, term] = [1, 1];
  for (let i = k; i > 0; i--) {
    term *= (i / (marked - i + 1)) * ((total - marked - drawn + i) / (drawn - i + 1));
    sum += term;
    if (term < 1e-17 * sum) break;
  }
  return density(k, urn) * sum;
}

/** The sum of the densities from k up. */
function upwards(k: number, urn: Urn): number {
  const { total, marked, drawn } = urn;
  let [sum, term] = [1, 1];
  for (let i = k; i < Math.min(drawn, marked); i++) {
    term *= ((marked - i) / (i + 1)) * ((drawn - i) / (total - marked - drawn + i + 1));
    sum += term;
    if (term < 1e-17 * sum) break;
  }
  return density(k, urn) * sum;
}

function density(k: number, { total, marked, drawn }: Urn): number {
  const p = drawn / total;
  const logDensity =
    logBinomialDensity(k, marked, p) +
    logBinomialDensity(drawn - k, total - marked, p) -
    logBinomialDensity(drawn, total, p);
  return Math.exp(logDensity);
}

/** ln of the density of a binomial distribution, without subtracting large logarithms of factorials. */
function logBinomialDensity(k: number, n: number, p: number): number {
  const q = 1 - p;
  if (p === 0 || n === 0) return k === 0 ? 0 : Number.NEGATIVE_INFINITY;
  if (q === 0) return k === n ? 0 : Number.NEGATIVE_INFINITY;
  if (k === 0) return n * Math.log1p(-p);
  if (k === n) return n * Math.log(p);
  return (
    stirlingError(n) -
    stirlingError(k) -
    stirlingError(n - k) -
    deviance(k, n * p) -
    deviance(n - k, n * q) +
    0.5 * Math.log(n / (2 * Math.PI * k * (n - k)))
  );
}
