/*
 * Examples needed to estimate one proportion on one side, from the exact binomial distribution.
 *
 * An estimate X/n of p is too high by more than ε where X > n (p + ε). Between two break points k/n - ε that probability
 * rises with p, so its supremum over p is the largest of P(X >= k | n, k/n - ε) over whole k, approached from below. Along
 * k it has one hill, whose top lies near p = (1 - ε) / 2; the search climbs it from there. In n it falls, but
 * not at every step, so a stretch of n on both sides of the crossing is tried one by one.
 *
 * Everything is compared as logarithms: with many uses delta is far below the smallest double that is exact.
 *
 * @see Langford 2005, section 3; Renggli et al. 2019, section 4.4
 */
import { hoeffdingSize } from './sample-size.ts';
import { logGamma } from './stirling.ts';

/** How many n on each side of the crossing are tried one by one. */
const stretch = 48;
const maximumSize = 50_000_000;
const known = new Map<string, number>();

/** ln P(X >= k) of a binomial X of n trials with success probability p: -Infinity and 0 where it is impossible or sure. */
export function logBinomialUpperTail(n: number, k: number, p: number): number {
  if (k <= 0 || p >= 1) return 0;
  if (k > n || p <= 0) return Number.NEGATIVE_INFINITY;
  if (k <= n * p) return Math.log1p(-Math.exp(logBinomialUpperTail(n, n - k + 1, 1 - p)));
  const ways = logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1);
  const first = ways + k * Math.log(p) + (n - k) * Math.log1p(-p);
  const odds = p / (1 - p);
  let sum = 1;
  let term = 1;
  for (let i = k; i < n; i++) {
    term *= ((n - i) / (i + 1)) * odds;
    sum += term;
    if (term < 1e-17 * sum) break;
  }
  return first + Math.log(sum);
}

/**
 * A share below which the truth lies with probability at most delta, after `successes` of `trials`: the lower end of
 * Clopper's and Pearson's interval, also for a delta far below the smallest double. 0 without a success; rounded down.
 * The upper end is 1 - exactLowerBound(trials - successes, trials, delta).
 *
 * @param successes whole, 0…trials
 * @see Clopper and Pearson 1934
 * @example exactLowerBound(98, 100, 0.025) // 0.929616068…
 */
export function exactLowerBound(successes: number, trials: number, delta: number): number {
  if (successes <= 0) return 0;
  const logDelta = Math.log(delta);
  let low = 0;
  let high = successes / trials;
  for (let turn = 0; turn < 200; turn++) {
    const middle = low + (high - low) / 2;
    if (middle === low || middle === high) break;
    if (logBinomialUpperTail(trials, successes, middle) <= logDelta) low = middle;
    else high = middle;
  }
  return low;
}

/**
 * ln of the largest probability, over all true shares, that the estimate of a proportion from n examples is above the
 * truth by more than the tolerance. -Infinity where that cannot happen.
 */
export function logWorstExcess(n: number, tolerance: number): number {
  const lowest = Math.floor(n * tolerance) + 1;
  if (lowest > n) return Number.NEGATIVE_INFINITY;
  const at = (k: number): number =>
    k < lowest || k > n ? Number.NEGATIVE_INFINITY : logBinomialUpperTail(n, k, k / n - tolerance);
  let top = Math.min(n, Math.max(lowest, Math.round((n * (1 + tolerance)) / 2)));
  let best = at(top);
  for (let step = Math.max(1, n >> 3); step >= 1; step >>= 1) {
    for (;;) {
      const [below, above] = [at(top - step), at(top + step)];
      if (Math.max(below, above) <= best) break;
      top += above > below ? step : -step;
      best = Math.max(below, above);
    }
  }
  return best;
}

/**
 * Examples needed so that the estimate of one proportion exceeds the truth by more than the tolerance with probability at
 * most delta: the smallest n from which on every n is enough. Never more than Hoeffding's number, which stands in above
 * 50,000,000. Milliseconds; answers are remembered.
 *
 * @param tolerance 0 < tolerance < 1
 * @param delta 0 < delta < 1
 * @throws PlatformError STATS_OUT_OF_RANGE
 * @example exactBinomialSize(0.1, 0.01) // 145
 */
export function exactBinomialSize(tolerance: number, delta: number): number {
  const bound = Math.ceil(hoeffdingSize([1], tolerance, delta));
  if (bound > maximumSize || tolerance >= 1) return bound;
  const name = `${tolerance} ${delta}`;
  const found = known.get(name) ?? search(tolerance, Math.log(delta), bound);
  if (known.size > 10_000) known.clear();
  known.set(name, found);
  return found;
}

function search(tolerance: number, logDelta: number, bound: number): number {
  let failing = 0;
  let enough = bound;
  while (enough - failing > 1) {
    const middle = Math.floor((failing + enough) / 2);
    if (logWorstExcess(middle, tolerance) > logDelta) failing = middle;
    else enough = middle;
  }
  for (let n = Math.min(bound, enough + stretch); n >= Math.max(1, enough - stretch); n--) {
    if (logWorstExcess(n, tolerance) > logDelta) return Math.min(bound, n + 1);
  }
  return enough;
}
