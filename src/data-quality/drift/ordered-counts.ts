/**
 * Columns with an order, gone through twice in the order of their values. Finite values fall into at most twenty intervals that hold about
 * equally many of the pooled ones, fewer where a dataset is small: in each the smaller one expects ten, else the test would count
 * all intervals together and see nothing. A value that is more frequent than that is an interval of its own. Everything is summed as whole
 * numbers: places on the axis in steps of 2^-40 of half of its length, the area between the distribution functions in steps of 2^-60.
 */
import { SquareSums, WholeSum } from '../../stats/index.ts';
import type { Field, QueryEngine, QueryOptions } from '../../tables/index.ts';
import { isoText } from '../column-sql.ts';
import type { DriftCell } from './drift.ts';
import { type ComparedColumn, type SortedValues, type SpecialRows, sortedValues } from './sorted-values.ts';

const mostIntervals = 20;
/** Finite values of the smaller dataset that an interval expects. */
const expectedInInterval = 10;
const axisSteps = 2 ** 40;
/** All of the area is at most one. */
const areaSteps = 2 ** 60;
const halfOfSteps = 2 ** 30;

/** What is known of the order of the finite values. */
export interface OrderedCounts {
  readonly referenceCount: number;
  readonly currentCount: number;
  /** The largest distance of the two distribution functions, 0 to 1. */
  readonly largestStep: number;
  /** The area between the two distribution functions, in standard deviations of the reference; null where that is 0. */
  readonly area: number | null;
}

/** Counts a column with an order; null where a side has no finite value. */
export async function countOrdered(
  engine: QueryEngine,
  compared: ComparedColumn,
  options: QueryOptions,
): Promise<{ readonly cells: readonly DriftCell[]; readonly ordered: OrderedCounts | null }> {
  const values = await sortedValues(engine, compared, options);
  try {
    const walk = new OrderedWalk(await extentOf(values));
    await values.eachFinite((value, reference, current) => walk.add(value, reference, current));
    return { cells: cellsOf(compared.field, walk.intervals(), values.specials()), ordered: walk.ordered() };
  } finally {
    await values.drop();
  }
}

function cellsOf(field: Field, intervals: readonly Interval[], specials: readonly SpecialRows[]): DriftCell[] {
  const write = (value: number): number | string => writeValue(field, value);
  const ofIntervals = intervals.map(
    ({ low, high, ...counts }): DriftCell => ({
      kind: 'interval',
      value: null,
      low: write(low),
      high: write(high),
      ...counts,
    }),
  );
  const ofOthers = specials.map(
    ({ kind, ...counts }): DriftCell => ({ kind, value: null, low: null, high: null, ...counts }),
  );
  return [...ofIntervals, ...ofOthers];
}

/** A value on the axis as it is written down. */
function writeValue(field: Field, value: number): number | string {
  return field.type === 'date' || field.type === 'timestamp' ? isoText(value, field.type === 'date') : value;
}

/** The finite values of both datasets: how many, and between which they lie. */
interface Extent {
  readonly reference: number;
  readonly current: number;
  readonly low: number;
  readonly high: number;
}

async function extentOf(values: SortedValues): Promise<Extent> {
  let [n, m, low, high] = [0, 0, 0, 0];
  await values.eachFinite((value, reference, current) => {
    if (n + m === 0) low = value;
    high = value;
    n += reference;
    m += current;
  });
  return { reference: n, current: m, low, high };
}

interface Interval {
  readonly low: number;
  high: number;
  reference: number;
  current: number;
}

/** What is summed while the values are told, rising. */
class OrderedWalk {
  readonly #extent: Extent;
  readonly #half: number;
  readonly #intervalCount: number;
  readonly #intervals = new Map<number, Interval>();
  readonly #step: LargestStep;
  readonly #places = new SquareSums();
  readonly #area = [new WholeSum(), new WholeSum()] as const;
  /** Values so far. */
  #before = { reference: 0, current: 0 };
  #last = 0;

