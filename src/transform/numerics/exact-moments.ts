/**
 * Mean and standard deviation without any rounding before the last step.
 *
 * Every double is a whole number times 2^-1074. Its 53 digits are cut into three pieces of 17 or 18 bits; the pieces, and the
 * products of pieces that make up the square, are added up in doubles, one counter for each binary exponent. Such counters
 * stay whole and below 2^53 for 2^16 values, then they are emptied into big integers. The sums of x and of x squared are therefore
 * exact, whatever the order of the rows and however they were cut into batches, and so is n * sum(x^2) - sum(x)^2, the place
 * where the textbook formula otherwise loses its digits.
 *
 * @see R. Neal, "Fast exact summation using small and large superaccumulators", 2015, for the idea of counters by exponent
 */
import { type Rational, roundRational, roundRoot } from './exact-rational.ts';

const EXPONENTS = 2048;
const FLUSH_AFTER = 65_536;
const PIECE = 262_144; // 2^18
/** What is counted for each exponent: three pieces of x, five diagonals of the products of its square. */
const COUNTERS = 8;

const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);

/** Exact sums of finite numbers and of their squares. */
export class ExactMoments {
  private readonly counters = new Float64Array(EXPONENTS * COUNTERS);
  private readonly touched = new Uint8Array(EXPONENTS);
  private pending = 0;
  private count = 0;
  private sum = 0n;
  private squares = 0n;

  /** How many numbers were added. */
  get valueCount(): number {
    return this.count;
  }

  /** Adds a finite number. */
  add(value: number): void {
    double[0] = value;
    const high = words[1]!;
    const low = words[0]!;
    const biased = (high >>> 20) & 0x7ff;
    const exponent = biased === 0 ? 1 : biased;
    // 53 bits: 17 above, 18 in the middle, 18 below
    const top = biased === 0 ? high & 0xfffff : (high & 0xfffff) | 0x100000;
    const c2 = top >>> 4;
    const c1 = ((top & 0xf) << 14) | (low >>> 18);
    const c0 = low & 0x3ffff;
    const sign = high >>> 31 === 1 ? -1 : 1;
    const base = exponent * COUNTERS;
    const counters = this.counters;
    counters[base]! += sign * c0;
    counters[base + 1]! += sign * c1;
    counters[base + 2]! += sign * c2;
    counters[base + 3]! += c0 * c0;
    counters[base + 4]! += 2 * c0 * c1;
    counters[base + 5]! += 2 * c0 * c2 + c1 * c1;
    counters[base + 6]! += 2 * c1 * c2;
    counters[base + 7]! += c2 * c2;
    this.touched[exponent] = 1;
    this.count++;
    if (++this.pending === FLUSH_AFTER) this.flush();
  }

  private flush(): void {
    for (let exponent = 0; exponent < EXPONENTS; exponent++) {
      if (this.touched[exponent] === 0) continue;
      const base = exponent * COUNTERS;
      const part = (index: number): bigint => BigInt(this.counters[base + index]!);
      const piece = BigInt(PIECE);
      const sum = part(0) + piece * (part(1) + piece * part(2));
      const square = part(3) + piece * (part(4) + piece * (part(5) + piece * (part(6) + piece * part(7))));
      this.sum += sum << BigInt(exponent - 1);
      this.squares += square << BigInt(2 * (exponent - 1));
      this.counters.fill(0, base, base + COUNTERS);
      this.touched[exponent] = 0;
    }
    this.pending = 0;
  }

  /** The mean, correctly rounded; 0 where nothing was added. */
  mean(): number {
    if (this.count === 0) return 0;
    this.flush();
    return roundRational({ numerator: this.sum, denominator: BigInt(this.count), exponent: -1074 });
  }

  /** The standard deviation that divides by n, correctly rounded; exactly 0 where all numbers are equal. */
  deviation(): number {
    if (this.count === 0) return 0;
    this.flush();
    const n = BigInt(this.count);
    const variance: Rational = {
      numerator: n * this.squares - this.sum * this.sum,
      denominator: n * n,
      exponent: -2148,
    };
    return roundRoot(variance);
  }
}
