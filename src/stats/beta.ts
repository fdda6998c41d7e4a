import type { Tails } from './gamma.ts';
import { solveMonotone } from './solve.ts';
import { deviance, logGamma, stirlingError } from './stirling.ts';

const maximumTerms = 200_000;

/** ln B(a, b), for positive a and b. */
export function logBeta(a: number, b: number): number {
  if (a < 10 || b < 10) return logGamma(a) + logGamma(b) - logGamma(a + b);
  const n = a + b;
  const errors = stirlingError(a) + stirlingError(b) - stirlingError(n);
  return 0.5 * Math.log((2 * Math.PI * n) / (a * b)) + a * Math.log(a / n) + b * Math.log(b / n) + errors;
}

/**
 * The regularized incomplete beta function I_x(a, b) (`below`) and its complement (`above`). `a` and `b` above 0, `x`
 * within [0, 1]; else NaN. Relative error about 1e-13 in both tails; the cost grows with √max(a, b).
 * @param complement 1 - x, where it is known more exactly than the subtraction gives it
 * @see DiDonato and Morris 1992 for the fraction; Loader 2000 for the factor before it
 */
export function incompleteBeta(x: number, shape: readonly [number, number], complement: number = 1 - x): Tails {
  const [a, b] = shape;
  if (!(a > 0 && b > 0 && x >= 0 && x <= 1)) return { below: Number.NaN, above: Number.NaN };
  if (x === 0) return { below: 0, above: 1 };
  if (complement === 0) return { below: 1, above: 0 };
  const factor = betaFactor([x, complement], shape);
  if (a * complement >= b * x) {
    const below = factor / betaFraction([x, complement], shape);
    return { below, above: 1 - below };
  }
  const above = factor / betaFraction([complement, x], [b, a]);
  return { below: 1 - above, above };
}

/** x^a y^b / B(a, b) with y = 1 - x. */
function betaFactor([x, y]: readonly [number, number], [a, b]: readonly [number, number]): number {
  const n = a + b;
  if (Math.min(a, b) < 1e-5) return Math.exp(a * Math.log(x) + b * Math.log(y) - logBeta(a, b));
  const difference = a * y - b * x;
  const errors = stirlingError(n) - stirlingError(a) - stirlingError(b);
  const deviances = deviance(a, n * x, difference) + deviance(b, n * y, -difference);
  return Math.sqrt((a * b) / (2 * Math.PI * n)) * Math.exp(errors - deviances);
}

/**
 * The even part of the continued fraction of I_x(a, b), by Lentz's method; for x at most about the mean.
 * `difference` is a y - b x: with it nothing is lost where x is near 1.
 */
function betaFraction([x, y]: readonly [number, number], [a, b]: readonly [number, number]): number {
  const difference = a * y - b * x;
  const start = (a * (difference + 1)) / (a + 1);
  let value = start;
  let c = start;
  let d = 0;
  for (let m = 1; m < maximumTerms; m++) {
    const at = a + 2 * m;
    const numerator = ((((a + m - 1) * (a + b + m - 1)) / (at - 1)) * m * (b - m) * x * x) / (at - 1);
    const denominator = m + (m * (b - m) * x) / (at - 1) + ((a + m) * (difference + 1 + m * (2 - x))) / (at + 1);
    d = 1 / nonZero(denominator + numerator * d);
    c = nonZero(denominator + numerator / c);
    const factor = c * d;
    value *= factor;
    if (Math.abs(factor - 1) < 2e-16) break;
  }
  return value;
}

function nonZero(value: number): number {
  return Math.abs(value) < 1e-300 ? 1e-300 : value;
}

/** P(X <= x) of the beta distribution. NaN outside [0, 1] and for shapes not above 0. */
export function betaCdf(x: number, a: number, b: number): number {
  return incompleteBeta(x, [a, b]).below;
}

/** The `p`-quantile of the beta distribution; 0 gives 0, 1 gives 1, outside [0, 1] NaN. */
export function betaQuantile(p: number, a: number, b: number): number {
  return betaQuantilePair([p, 1 - p], [a, b])[0];
}

/** The quantile x and its complement 1 - x, each accurate where it is small, for the probabilities below and above it. */
export function betaQuantilePair(
  [p, q]: readonly [number, number],
  shape: readonly [number, number],
): [number, number] {
  const [a, b] = shape;
  if (!(p >= 0 && p <= 1 && a > 0 && b > 0)) return [Number.NaN, Number.NaN];
  if (p === 0) return [0, 1];
  if (q === 0) return [1, 0];
  const half = incompleteBeta(0.5, shape);
  const isLowHalf = p <= 0.5 ? half.below >= p : half.above <= q;
  if (isLowHalf) return solveLowHalf([p, q], shape);
  const [y, x] = solveLowHalf([q, p], [b, a]);
  return [x, y];
}

/** The same, where the quantile is known to be at most 1/2. */
function solveLowHalf([p, q]: readonly [number, number], shape: readonly [number, number]): [number, number] {
  const [a, b] = shape;
  const useUpper = p > 0.5;
  const target = Math.log(useUpper ? q : p);
  const u = solveMonotone(
    (at) => {
      const x = Math.exp(at);
      const { below, above } = incompleteBeta(x, shape);
      const slope = betaFactor([x, 1 - x], shape) / (1 - x);
      return useUpper
        ? { value: target - Math.log(above), slope: slope / above }
        : { value: Math.log(below) - target, slope: slope / below };
    },
    { low: -745, high: Math.log(0.5), start: Math.log(a / (a + b)) },
  );
  const x = Math.exp(u);
  return [x, 1 - x];
}

/** P(T <= t) of Student's distribution; the degrees of freedom may be any number above 0. */
export function studentCdf(t: number, degrees: number): number {
  if (!(degrees > 0) || Number.isNaN(t)) return Number.NaN;
  const square = t * t;
  if (square === Number.POSITIVE_INFINITY) return t < 0 ? 0 : 1;
  const sum = degrees + square;
  const outside = incompleteBeta(degrees / sum, [degrees / 2, 0.5], square / sum).below;
  return t < 0 ? outside / 2 : 1 - outside / 2;
}

/** The `p`-quantile of Student's distribution; 0 gives -Infinity, 1 Infinity, outside [0, 1] NaN. */
export function studentQuantile(p: number, degrees: number): number {
  if (!(p >= 0 && p <= 1 && degrees > 0)) return Number.NaN;
  if (p === 0.5) return 0;
  if (p === 0 || p === 1) return p === 0 ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  const side = p < 0.5 ? p : 1 - p;
  const [x, y] = betaQuantilePair([2 * side, 1 - 2 * side], [degrees / 2, 0.5]);
  const t = Math.sqrt((degrees * y) / x);
  return p < 0.5 ? -t : t;
}
