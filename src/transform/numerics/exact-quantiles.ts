/**
 * Exact quantiles in bounded memory, by as many passes over the values as that takes.
 *
 * Up to `budget` values are kept and sorted: one pass. Beyond that the first pass counts values by the upper 16 bits of a key
 * that orders doubles as numbers; each wanted rank then lies in a known range of keys, and further passes keep the values of those
 * ranges that fit into the budget and count the others by their next 16 bits. After four such steps a key is whole, so
 * the work always ends, also where one value fills the table.
 */

/** Values kept in memory by all that learn in one pass together: 128 MiB. */
const QUANTILE_BUDGET = 16_777_216;

/** How many values each of several may keep. */
export function quantileBudget(learnerCount: number): number {
  return Math.floor(QUANTILE_BUDGET / Math.max(1, learnerCount));
}

const FANOUT = 65_536;
const COUNTED_AT_ONCE = 64;
const LAST_DEPTH = 4;

/** The values whose keys begin with `prefix` (16 bits a depth), and how many smaller values there are. */
interface KeyRange {
  readonly depth: number;
  readonly prefix: number;
  readonly smaller: number;
  readonly count: number;
}

const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);

/** The first `depth` groups of 16 bits of the key of a number, as a whole number; depth 1 to 3. */
function prefixOf(value: number, depth: number): number {
  double[0] = value;
  const negative = words[1]! >>> 31 === 1;
  const high = (negative ? ~words[1]! : words[1]! ^ 0x80000000) >>> 0;
  if (depth === 1) return high >>> 16;
  if (depth === 2) return high;
  const low = (negative ? ~words[0]! : words[0]!) >>> 0;
  return depth === 3 ? high * FANOUT + (low >>> 16) : low & 0xffff;
}

/** The number whose key is a prefix of 48 bits and a last group of 16. */
function numberOfKey(prefix: number, last: number): number {
  const high = Math.floor(prefix / FANOUT);
  const low = (prefix % FANOUT) * FANOUT + last;
  const negative = high < 0x80000000;
  words[1] = negative ? ~high : high ^ 0x80000000;
  words[0] = negative ? ~low : low;
  return double[0]!;
}

/** Growing memory for kept values. */
class Values {
  private kept = new Float64Array(1024);
  length = 0;

  push(value: number): void {
    if (this.length === this.kept.length) {
      const larger = new Float64Array(this.length * 2);
      larger.set(this.kept);
      this.kept = larger;
    }
    this.kept[this.length++] = value;
  }

  sorted(): Float64Array {
    return this.kept.subarray(0, this.length).sort();
  }

  view(): Float64Array {
    return this.kept.subarray(0, this.length);
  }
}

/** What is done about a range in the current pass: its values are kept, or counted by their next 16 bits. */
interface Task {
  readonly range: KeyRange;
  readonly values: Values | null;
  readonly counts: Float64Array | null;
}

/** Finds order statistics of finite numbers that are shown to it once or several times, always the same ones. */
export class ExactQuantiles {
  private readonly probabilities: readonly number[];
  private readonly budget: number;
  private values: Values | null = new Values();
  private counts: Float64Array | null = null;
  private tasks = new Map<number, Map<number, Task>>();
  private waiting: KeyRange[] = [];
  private count = 0;
  private first = true;
  private readonly found = new Map<number, number>();

  constructor(probabilities: readonly number[], budget: number = QUANTILE_BUDGET) {
    this.probabilities = probabilities;
    this.budget = budget;
  }

  /** How many numbers were shown in a pass. */
  get valueCount(): number {
    return this.count;
  }

  /** Shows a finite number. -0 counts as 0. */
  add(number: number): void {
    const value = number + 0;
    if (!this.first) {
      this.addToTasks(value);
      return;
    }
    this.count++;
    if (this.counts === null && this.values!.length >= this.budget) this.beginCounting();
    if (this.counts !== null) this.counts[prefixOf(value, 1)]!++;
    else this.values!.push(value);
  }

  private beginCounting(): void {
    this.counts = new Float64Array(FANOUT);
    for (const value of this.values!.view()) this.counts[prefixOf(value, 1)]!++;
    this.values = null;
  }

