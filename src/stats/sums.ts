/** A running sum whose error does not grow with the number of terms. @see Neumaier 1974 */
export class CompensatedSum {
  #sum = 0;
  #rest = 0;

  /** Adds a number. */
  add(value: number): void {
    const sum = this.#sum + value;
    this.#rest += Math.abs(this.#sum) >= Math.abs(value) ? this.#sum - sum + value : value - sum + this.#sum;
    this.#sum = sum;
  }

  /** The sum so far. */
  get value(): number {
    return this.#sum + this.#rest;
  }
}
