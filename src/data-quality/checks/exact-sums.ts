/**
 * Sums and moments that are the same to the last bit whatever the order of the rows and the number of threads, in three rounds over the
 * rows: how many finite values there are and between which; their sum, as two sums of whole numbers; sums of powers of their distance
 * from the mean, as whole numbers of 2^-62 of the largest power. Two plans that ask for the same share it.
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

interface Summed extends FixedSum {
  readonly smallest: number;
  readonly largest: number;
}

/** The sum of the values of `x` (SQL, a DOUBLE or NULL); null where there are none. */
export function* sumPlan(x: string): ScanPlan<number | null> {
  const found = yield* sums(x);
  return found === null ? null : fixedSum(found);
}

/** The mean of the values of `x`; null where there are none. */
export function* meanPlan(x: string): ScanPlan<number | null> {
  const found = yield* sums(x);
  return found === null ? null : fixedMean(found).high;
}

/** The moments of the values of `x` about their mean; null where there are none. */
export function* momentsPlan(x: string): ScanPlan<Moments | null> {
  const found = yield* sums(x);
  if (found === null) return null;
  const { count, smallest, largest } = found;
  if (smallest === largest) return momentsOf({ count, second: 0, third: 0, fourth: 0 }, 1);
  const mean = fixedMean(found);
  // Half of the width: the width itself may be beyond the largest double. Distances are at most one.
  const scale = unitScale(largest / 2 - smallest / 2) / 2;
  const distance = `(${x} * ${doubleLiteral(scale)} - ${doubleLiteral(mean.high * scale)} - ${doubleLiteral(mean.low * scale)})`;
  const square = `${distance} * ${distance}`;
  const powers = [square, `${square} * ${distance}`, `(${square}) * (${square})`];
  const cells = yield powers.map((power) => `sum(CAST(${power} * ${limb} AS BIGINT))`);
  const [second, third, fourth] = cells.map((cell) => Number(whole(cell)) / 2 ** limbBits) as [number, number, number];
  return momentsOf({ count, second, third, fourth }, scale);
}

function* sums(x: string): ScanPlan<Summed | null> {
  const [n, low, high] = yield [`count(${x})`, `min(${x})`, `max(${x})`];
  const [count, smallest, largest] = [Number(n), Number(low), Number(high)];
  if (count === 0) return null;
  const scale = fixedScale(Math.max(Math.abs(smallest), Math.abs(largest)));
  const scaled = `${x} * ${doubleLiteral(scale)}`;
  const cells = yield [
    `sum(CAST(trunc(${scaled}) AS BIGINT))`,
    `sum(CAST((${scaled} - trunc(${scaled})) * ${limb} AS BIGINT))`,
  ];
  return { count, scale, high: whole(cells[0]!), low: whole(cells[1]!), smallest, largest };
}

function whole(cell: Cell): bigint {
  return BigInt(cell as number | bigint);
}
