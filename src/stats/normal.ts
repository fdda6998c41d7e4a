/** Φ(x): the probability that a standard normal variable is at most `x`. NaN gives NaN. Relative error below 1e-13. */
export function normalCdf(x: number): number {
  return 0.5 * erfc(-x / Math.SQRT2);
}

/**
 * The `p`-quantile of the standard normal distribution; 0 gives -Infinity, 1 Infinity, outside [0, 1] NaN. Relative
 * error below 1e-15: Wichura's rational approximation.
 * @see Wichura 1988, algorithm AS 241
 */
export function normalQuantile(p: number): number {
  if (!(p >= 0 && p <= 1)) return Number.NaN;
  if (p === 0) return Number.NEGATIVE_INFINITY;
  if (p === 1) return Number.POSITIVE_INFINITY;
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) {
    const r = 0.180625 - q * q;
    return (q * polynomial(r, a)) / polynomial(r, b);
  }
  const tail = Math.sqrt(-Math.log(q < 0 ? p : 1 - p));
  const value =
    tail <= 5
      ? polynomial(tail - 1.6, c) / polynomial(tail - 1.6, d)
      : polynomial(tail - 5, e) / polynomial(tail - 5, f);
  return q < 0 ? -value : value;
}

const a = [
  3.3871328727963665, 133.14166789178438, 1971.5909503065513, 13731.69376550946, 45921.95393154987, 67265.7709270087,
  33430.57558358813, 2509.0809287301227,
];
const b = [
  1, 42.31333070160091, 687.1870074920579, 5394.196021424751, 21213.794301586597, 39307.89580009271, 28729.085735721943,
  5226.495278852854,
];
const c = [
  1.4234371107496835, 4.630337846156546, 5.769497221460691, 3.6478483247632045, 1.2704582524523684, 0.2417807251774506,
  0.022723844989269184, 0.0007745450142783414,
];
const d = [
  1, 2.053191626637759, 1.6763848301838038, 0.6897673349851, 0.14810397642748008, 0.015198666563616457,
  0.0005475938084995345, 1.0507500716444169e-9,
];
const e = [
  6.657904643501103, 5.463784911164114, 1.7848265399172913, 0.29656057182850487, 0.026532189526576124,
  0.0012426609473880784, 0.000027115555687434876, 2.0103343992922881e-7,
];
const f = [
  1, 0.599832206555888, 0.1369298809227358, 0.014875361290850615, 0.0007868691311456133, 0.000018463183175100548,
  1.421511758316446e-7, 2.0442631033899397e-15,
];

function polynomial(x: number, coefficients: readonly number[]): number {
  let value = 0;
  for (let index = coefficients.length - 1; index >= 0; index--) value = value * x + coefficients[index]!;
  return value;
}

/**
 * 1 - erf(x), accurate in the tail: by the continued fraction from 1 on, else by the series of erf. Relative error below
 * 1e-14.
 * @see Abramowitz and Stegun, 7.1.5 and 7.1.14; Cody 1969 for the split of the exponent
 */
export function erfc(x: number): number {
  if (Number.isNaN(x)) return Number.NaN;
  if (x < 0) return 2 - erfc(-x);
  if (x < 1) return 1 - erfSeries(x);
  if (x > 27.3) return 0;
  const coarse = Math.trunc(x * 16) / 16;
  const power = Math.exp(-coarse * coarse) * Math.exp(-(x - coarse) * (x + coarse));
  return (power / Math.sqrt(Math.PI)) * continuedFraction(x);
}

function erfSeries(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; n < 200; n++) {
    term *= (-x * x) / n;
    const add = term / (2 * n + 1);
    sum += add;
    if (Math.abs(add) < 1e-17 * Math.abs(sum)) break;
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

function continuedFraction(x: number): number {
  let value = 0;
  for (let n = Math.ceil(20 + 300 / (x * x)); n > 0; n--) value = n / 2 / (x + value);
  return 1 / (x + value);
}
