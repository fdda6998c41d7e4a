/**
 * Sums and moments that are the same to the last bit whatever the order of the rows and the number of threads, because they are sums of
 * whole numbers. First between which values they lie, and, where not all of them are finite, between which the finite ones do; then their
 * sum: each value becomes a whole number of at most 62 bits, and where what is lost by that could be more than a unit in the last place of
 * the sum, what is left of each is summed too. Moments take one more round, for powers of the distance from the mean, as whole numbers of
 * 2^-62 of the largest. Two plans that ask for the same share it.
 */
import {
  type FixedSum,
  fixedMean,
  fixedScale,
  fixedSum,
  limbBits,
  type Moments,
  momentsOf,
  unitScale,
} from '../../stats/index.ts';
import type { Cell } from '../../tables/index.ts';
import { doubleLiteral } from '../column-sql.ts';
import type { ScanPlan } from './table-value.ts';

const limb = doubleLiteral(2 ** limbBits);

/** Values that are summed: those that are finite. */
export interface SummedTerm {
  /** SQL, a DOUBLE or NULL. */
  readonly number: string;
  /** The same without NaN and infinities. */
  readonly finite: string;
  /** SQL for how many values there are. */
  readonly present: string;
  /** The same as SQL of whole numbers, where it is a column of such. */
  readonly whole: string | null;
}

/** Finite values: SQL for them, for how many there are, and between which they lie; from 0 to 0 where there are none. */
interface FiniteValues {
  readonly x: string;
  readonly present: string;
  readonly low: number;
  readonly high: number;
}

/** The sum of the values; null where there are none. */
export function* sumPlan(term: SummedTerm): ScanPlan<number | null> {
  const found = yield* wholeOrFixed(term);
  return found === null ? null : fixedSum(found);
}

/** The mean of the values; null where there are none. */
export function* meanPlan(term: SummedTerm): ScanPlan<number | null> {
  const found = yield* wholeOrFixed(term);
  return found === null ? null : fixedMean(found).high;
}

/** The moments of the values about their mean; null where there are none. */
export function* momentsPlan(term: SummedTerm): ScanPlan<Moments | null> {
  const values = yield* finiteValues(term);
  const { x, low, high } = values;
  const found = yield* term.whole === null ? fixedSums(values) : wholeSums(term.present, term.whole);
  if (found === null) return null;
  const { count } = found;
  if (low === high) return momentsOf({ count, second: 0, third: 0, fourth: 0 }, 1);
  const mean = fixedMean(found);
  // Half of the width: the width itself may be beyond the largest double. Distances are at most one.
  const scale = unitScale(high / 2 - low / 2) / 2;
  const distance = `(${x} * ${doubleLiteral(scale)} - ${doubleLiteral(mean.high * scale)} - ${doubleLiteral(mean.low * scale)})`;
  const square = `${distance} * ${distance}`;
  const powers = [square, `${square} * ${distance}`, `(${square}) * (${square})`];
  const cells = yield powers.map((power) => `sum(CAST(${power} * ${limb} AS BIGINT))`);
  const [second, third, fourth] = cells.map((cell) => Number(whole(cell)) / 2 ** limbBits) as [number, number, number];
  return momentsOf({ count, second, third, fourth }, scale);
}

function* wholeOrFixed(term: SummedTerm): ScanPlan<FixedSum | null> {
  return term.whole === null ? yield* fixedSums(yield* finiteValues(term)) : yield* wholeSums(term.present, term.whole);
}

function* fixedSums({ x, present, low, high }: FiniteValues): ScanPlan<FixedSum | null> {
  const scale = fixedScale(Math.max(Math.abs(low), Math.abs(high)));
  const scaled = `${x} * ${doubleLiteral(scale)}`;
  const [n, rounded] = yield [present, `sum(CAST(${scaled} AS BIGINT))`];
  const count = Number(n);
  if (count === 0) return null;
  const once = { count, scale, high: whole(rounded!), low: 0n };
  if (Math.abs(Number(once.high)) >= (count / 2) * 2 ** 53) return once;
  const cells = yield [
    `sum(CAST(trunc(${scaled}) AS BIGINT))`,
    `sum(CAST((${scaled} - trunc(${scaled})) * ${limb} AS BIGINT))`,
  ];
  return { ...once, high: whole(cells[0]!), low: whole(cells[1]!) };
}

function* wholeSums(present: string, sql: string): ScanPlan<FixedSum | null> {
  const [n, sum] = yield [present, `sum(${sql})`];
  const count = Number(n);
  return count === 0 ? null : { count, scale: 1, high: whole(sum!), low: 0n };
}

/** Where all values are finite they are taken as they are: asking each costs as much as summing it. NaN is above all others. */
function* finiteValues({ number, finite, present }: SummedTerm): ScanPlan<FiniteValues> {
  const [least, most] = yield [`min(${number})`, `max(${number})`];
  const [low, high] = [Number(least), Number(most)];
  if (Number.isFinite(low) && Number.isFinite(high)) return { x: number, present, low, high };
  const [first, last] = yield [`min(${finite})`, `max(${finite})`];
  return { x: finite, present: `count(${finite})`, low: Number(first), high: Number(last) };
}

function whole(cell: Cell): bigint {
  return BigInt(cell as number | bigint);
}