  private addToTasks(value: number): void {
    for (const [depth, byPrefix] of this.tasks) {
      const task = byPrefix.get(prefixOf(value, depth));
      if (task === undefined) continue;
      if (task.values !== null) task.values.push(value);
      else task.counts![prefixOf(value, depth + 1) % FANOUT]!++;
    }
  }

  /** Ends a pass over the numbers; true where another pass is needed. */
  endPass(): boolean {
    if (this.first) this.endFirstPass();
    else this.endLaterPass();
    this.first = false;
    if (this.waiting.length === 0) return false;
    this.planPass();
    return true;
  }

  private ranks(): number[] {
    const ranks = new Set<number>();
    for (const probability of this.probabilities) {
      const { low, high } = place(probability, this.count);
      ranks.add(low).add(high);
    }
    return [...ranks].filter((rank) => !this.found.has(rank));
  }

  private endFirstPass(): void {
    if (this.count === 0) return;
    if (this.counts === null) {
      const sorted = this.values!.sorted();
      for (const rank of this.ranks()) this.found.set(rank, sorted[rank]!);
      this.values = null;
    } else {
      this.split({ depth: 0, prefix: 0, smaller: 0, count: this.count }, this.counts);
      this.counts = null;
    }
  }

  private endLaterPass(): void {
    for (const byPrefix of this.tasks.values()) {
      for (const { range, values, counts } of byPrefix.values()) {
        if (counts !== null) {
          this.split(range, counts);
          continue;
        }
        const sorted = values!.sorted();
        for (const rank of this.ranksIn(range)) this.found.set(rank, sorted[rank - range.smaller]!);
      }
    }
    this.tasks = new Map();
  }

  private ranksIn(range: KeyRange): number[] {
    return this.ranks().filter((rank) => rank >= range.smaller && rank < range.smaller + range.count);
  }

  /** Keeps those parts of a counted range that hold wanted ranks. */
  private split(range: KeyRange, counts: Float64Array): void {
    let smaller = range.smaller;
    const ranks = this.ranksIn(range).sort((a, b) => a - b);
    let next = 0;
    for (let group = 0; group < FANOUT && next < ranks.length; group++) {
      const count = counts[group]!;
      const start = next;
      while (next < ranks.length && ranks[next]! < smaller + count) next++;
      if (next > start) {
        if (range.depth + 1 === LAST_DEPTH) {
          for (const rank of ranks.slice(start, next)) this.found.set(rank, numberOfKey(range.prefix, group));
        } else {
          this.waiting.push({ depth: range.depth + 1, prefix: range.prefix * FANOUT + group, smaller, count });
        }
      }
      smaller += count;
    }
  }

  private planPass(): void {
    let room = this.budget;
    let counted = 0;
    const later: KeyRange[] = [];
    for (const range of this.waiting) {
      const keep = range.count <= room;
      if (!keep && (range.count <= this.budget || counted === COUNTED_AT_ONCE)) {
        later.push(range);
        continue;
      }
      if (keep) room -= range.count;
      else counted++;
      const byPrefix = this.tasks.get(range.depth) ?? new Map<number, Task>();
      this.tasks.set(range.depth, byPrefix);
      byPrefix.set(range.prefix, {
        range,
        values: keep ? new Values() : null,
        counts: keep ? null : new Float64Array(FANOUT),
      });
    }
    this.waiting = later;
  }

  /** The quantiles, in the order of the probabilities; linear between the two neighbouring values. NaN where there are no values. */
  results(): number[] {
    return this.probabilities.map((probability) => {
      if (this.count === 0) return Number.NaN;
      const { low, high, share } = place(probability, this.count);
      return between(this.found.get(low)!, this.found.get(high)!, share);
    });
  }
}

/** The ranks (from 0) around a quantile and how far it lies from the lower one: NumPy's `linear`, Hyndman and Fan's type 7. */
function place(probability: number, count: number): { low: number; high: number; share: number } {
  const position = (count - 1) * probability;
  const low = Math.floor(position);
  return { low, high: Math.min(low + 1, count - 1), share: position - low };
}

/** As NumPy interpolates: from the nearer end, so that equal ends give themselves. */
function between(low: number, high: number, share: number): number {
  const width = high - low;
  return share >= 0.5 ? high - width * (1 - share) : low + width * share;
}
