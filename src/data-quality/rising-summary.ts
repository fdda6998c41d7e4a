/**
 * What values told in rising order come to. The first walk finds order statistics, gaps and the mean; the second, which needs them,
 * the moments about the mean and the bins of equal width.
 */
import { CentralMoments, FrequencySum, type Moments, type TwoDoubles } from '../stats/index.ts';
import { quantilePercents } from './statistics.ts';

const binCount = 20;
const decilePercents = Array.from({ length: 10 }, (_, index) => (index + 1) * 10);

/** How many finite values there are, and between which. */
export interface Extent {
  readonly count: number;
  readonly low: number;
  readonly high: number;
}

/** Bins with how many values are in each. */
export interface Bins {
  readonly edges: number[];
  readonly counts: number[];
}

/** Two neighbouring values. */
export interface Gap {
  readonly from: number;
  readonly to: number;
}

/** The order statistics of one group, and its mean. */
export class OrderSummary {
  readonly #extent: Extent;
  readonly #sum: FrequencySum;
  readonly #percents: readonly number[];
  readonly #found: { value: number; below: number }[] = [];
  readonly #dayLength: number | null;
  #count = 0;
  #days = 0;
  #last: number | null = null;
  #gap: Gap | null = null;

  /** With the length of a day, days that have a value are counted. */
  constructor(extent: Extent, dayLength: number | null) {
    this.#extent = extent;
    this.#dayLength = dayLength;
    this.#sum = new FrequencySum(Math.max(Math.abs(extent.low), Math.abs(extent.high)));
    this.#percents = [...new Set([...quantilePercents, ...decilePercents])].sort((a, b) => a - b);
  }

  /** A value larger than those before, and how often it occurs. */
  add(value: number, count: number): void {
    this.#count += count;
    this.#sum.add(value, count);
    while (this.#found.length < this.#percents.length && this.#rank(this.#found.length) <= this.#count)
      this.#found.push({ value, below: this.#count });
    this.#follow(value);
  }

  /** The smallest values with 1, 5, 25 … % of the values at or below. */
  quantiles(): number[] {
    return quantilePercents.map((percent) => this.#at(percent).value);
  }

  /** Bins between the smallest value and the deciles, each once; one bin where all values are equal. */
  deciles(): Bins {
    const { low, count } = this.#extent;
    const ends = new Map(decilePercents.map((percent) => this.#at(percent)).map(({ value, below }) => [value, below]));
    ends.delete(low);
    if (ends.size === 0) return { edges: [low, low], counts: [count] };
    const belows = [0, ...ends.values()];
    return { edges: [low, ...ends.keys()], counts: belows.slice(1).map((below, at) => below - belows[at]!) };
  }

  /** The mean to 106 bits. */
  mean(): TwoDoubles {
    return this.#sum.mean(this.#count);
  }

  /** The neighbours that are farthest apart, the first such two; null below two values. */
  largestGap(): Gap | null {
    return this.#gap;
  }

  /** Days between the first and the last that no value lies in. */
  absentDays(): number {
    const length = this.#dayLength ?? 1;
    return Math.floor(this.#extent.high / length) - Math.floor(this.#extent.low / length) + 1 - this.#days;
  }

  #rank(at: number): number {
    return Math.max(1, Math.ceil((this.#percents[at]! * this.#extent.count) / 100));
  }

  #at(percent: number): { readonly value: number; readonly below: number } {
    return this.#found[this.#percents.indexOf(percent)]!;
  }

  #follow(value: number): void {
    const last = this.#last;
    this.#last = value;
    if (this.#dayLength === null) return;
    if (last === null || Math.floor(last / this.#dayLength) !== Math.floor(value / this.#dayLength)) this.#days++;
    if (last === null) return;
    if (this.#gap === null || value - last > this.#gap.to - this.#gap.from) this.#gap = { from: last, to: value };
  }
}

/** Moments and bins of equal width of one group. */
export class ShapeSummary {
  readonly #moments: CentralMoments;
  readonly #edges: number[];
  readonly #counts: number[];
  #bin = 0;

  constructor({ low, high }: Extent, mean: TwoDoubles) {
    this.#moments = new CentralMoments(mean, low, high);
    this.#edges = equalEdges(low, high);
    this.#counts = this.#edges.slice(1).map(() => 0);
  }

  /** A value larger than those before, and how often it occurs. */
  add(value: number, count: number): void {
    this.#moments.add(value, count);
    while (this.#bin < this.#counts.length - 1 && value >= this.#edges[this.#bin + 1]!) this.#bin++;
    this.#counts[this.#bin] = this.#counts[this.#bin]! + count;
  }

  /** The moments about the mean. */
  moments(): Moments {
    return this.#moments.moments();
  }

  /** Twenty bins of equal width; one where all values are equal. */
  bins(): Bins {
    return { edges: this.#edges, counts: this.#counts };
  }
}

function equalEdges(low: number, high: number): number[] {
  if (low === high) return [low, high];
  const step = (high - low) / binCount;
  const inner = Array.from({ length: binCount - 1 }, (_, index) => {
    const share = (index + 1) / binCount;
    // The width itself may be beyond the largest double.
    return Number.isFinite(step) ? low + (index + 1) * step : low * (1 - share) + high * share;
  });
  return [low, ...inner, high];
}
