/**
 * Sums and moments that are the same to the last bit whatever the order of the rows and the number of threads, because they are sums of
 * whole numbers. First how many finite values there are, and between which, where that is not known; then their sum: each value becomes a
 * whole number of at most 62 bits, and where what is lost by that could be more than a unit in the last place of the sum, what is left of
 * each is summed too. Moments take one more round, for powers of the distance from the mean, as whole numbers of 2^-62 of the
 * largest. Two plans that ask for the same share it.
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
import type { Extent } from './term.ts';

const limb = doubleLiteral(2 ** limbBits);

/** Values that are summed. */
export interface SummedTerm {
  /** SQL, a DOUBLE or NULL. */
  readonly x: string;
  /** SQL for how many there are. */
  readonly count: string;
  /** Between which values all of it lies, where that is known. */
  readonly extent: Extent | null;
  /** The same as SQL of whole numbers, where it is a column of such. */
  readonly whole: string | null;
}

/** The sum of the values; null where there are none. */
export function* sumPlan(term: SummedTerm): ScanPlan<number | null> {
  const found = yield* sums(term);
  return found === null ? null : fixedSum(found);
}

/** The mean of the values; null where there are none. */
export function* meanPlan(term: SummedTerm): ScanPlan<number | null> {
  const found = yield* sums(term);
  return found === null ? null : fixedMean(found).high;
}

/** The moments of the values about their mean; null where there are none. */
export function* momentsPlan(term: SummedTerm): ScanPlan<Moments | null> {
  const found = yield* sums(term);
  if (found === null) return null;
  const { x } = term;
  const { count } = found;
  // A column may lie within narrower bounds than are known of it.
  const { low, high } = yield* extentOf({ ...term, extent: null });
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

function* sums(term: SummedTerm): ScanPlan<FixedSum | null> {
  if (term.whole !== null) return yield* wholeSums(term.count, term.whole);
  const extent = yield* extentOf(term);
  const scale = fixedScale(Math.max(Math.abs(extent.low), Math.abs(extent.high)));
  const scaled = `${term.x} * ${doubleLiteral(scale)}`;
  const [n, rounded] = yield [term.count, `sum(CAST(${scaled} AS BIGINT))`];
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

/** Between which values they lie; from 0 to 0 where there are none. */
function* extentOf({ x, extent }: SummedTerm): ScanPlan<Extent> {
  if (extent !== null) return extent;
  const [low, high] = yield [`min(${x})`, `max(${x})`];
  return { low: Number(low), high: Number(high) };
}

function whole(cell: Cell): bigint {
  return BigInt(cell as number | bigint);
}
