import { solveMonotone } from './solve.ts';
import { deviance, stirlingError } from './stirling.ts';

const maximumTerms = 10_000_000;

/** Both halves of a distribution at one point; they sum to 1, and each is accurate where it is small. */
export interface Tails {
  readonly below: number;
  readonly above: number;
}

/**
 * The regularized incomplete gamma functions P(a, x) (`below`) and Q(a, x) (`above`). `a` above 0, `x` at least 0; else
 * NaN. Relative error about 1e-13 in both tails; the cost grows with √a,
 * for `a` up to 1e12.
 * @see Abramowitz and Stegun, 6.5.29 and 6.5.31
 */
export function incompleteGamma(a: number, x: number): Tails {
  if (!(a > 0 && x >= 0) || a === Number.POSITIVE_INFINITY) return { below: Number.NaN, above: Number.NaN };
  if (x === 0) return { below: 0, above: 1 };
  if (x === Number.POSITIVE_INFINITY) return { below: 1, above: 0 };
  // x^a e^-x / Γ(a + 1)
  const density = Math.exp(-stirlingError(a) - deviance(a, x)) / Math.sqrt(2 * Math.PI * a);
  if (x < a + 1) {
    const below = density * gammaSeries(a, x);
    return { below, above: 1 - below };
  }
  const above = density * a * gammaFraction(a, x);
  return { below: 1 - above, above };
}

function gammaSeries(a: number, x: number): number {
  let term = 1;
  let sum = 1;
  for (let n = 1; n < maximumTerms; n++) {
    term *= x / (a + n);
    sum += term;
    if (term < sum * 1e-17) break;
  }
  return sum;
}

function gammaFraction(a: number, x: number): number {
  let b = x + 1 - a;
  let c = 1e300;
  let d = 1 / b;
  let value = d;
  for (let n = 1; n < maximumTerms; n++) {
    const numerator = -n * (n - a);
    b += 2;
    d = 1 / nonZero(numerator * d + b);
    c = nonZero(b + numerator / c);
    const factor = d * c;
    value *= factor;
    if (Math.abs(factor - 1) < 1e-16) break;
  }
  return value;
}

function nonZero(value: number): number {
  return Math.abs(value) < 1e-300 ? 1e-300 : value;
}

/** The `p`-quantile of the gamma distribution of shape `a` and scale 1; 0 gives 0, 1 Infinity, outside [0, 1] NaN. */
export function gammaQuantile(p: number, a: number): number {
  if (!(p >= 0 && p <= 1 && a > 0)) return Number.NaN;
  if (p === 0) return 0;
  if (p === 1) return Number.POSITIVE_INFINITY;
  const useUpper = p > 0.5;
  const target = Math.log(useUpper ? 1 - p : p);
  return Math.exp(
    solveMonotone(
      (u) => {
        const x = Math.exp(u);
        const { below, above } = incompleteGamma(a, x);
        const density = Math.exp(-stirlingError(a) - deviance(a, x)) / Math.sqrt((2 * Math.PI) / a);
        return useUpper
          ? { value: target - Math.log(above), slope: density / above }
          : { value: Math.log(below) - target, slope: density / below };
      },
      { low: -745, high: Math.log(a + 40 * Math.sqrt(a) + 800), start: Math.log(a) },
    ),
  );
}

/** P(X <= x) of the chi-squared distribution; 0 below 0. Degrees of freedom not above 0 give NaN. */
export function chiSquaredCdf(x: number, degrees: number): number {
  return x <= 0 && degrees > 0 ? 0 : incompleteGamma(degrees / 2, x / 2).below;
}

/** P(X > x) of the chi-squared distribution, accurate far out; 1 below 0. */
export function chiSquaredSurvival(x: number, degrees: number): number {
  return x <= 0 && degrees > 0 ? 1 : incompleteGamma(degrees / 2, x / 2).above;
}

/** The `p`-quantile of the chi-squared distribution; outside [0, 1] NaN. */
export function chiSquaredQuantile(p: number, degrees: number): number {
  return 2 * gammaQuantile(p, degrees / 2);
}
