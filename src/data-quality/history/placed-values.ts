import type { HistoryDemand } from '../../spec/index.ts';
import type { NextValue, SeriesPoint } from './series.ts';

/** Places of a series at most. */
const mostPlaces = 20_000;

/** Values at the places that a season counts: NaN where one is missing. */
export interface PlacedValues {
  readonly values: readonly number[];
  /** How many places the next value is after the last that is there: 1, unless some are missing between. */
  readonly ahead: number;
}

/**
 * Puts values at their places: one after the other, or, where the time from one to the next is declared, by their times. Of several at a
 * place the last counts; those at the place of the next value do not. A text says why there are no places.
 */
export function placedValues(
  points: readonly SeriesPoint[],
  { every }: HistoryDemand,
  next: NextValue,
): PlacedValues | string {
  if (every !== null && next.atMs === null) return 'with every it must be said when it is measured: declare as_of';
  const values = every === null ? points.map(({ value }) => value ?? Number.NaN) : byTime(points, every, next.atMs!);
  if (typeof values === 'string') return values;
  const last = values.findLastIndex(Number.isFinite);
  return { values, ahead: values.length - last };
}

function byTime(points: readonly SeriesPoint[], everyMs: number, atMs: number): number[] | string {
  const [first] = points;
  if (first === undefined) return [];
  const placeOf = (at: number): number => Math.round((at - Date.parse(first.at)) / everyMs);
  const count = placeOf(atMs);
  if (count > mostPlaces) return `the values before span ${count} places, more than ${mostPlaces}`;
  const values = Array.from({ length: Math.max(0, count) }, () => Number.NaN);
  for (const { at, value } of points) {
    const place = placeOf(Date.parse(at));
    if (place < values.length && value !== null) values[place] = value;
  }
  return values;
}
