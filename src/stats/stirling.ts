/*
 * The two small quantities by which binomial, beta and gamma densities are computed without losing digits: what Stirling's
 * formula leaves out, and the deviance. With them no large logarithms of factorials are subtracted from each other.
 *
 * Source: Loader, "Fast and accurate computation of binomial probabilities", 2000. Deviation: arguments are real numbers.
 */

const halfLogTwoPi = 0.9189385332046727;

/** Bernoulli numbers over their indexes: the series of ln Γ for large arguments. */
const series = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156, -3617 / 122400];

/**
 * ln Γ(x) of a positive number; 1 and 2 give exactly 0; 0 gives Infinity; negative numbers and NaN give NaN. Relative error
 * about 1e-14.
 * @see Abramowitz and Stegun, 6.1.41, after raising the argument by recurrence
 */
export function logGamma(x: number): number {
  if (!(x >= 0)) return Number.NaN;
  if (x === 0 || x === Number.POSITIVE_INFINITY) return Number.POSITIVE_INFINITY;
  if (x === 1 || x === 2) return 0;
  if (x > 0.5 && x < 2.5) return nearOneAndTwo(x);
  let product = 1;
  let raised = x;
  while (raised < 15) {
    product *= raised;
    raised += 1;
  }
  return (raised - 0.5) * Math.log(raised) - raised + halfLogTwoPi + tail(raised) - Math.log(product);
}

/** Around the zeros of ln Γ: its Taylor series in Riemann's zeta function keeps the relative error small. */
function nearOneAndTwo(x: number): number {
  if (x > 1.5) return nearOneAndTwo(x - 1) + Math.log1p(x - 2);
  const z = x - 1;
  // ln Γ(1 + z) = -ln(1 + z) + z (1 - γ) + Σ (-1)^k (ζ(k) - 1) z^k / k, for |z| <= 1/2
  let sum = 0;
  let power = z;
  for (const [index, rest] of zetaMinusOne.entries()) {
    power *= -z;
    sum -= (rest * power) / (index + 2);
  }
  return -Math.log1p(z) + z * (1 - eulerGamma) + sum;
}

const eulerGamma = 0.5772156649015329;

/** ζ(k) - 1 for k = 2, 3, … */
const zetaMinusOne = [
  0.6449340668482264, 0.20205690315959429, 0.08232323371113819, 0.03692775514336993, 0.01734306198444914,
  0.00834927738192283, 0.00407735619794434, 0.00200839282608221, 0.00099457512781808, 0.00049418860411946,
  0.00024608655330804, 0.00012271334757848, 0.0000612481350587, 0.00003058823630702, 0.00001528225940865,
  0.00000763719763789, 0.00000381729326499, 0.00000190821271655, 0.00000095396203387, 0.00000047693298678,
  0.00000023845050272, 0.00000011921992596, 0.00000005960818905, 0.00000002980350351, 0.00000001490155482,
  0.00000000745071178, 0.00000000372533402, 0.00000000186265972, 0.00000000093132743, 0.0000000004656629,
  0.00000000023283118, 0.0000000001164155, 0.00000000005820772, 0.00000000002910385, 0.00000000001455192,
];

function tail(x: number): number {
  const inverse = 1 / x;
  const square = inverse * inverse;
  let value = 0;
  for (let index = series.length - 1; index >= 0; index--) value = value * square + series[index]!;
  return value * inverse;
}

/** ln Γ(n + 1) - [(n + 1/2) ln n - n + ln √(2π)], for n above 0: the error of Stirling's formula. */
export function stirlingError(n: number): number {
  if (n >= 15) return tail(n);
  return logGamma(n + 1) - (n + 0.5) * Math.log(n) + n - halfLogTwoPi;
}

/**
 * x ln(x / m) + m - x, without cancellation where x is near m; x at least 0, m above 0.
 * @param difference x - m, where it is known more exactly than the subtraction gives it
 */
export function deviance(x: number, m: number, difference: number = x - m): number {
  if (x === 0) return m;
  if (Math.abs(difference) >= 0.1 * (x + m)) return x * Math.log(x / m) + m - x;
  const ratio = difference / (x + m);
  let value = difference * ratio;
  let power = 2 * x * ratio;
  for (let odd = 3; odd < 1000; odd += 2) {
    power *= ratio * ratio;
    const next = value + power / odd;
    if (next === value) break;
    value = next;
  }
  return value;
}
