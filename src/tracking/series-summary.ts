/**
 * What is kept of many points: real points, with their time, step and value. Summaries of parts that follow each other
 * make the summary of the whole, whatever the parts were: the smallest and the largest value are the earliest ones among
 * equals, so nothing depends on where a series was cut.
 */
import { comparePoints, compareSteps, type StoredPoint } from './series-point.ts';

/** The points that stand for all of a part of a series. */
export interface SeriesSummary {
  readonly first: StoredPoint;
  readonly last: StoredPoint;
  /** The earliest of the points with the smallest value; null where all are NaN. */
  readonly min: StoredPoint | null;
  readonly max: StoredPoint | null;
  /** The earliest NaN; null where there is none. */
  readonly nan: StoredPoint | null;
  readonly lowStep: string;
  readonly highStep: string;
  /** How many points it stands for, at least 1; points that were logged twice may count twice. */
  readonly count: number;
}

/** The summary of one point. */
export function summaryOf(point: StoredPoint): SeriesSummary {
  const isNan = point.is_nan === 1;
  const value = isNan ? null : point;
  const nan = isNan ? point : null;
  return {
    first: point,
    last: point,
    min: value,
    max: value,
    nan,
    lowStep: point.step,
    highStep: point.step,
    count: 1,
  };
}

/** The summary of points in their order. At least one. */
export function summarize(points: readonly StoredPoint[]): SeriesSummary {
  const [first] = points as [StoredPoint];
  let min: StoredPoint | null = null;
  let max: StoredPoint | null = null;
  let nan: StoredPoint | null = null;
  let [lowStep, highStep] = [first.step, first.step];
  for (const point of points) {
    if (point.is_nan === 1) nan ??= point;
    else {
      if (min === null || point.value < min.value) min = point;
      if (max === null || point.value > max.value) max = point;
    }
    if (compareSteps(point.step, lowStep) < 0) lowStep = point.step;
    else if (compareSteps(point.step, highStep) > 0) highStep = point.step;
  }
  return { first, last: points.at(-1)!, min, max, nan, lowStep, highStep, count: points.length };
}

/** The summary of two parts, in whichever order, also of parts that overlap. */
export function merge(a: SeriesSummary, b: SeriesSummary): SeriesSummary {
  return {
    first: comparePoints(a.first, b.first) <= 0 ? a.first : b.first,
    last: comparePoints(a.last, b.last) >= 0 ? a.last : b.last,
    min: extreme(a.min, b.min, -1),
    max: extreme(a.max, b.max, 1),
    nan: extreme(a.nan, b.nan, 1),
    lowStep: compareSteps(a.lowStep, b.lowStep) <= 0 ? a.lowStep : b.lowStep,
    highStep: compareSteps(a.highStep, b.highStep) >= 0 ? a.highStep : b.highStep,
    count: a.count + b.count,
  };
}

function extreme(a: StoredPoint | null, b: StoredPoint | null, direction: 1 | -1): StoredPoint | null {
  if (a === null || b === null) return a ?? b;
  if (a.value !== b.value) return direction * (a.value - b.value) > 0 ? a : b;
  return comparePoints(a, b) <= 0 ? a : b;
}

/** At most so many summaries of summaries that follow each other, each of about as many points. */
export function reduce(parts: readonly SeriesSummary[], limit: number): SeriesSummary[] {
  if (parts.length <= limit) return [...parts];
  const total = parts.reduce((sum, { count }) => sum + count, 0);
  const reduced: SeriesSummary[] = [];
  let [before, bucket] = [0, -1];
  for (const part of parts) {
    const place = Math.floor((before / total) * limit);
    if (place === bucket) reduced[reduced.length - 1] = merge(reduced.at(-1)!, part);
    else reduced.push(part);
    [before, bucket] = [before + part.count, place];
  }
  return reduced;
}

/** The different points of a summary, the earliest first. */
export function pointsOf({ first, last, min, max, nan }: SeriesSummary): StoredPoint[] {
  const points = [first, min, max, nan, last].filter((point) => point !== null);
  points.sort(comparePoints);
  return points.filter((point, index) => index === 0 || comparePoints(points[index - 1]!, point) !== 0);
}

type PackedPoint = readonly [number, string, number, number];

/** A summary as text. */
export function packSummary(summary: SeriesSummary): string {
  const { first, last, min, max, nan, lowStep, highStep, count } = summary;
  const pack = (point: StoredPoint | null): PackedPoint | null =>
    point === null ? null : [point.timestamp_ms, point.step, point.value, point.is_nan];
  return JSON.stringify([...[first, last, min, max, nan].map(pack), lowStep, highStep, count]);
}

/** The summary in a text of `packSummary`. */
export function unpackSummary(text: string): SeriesSummary {
  type Packed = [PackedPoint, PackedPoint, PackedPoint | null, PackedPoint | null, PackedPoint | null];
  const [first, last, min, max, nan, lowStep, highStep, count] = JSON.parse(text) as [
    ...Packed,
    string,
    string,
    number,
  ];
  return {
    first: unpackPoint(first),
    last: unpackPoint(last),
    min: min && unpackPoint(min),
    max: max && unpackPoint(max),
    nan: nan && unpackPoint(nan),
    lowStep,
    highStep,
    count,
  };
}

function unpackPoint([timestamp_ms, step, value, is_nan]: PackedPoint): StoredPoint {
  return { timestamp_ms, step, value, is_nan };
}
