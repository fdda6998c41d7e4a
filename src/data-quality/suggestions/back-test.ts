/**
 * How far a value may go before it raises an alarm, and how often it would have.
 *
 * Partitions stand in the order in which they came. For each value the past gives a middle (the median) and, to either side, a reach: how far it ever
 * went, at least three robust standard deviations, and at least what chance does to so few rows. The score of a later partition is its distance from the
 * middle in reaches. A partition raises an alarm where the score of any check is above one common width. The width is found as in split conformal
 * prediction (Vovk, Gammerman and Shafer 2005; Lei and others 2018), of the largest score of each held-out partition over all checks together: so
 * the rate of alarms of the whole suite is held, however many checks there are and however they depend on each other, as far as the next partitions are like
 * those that were held out. That is one number learned of the held-out partitions, not one for each check.
 *
 * Nothing is judged by itself. The first two fifths of the partitions are past alone. What follows is cut into four blocks; each is scored with middles and
 * reaches of what came before it. The scores of the first block give the first width; each later block is then held to the width that all blocks before
 * it gave, and its alarms are those that are reported. Data drift, so the past is narrower than the future: the width is raised by a
 * tenth, and step by step by more where those alarms are more than were allowed. A check that alone would need a width beyond `widest` is dropped.
 *
 * The width aims at half the rate that is promised: what is aimed at is exceeded every second time.
 */
import { quantileOfSorted } from '../../stats/index.ts';
import type { PartitionValue } from './measure-partitions.ts';

/** What was measured of partitions by somebody who knew those before `end` alone. */
export interface Series {
  /** One for each partition; null where there was none. */
  readonly values: readonly PartitionValue[];
  /** The first partition whose value tells of the past: what is learned from rows tells nothing of these rows. */
  readonly from: number;
}

/** A value that a check holds to bounds. */
export interface Tested {
  /** On which deviations are alike: shares by the square root's arc sine, counts by the logarithm, other values as they are. */
  readonly scale: 'share' | 'count' | 'value';
  /** Where it may not go: beyond either bound, above one, or above `floor` at all. */
  readonly sides: 'both' | 'upper' | 'never';
  /** The smallest reach, on the scale; of a value that never went above it, that bound itself. */
  readonly floor: number;
  readonly series: (end: number) => Series;
}

/** The middle of a value and how far it reaches to either side, on its scale. */
export interface Reach {
  readonly middle: number;
  readonly up: number;
  readonly down: number;
}

const fewestValues = 5;
const pastShare = 0.4;
const fewestPast = 8;
const blockCount = 4;
/** Twice as far as ever before: what still cannot hold is no check. */
const widest = 2;
/** A value that is beyond its past in so many of the later partitions has none that tells of its future. */
const movingShare = 0.25;
/** Of fewer partitions none can be called strange. */
const partitionsForStrange = 20;
/** How much wider bounds are than the past asks for: a tenth, and more only where the back-test asks for it. */
const margins = [1.1, 1.25, 1.5, 2] as const;
const [belowDeviation, aboveDeviation] = [0.158_655, 0.841_345];

const scales: Readonly<Record<Tested['scale'], { to(value: number): number; from(value: number): number }>> = {
  share: {
    to: (value) => Math.asin(Math.sqrt(Math.min(1, Math.max(0, value)))),
    from: (value) => Math.sin(Math.min(Math.PI / 2, Math.max(0, value))) ** 2,
  },
  count: { to: Math.log1p, from: Math.expm1 },
  value: { to: (value) => value, from: (value) => value },
};

/** What the past says of a value; null of fewer than five. */
export function reachOf({ scale, floor }: Tested, past: readonly PartitionValue[]): Reach | null {
  const values = past.flatMap((value) => (value === null ? [] : [scales[scale].to(value)])).sort((a, b) => a - b);
  if (values.length < fewestValues) return null;
  const middle = quantileOfSorted(values, 0.5);
  const reach = (extreme: number, deviation: number): number =>
    Math.max(Math.abs(extreme - middle), 3 * deviation, floor);
  return {
    middle,
    up: reach(values.at(-1)!, quantileOfSorted(values, aboveDeviation) - middle),
    down: reach(values[0]!, middle - quantileOfSorted(values, belowDeviation)),
  };
}

/** How far a value is from the middle, in reaches; 0 where there is none. */
export function scoreOf({ scale, sides, floor }: Tested, reach: Reach, value: PartitionValue): number {
  if (value === null) return 0;
  if (sides === 'never') return value <= floor ? 0 : Number.POSITIVE_INFINITY;
  const distance = scales[scale].to(value) - reach.middle;
  if (distance > 0) return distance / reach.up;
  return sides === 'upper' ? 0 : -distance / reach.down;
}

/** The bounds that so many reaches give, as values; of one side alone `low` is null. */
export function boundsOf(
  { scale, sides, floor }: Tested,
  { middle, up, down }: Reach,
  width: number,
): { readonly low: number | null; readonly high: number } {
  const { from } = scales[scale];
  if (sides === 'never') return { low: null, high: floor };
  return { low: sides === 'both' ? from(middle - width * down) : null, high: from(middle + width * up) };
}

/** Where the past ends, for the first block and each one after it. */
export function blockEnds(partitionCount: number): number[] {
  const first = Math.max(fewestPast, Math.ceil(pastShare * partitionCount));
  const rest = partitionCount - first;
  return Array.from({ length: blockCount }, (_, block) => first + Math.floor((rest * block) / blockCount));
}