  constructor(extent: Extent) {
    const { reference, current, low, high } = extent;
    this.#extent = extent;
    this.#half = high / 2 - low / 2;
    this.#intervalCount = Math.max(
      2,
      Math.min(mostIntervals, Math.floor(Math.min(reference, current) / expectedInInterval)),
    );
    this.#step = new LargestStep(reference, current);
  }

  add(value: number, reference: number, current: number): void {
    this.#addArea(value);
    this.#addInterval(value, reference, current);
    if (reference > 0)
      this.#places.add(roundedUp(this.#along(value / 2 - this.#extent.low / 2) * axisSteps), reference);
    const { reference: n, current: m } = this.#before;
    this.#before = { reference: n + reference, current: m + current };
    this.#step.add(this.#before.reference, this.#before.current);
    this.#last = value;
  }

  intervals(): Interval[] {
    return [...this.#intervals.values()];
  }

  /** The share of half of the axis. */
  #along(width: number): number {
    return this.#half > 0 ? width / this.#half : 0;
  }

  /** Between the value before and this one the distribution functions stay what they are. */
  #addArea(value: number): void {
    const { reference: n, current: m } = this.#extent;
    const { reference: a, current: b } = this.#before;
    if (a + b === 0 || n === 0 || m === 0) return;
    const area = roundedUp(Math.abs(a / n - b / m) * this.#along(value / 2 - this.#last / 2) * areaSteps);
    const high = Math.floor(area / halfOfSteps);
    this.#area[1].add(high);
    this.#area[0].add(area - high * halfOfSteps);
  }

  #addInterval(value: number, reference: number, current: number): void {
    const { reference: a, current: b } = this.#before;
    const all = this.#extent.reference + this.#extent.current;
    const place = Math.min(this.#intervalCount - 1, wholeQuotient((a + b) * this.#intervalCount, all));
    const known = this.#intervals.get(place);
    if (known === undefined) this.#intervals.set(place, { low: value, high: value, reference, current });
    else {
      known.high = value;
      known.reference += reference;
      known.current += current;
    }
  }

  ordered(): OrderedCounts | null {
    const { reference, current } = this.#extent;
    if (reference === 0 || current === 0) return null;
    const { first, second } = this.#places;
    const variance = Number(BigInt(reference) * second - first * first) / reference ** 2;
    const area = this.#area[1].value * BigInt(halfOfSteps) + this.#area[0].value;
    return {
      referenceCount: reference,
      currentCount: current,
      largestStep: Number(this.#step.value) / (reference * current),
      area: variance > 0 ? ((Number(area) / areaSteps) * axisSteps) / Math.sqrt(variance) : null,
    };
  }
}

/** The largest distance of two distribution functions, as a whole number: times the number of values of both. */
class LargestStep {
  readonly #n: number;
  readonly #m: number;
  /** What two products of doubles, each rounded, can be off together. */
  readonly #slack: number;
  #most = 0;
  #exact = 0n;

  constructor(n: number, m: number) {
    this.#n = n;
    this.#m = m;
    this.#slack = n * m > Number.MAX_SAFE_INTEGER ? n * m * 2 ** -50 : 0;
  }

  add(a: number, b: number): void {
    const step = Math.abs(a * this.#m - b * this.#n);
    if (step + this.#slack <= this.#most) return;
    if (this.#slack === 0) this.#most = step;
    else {
      const exact = BigInt(a) * BigInt(this.#m) - BigInt(b) * BigInt(this.#n);
      const size = exact < 0n ? -exact : exact;
      if (size <= this.#exact) return;
      this.#exact = size;
      this.#most = Number(size);
    }
  }

  get value(): bigint {
    return this.#slack === 0 ? BigInt(this.#most) : this.#exact;
  }
}

/** The nearest whole number of one from 0 up; halves go up. */
function roundedUp(value: number): number {
  const below = Math.floor(value);
  return value - below >= 0.5 ? below + 1 : below;
}

function wholeQuotient(dividend: number, divisor: number): number {
  return (dividend - (dividend % divisor)) / divisor;
}
