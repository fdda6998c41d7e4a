/*
 * What a gate counts: for each mean the number of its rows and the sum of their numbers. Rows arrive in batches of any
 * size; only counts stay. Everything that is a proportion or a cost comes from counts of (true class, predicted class)
 * pairs, which are whole numbers; squared and absolute errors are summed without rounding. Equal rows give equal tallies
 * in any order and any batches.
 */
import { type ClassObservations, isApplicable, metricNamed, type NumberObservations } from '../metrics/index.ts';
import { ExactSum } from '../stats/index.ts';
import type { Term } from './normal-form.ts';
import { fraction, plus, type Rational, rationalOf, times, zero } from './rational.ts';

/** The models of a gate by the names that objectives use; null where a baseline does not exist. */
export type Subjects = Readonly<Record<string, ClassObservations | NumberObservations | null>>;

/** Which rows of a batch a condition (in canonical text) holds for: 1 or 0, one a row. */
export type Selections = Readonly<Record<string, Uint8Array>>;

/** Rows of a mean and the sum of their numbers; null where the model gives nothing to compute it from. */
export interface Tally {
  readonly rowCount: number;
  readonly sum: Rational | null;
}

/** Counts the rows of a gate's terms. */
export class GateTally {
  readonly #terms: readonly Term[];
  readonly #counters: readonly (Counter | null)[];
  readonly #absent = new Set<string>();

  constructor(terms: readonly Term[]) {
    this.#terms = terms;
    this.#counters = terms.map((term) => counterOf(term));
  }

  /** Counts a batch of rows: the same rows of every model, in the same order. */
  add(subjects: Subjects, selections: Selections = {}): void {
    for (const [index, term] of this.#terms.entries()) {
      const names = term.subject.split('|');
      const missing = names.find((name) => (subjects[name] ?? null) === null);
      if (missing !== undefined) {
        this.#absent.add(missing);
        continue;
      }
      const [first, second] = names.map((name) => subjects[name]!);
      const selection = term.where === null ? null : (selections[term.where] ?? null);
      if (term.where !== null && selection === null) continue;
      this.#counters[index]!.add({ of: first!, other: second ?? null, selection });
    }
  }

  /** Models that a term names and that do not exist. */
  get absent(): ReadonlySet<string> {
    return this.#absent;
  }

  /** The tally of a term, by its index. */
  tally(index: number): Tally {
    return this.#counters[index]!.tally();
  }
}

interface CountedRows {
  readonly of: ClassObservations | NumberObservations;
  readonly other: ClassObservations | NumberObservations | null;
  readonly selection: Uint8Array | null;
}

interface Counter {
  add(rows: CountedRows): void;
  tally(): Tally;
}

function counterOf(term: Term): Counter {
  if (term.metric === 'disagreement') return new DisagreementCounter();
  return rowMeans.has(term.metric) ? new RowCounter(term) : new ConfusionCounter(term);
}

/** Counts pairs of true and predicted class. */
class ConfusionCounter implements Counter {
  readonly #term: Term;
  #counts: Float64Array | null = null;
  #facts: Pick<ClassObservations, 'classes' | 'costs'> = { classes: [], costs: null };

  constructor(term: Term) {
    this.#term = term;
  }

  add({ of, selection }: CountedRows): void {
    if (of.kind !== 'classes') return;
    const size = of.classes.length;
    this.#facts = of;
    this.#counts ??= new Float64Array(size * size);
    for (let row = 0; row < of.rowCount; row++) {
      if (selection !== null && selection[row] === 0) continue;
      this.#counts[of.actual[row]! * size + of.predicted[row]!]!++;
    }
  }

  tally(): Tally {
    const { classes, costs } = this.#facts;
    const counts = this.#counts;
    if (counts === null) return { rowCount: 0, sum: null };
    const chosen = this.#class(classes);
    if (chosen === null || (this.#term.metric === 'cost' && costs === null)) return { rowCount: 0, sum: null };
    let rowCount = 0;
    let sum = zero;
    for (const [cell, count] of counts.entries()) {
      const number = cellNumber(this.#term.metric, {
        actual: Math.floor(cell / classes.length),
        predicted: cell % classes.length,
        chosen,
        cost: costs?.[cell] ?? 0,
      });
      if (number === null || count === 0) continue;
      rowCount += count;
      sum = plus(sum, times(fraction(BigInt(count), 1n), rationalOf(number)));
    }
    return { rowCount, sum };
  }

  /** The index of the term's class: the last of two where it names none; null where the model knows no such class. */
  #class(classes: readonly (string | number | boolean)[]): number | null {
    if (this.#term.class === null) return classes.length - 1;
    const place = classes.findIndex((one) => String(one) === String(this.#term.class));
    return place < 0 ? null : place;
  }
}

interface Cell {
  readonly actual: number;
  readonly predicted: number;
  readonly chosen: number;
  readonly cost: number;
}

/** What a row with this pair of classes counts; null where the mean is not over such rows. */
function cellNumber(metric: string, { actual, predicted, chosen, cost }: Cell): number | null {
  const [isActual, isPredicted] = [actual === chosen, predicted === chosen];
  switch (metric) {
    case 'accuracy':
      return Number(actual === predicted);
    case 'error_rate':
      return Number(actual !== predicted);
    case 'cost':
      return cost;
    case 'positive_rate':
      return Number(isPredicted);
    case 'recall':
      return isActual ? Number(isPredicted) : null;
    case 'false_negative_rate':
      return isActual ? Number(!isPredicted) : null;
    case 'specificity':
      return isActual ? null : Number(!isPredicted);
    case 'false_positive_rate':
      return isActual ? null : Number(isPredicted);
    case 'precision':
      return isPredicted ? Number(isActual) : null;
    default:
      return null;
  }
}

/** Counts rows that two models answer differently, by the names of the classes. */
class DisagreementCounter implements Counter {
  #rowCount = 0;
  #different = 0;

  add({ of, other, selection }: CountedRows): void {
    if (of.kind !== 'classes' || other?.kind !== 'classes') return;
    const same = of.classes.map((one) => other.classes.findIndex((candidate) => String(candidate) === String(one)));
    for (let row = 0; row < of.rowCount; row++) {
      if (selection !== null && selection[row] === 0) continue;
      this.#rowCount++;
      if (same[of.predicted[row]!] !== other.predicted[row]) this.#different++;
    }
  }

  tally(): Tally {
    return { rowCount: this.#rowCount, sum: fraction(BigInt(this.#different), 1n) };
  }
}

/** Metrics that are means of numbers which are not whole. */
const rowMeans: ReadonlySet<string> = new Set(['brier', 'mae', 'mse']);

/** Sums the numbers that a metric is the mean of, none counting more than the term's cap. */
class RowCounter implements Counter {
  readonly #term: Term;
  readonly #sum = new ExactSum();
  #rowCount = 0;

  constructor(term: Term) {
    this.#term = term;
  }

  add({ of, selection }: CountedRows): void {
    const metric = metricNamed(this.#term.metric)!;
    const numbers = isApplicable(metric, of) ? metric.rows!(of) : null;
    for (let row = 0; row < of.rowCount; row++) {
      if (selection !== null && selection[row] === 0) continue;
      this.#rowCount++;
      this.#sum.add(numbers === null ? Number.NaN : Math.min(numbers[row]!, this.#term.cap ?? Number.MAX_VALUE));
    }
  }

  tally(): Tally {
    const { value } = this.#sum;
    return { rowCount: this.#rowCount, sum: Number.isFinite(value) ? rationalOf(value) : null };
  }
}
