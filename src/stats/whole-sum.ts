/**
 * Sums of whole numbers that doubles hold, exact however many there are: what would not fit into a double any more is put away as a bigint.
 * An addition costs about what one of doubles does.
 */

const most = 2 ** 52;

/** A sum of whole numbers from 0 to 2^52. */
export class WholeSum {
  #low = 0;
  #high = 0n;

  add(value: number): void {
    this.#low += value;
    if (this.#low < most) return;
    this.#high += BigInt(this.#low);
    this.#low = 0;
  }

  get value(): bigint {
    return this.#high + BigInt(this.#low);
  }
}

const stepBits = 20;
const step = 2 ** stepBits;
const mostCount = 2 ** 22;

/** The sums of whole numbers from 0 to 2^40 and of their squares, each of which occurs a number of times. */
export class SquareSums {
  #first = 0n;
  #second = 0n;
  /** Sums of the digits to the base 2^20, the lowest first. */
  readonly #firstDigits = [new WholeSum(), new WholeSum()] as const;
  readonly #secondDigits = [new WholeSum(), new WholeSum(), new WholeSum(), new WholeSum()] as const;

  add(value: number, count: number): void {
    if (count > mostCount) {
      const [exact, times] = [BigInt(value), BigInt(count)];
      this.#first += times * exact;
      this.#second += times * exact * exact;
      return;
    }
    const high = Math.floor(value / step);
    const low = value - high * step;
    this.#firstDigits[0].add(count * low);
    this.#firstDigits[1].add(count * high);
    const [lows, mixed, highs] = [low * low, 2 * high * low, high * high];
    const [lowsOver, mixedOver, highsOver] = [
      Math.floor(lows / step),
      Math.floor(mixed / step),
      Math.floor(highs / step),
    ];
    this.#secondDigits[0].add(count * (lows - lowsOver * step));
    this.#secondDigits[1].add(count * (lowsOver + mixed - mixedOver * step));
    this.#secondDigits[2].add(count * (mixedOver + highs - highsOver * step));
    this.#secondDigits[3].add(count * highsOver);
  }

  get first(): bigint {
    return this.#first + ofDigits(this.#firstDigits);
  }

  get second(): bigint {
    return this.#second + ofDigits(this.#secondDigits);
  }
}

function ofDigits(digits: readonly WholeSum[]): bigint {
  return digits.reduceRight((sum, { value }) => (sum << BigInt(stepBits)) + value, 0n);
}