/** How wide bounds are, and which checks are left out because they would have to be wider. */
export interface Width {
  readonly width: number;
  readonly dropped: ReadonlySet<number>;
}

/**
 * The width at which the largest score of a partition is exceeded at most by `aim` of them, without the checks that move on, and without those that would take it
 * beyond twice the reach, the worst first. So few partitions that are beyond that all the same are strange: they decide nothing. Of too few partitions the tail is drawn on
 * as an exponential one.
 * @param scores of each check in each partition
 */
export function chooseWidth(scores: readonly (readonly number[])[], aim: number): Width {
  const partitions = scores[0]?.length ?? 0;
  const dropped = new Set(scores.flatMap((row, check) => (movesOn(row) ? [check] : [])));
  const strange = partitions < partitionsForStrange ? 0 : Math.max(1, Math.floor(aim * partitions));
  for (;;) {
    const largest = Array.from({ length: partitions }, (_, at) =>
      scores.reduce((most, row, check) => (dropped.has(check) ? most : Math.max(most, row[at]!)), 0),
    );
    const usual = largest.filter((score) => score <= widest);
    const worst = largest.length - usual.length > strange ? worstOf(scores, dropped) : null;
    if (worst === null) return { width: Math.min(widest, Math.max(1, exceededBy(usual, aim))), dropped };
    dropped.add(worst);
  }
}

/** Whether a value goes beyond everything that was before, again and again. */
function movesOn(row: readonly number[]): boolean {
  return row.filter((score) => score > 1).length > movingShare * row.length;
}

function worstOf(scores: readonly (readonly number[])[], dropped: ReadonlySet<number>): number | null {
  let worst: { check: number; count: number; most: number } | null = null;
  for (const [check, row] of scores.entries()) {
    if (dropped.has(check)) continue;
    const beyond = row.filter((score) => score > widest);
    const most = Math.max(0, ...beyond);
    if (beyond.length === 0) continue;
    if (worst === null || beyond.length > worst.count || (beyond.length === worst.count && most > worst.most))
      worst = { check, count: beyond.length, most };
  }
  return worst?.check ?? null;
}

/** What at most `aim` of further values would be above. */
function exceededBy(values: readonly number[], aim: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const { length } = sorted;
  if (length === 0) return 1;
  const rank = Math.ceil((length + 1) * (1 - aim));
  if (rank <= length) return sorted[rank - 1]!;
  const upper = sorted.slice(Math.floor((3 * length) / 4));
  const start = sorted[Math.max(0, length - upper.length - 1)]!;
  const excess = upper.reduce((sum, value) => sum + value - start, 0) / upper.length;
  return sorted.at(-1)! + Math.max(excess, 0.1) * Math.log(1 / (aim * (length + 1)));
}

/** What came of holding checks to partitions that they were not made from. */
export interface BackTest extends Width {
  /** Partitions that were held to what came before them. */
  readonly heldOutCount: number;
  /** Those in which the suite, as it was then, raised an alarm. */
  readonly alarmCount: number;
  /** Those in which each check alone would have. */
  readonly alarmsOfCheck: readonly number[];
}

/**
 * Back-tests checks on the later ones of so many partitions, so that at most `rate` of them raise an alarm.
 * @param rate above 0, below 1
 */
export function backTest(checks: readonly Tested[], partitionCount: number, rate: number): BackTest {
  const ends = blockEnds(partitionCount);
  const first = ends[0]!;
  const scores = checks.map((check) => scoresOf(check, ends, partitionCount));
  const before = (end: number): number[][] => scores.map((row) => row.slice(0, end - first));
  const widths = ends.slice(1).map((end) => chooseWidth(before(end), rate / 2));
  const heldOutCount = partitionCount - ends[1]!;
  const widthAt = (at: number): Width => widths[ends.slice(1).findLastIndex((end) => end <= at)]!;
  const isAbove = (check: number, at: number, margin: number): boolean =>
    scores[check]![at - first]! > widthAt(at).width * margin;
  const heldOut = Array.from({ length: heldOutCount }, (_, at) => ends[1]! + at);
  const alarms = (margin: number): number =>
    heldOut.filter((at) => scores.some((_, check) => !widthAt(at).dropped.has(check) && isAbove(check, at, margin)))
      .length;
  // A margin that changes nothing is none: what only moves on is not held by twice the width either.
  const allowed = Math.max(1, (rate / 2) * heldOutCount, Math.min(...margins.map(alarms)));
  const margin = margins.find((one) => alarms(one) <= allowed)!;
  const final = chooseWidth(before(partitionCount), rate / 2);
  const alarmsOfCheck = scores.map((_, check) => heldOut.filter((at) => isAbove(check, at, margin)).length);
  // What alone takes more than half of the alarms that all may raise has failed.
  const failed = alarmsOfCheck.flatMap((count, check) =>
    count > Math.max(1, (rate / 2) * heldOutCount) ? [check] : [],
  );
  return {
    width: final.width * margin,
    dropped: new Set([...final.dropped, ...failed]),
    heldOutCount,
    alarmCount: alarms(margin),
    alarmsOfCheck,
  };
}

/** Scores of a check in all partitions from the first block on, each by what came before its block. */
function scoresOf(check: Tested, ends: readonly number[], partitionCount: number): number[] {
  return ends.flatMap((end, block) => {
    const next = ends[block + 1] ?? partitionCount;
    const { values, from } = check.series(end);
    const reach = reachOf(check, values.slice(from, end));
    return values.slice(end, next).map((value) => (reach === null ? 0 : scoreOf(check, reach, value)));
  });
}
