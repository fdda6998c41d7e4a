/**
 * Moments of values with how often each occurs, told in rising order: first the mean, then the moments about it. Values are
 * brought to at most one by a power of two, so that nothing overflows; the sum behind the mean carries 106 bits (two doubles), the
 * sums of powers are compensated. In one order there is one result, to the last bit.
 * @see Dekker 1971, "A floating-point technique for extending the available precision"; Neumaier 1974
 */
import { CompensatedSum } from './sums.ts';

const splitter = 2 ** 27 + 1;

/** The power of two that brings values of at most this size to at most one. */
export function unitScale(largest: number): number {
  if (!(largest > 0)) return 1;
  const exponent = Math.min(1023, Math.max(-1022, Math.ceil(Math.log2(largest))));
  return 2 ** -exponent;
}

/** A number as the sum of two doubles, the second at most half a unit in the last place of the first. */
export interface TwoDoubles {
  readonly high: number;
  readonly low: number;
}

/** The sum of values times how often they occur, to 106 bits. */
export class FrequencySum {
  readonly #scale: number;
  #high = 0;
  #low = 0;

  /** `largest` is the largest size of a value that will be told. */
  constructor(largest: number) {
    this.#scale = unitScale(largest);
  }

  /** Adds a finite value that occurs `count` times. */
  add(value: number, count: number): void {
    const scaled = value * this.#scale;
    const product = scaled * count;
    const rest = productError(scaled, count, product);
    const sum = this.#high + product;
    const back = sum - this.#high;
    this.#low += this.#high - (sum - back) + (product - back) + rest;
    const high = sum + this.#low;
    this.#low -= high - sum;
    this.#high = high;
  }

  /** The mean of `count` values; `count` is more than 0. */
  mean(count: number): TwoDoubles {
    const high = this.#high / count;
    const product = high * count;
    const low = (this.#high - product - productError(high, count, product) + this.#low) / count;
    const first = high + low;
    return { high: first / this.#scale, low: (low - (first - high)) / this.#scale };
  }
}

/** What a product lost to rounding. */
function productError(a: number, b: number, product: number): number {
  const [aHigh, aLow] = split(a);
  const [bHigh, bLow] = split(b);
  return aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
}

function split(value: number): [number, number] {
  const raised = splitter * value;
  const high = raised - (raised - value);
  return [high, value - high];
}

/** Moments about a mean. */
export interface Moments {
  /** Of a sample (n - 1); null below two values. */
  readonly standardDeviation: number | null;
  /** m3 / m2^1.5 of the population; null where all values are equal. */
  readonly skewness: number | null;
  /** m4 / m2² - 3 of the population: the excess over a normal distribution's; null where all values are equal. */
  readonly kurtosis: number | null;
}

/** Sums of powers of the distance from a mean. */
export class CentralMoments {
  readonly #mean: TwoDoubles;
  readonly #scale: number;
  readonly #sums = [new CompensatedSum(), new CompensatedSum(), new CompensatedSum()] as const;
  readonly #isConstant: boolean;
  #count = 0;

  /** Values will lie between `low` and `high`. */
  constructor(mean: TwoDoubles, low: number, high: number) {
    this.#isConstant = low === high;
    // Half of the width: the width itself may be beyond the largest double.
    this.#scale = unitScale(high / 2 - low / 2) / 2;
    this.#mean = { high: mean.high * this.#scale, low: mean.low * this.#scale };
  }

  /** Adds a finite value that occurs `count` times. */
  add(value: number, count: number): void {
    const distance = value * this.#scale - this.#mean.high - this.#mean.low;
    const square = distance * distance;
    this.#sums[0].add(count * square);
    this.#sums[1].add(count * square * distance);
    this.#sums[2].add(count * square * square);
    this.#count += count;
  }

  /** What the values told so far come to. */
  moments(): Moments {
    const [second, third, fourth] = this.#sums.map((sum) => sum.value) as [number, number, number];
    const sums = { count: this.#count, second, third, fourth };
    return momentsOf(this.#isConstant ? { ...sums, second: 0 } : sums, this.#scale);
  }
}

/** Sums of the second, third and fourth powers of the distance from the mean. */
export interface PowerSums {
  readonly count: number;
  readonly second: number;
  readonly third: number;
  readonly fourth: number;
}

/** The moments behind sums of powers of distances that were multiplied by `scale`; `count` is more than 0. */
export function momentsOf({ count: n, ...sums }: PowerSums, scale: number): Moments {
  const [second, third, fourth] = [sums.second / n, sums.third / n, sums.fourth / n];
  return {
    standardDeviation: n < 2 ? null : second === 0 ? 0 : Math.sqrt((second * n) / (n - 1)) / scale,
    skewness: second > 0 ? third / second ** 1.5 : null,
    kurtosis: second > 0 ? fourth / second ** 2 - 3 : null,
  };
}
