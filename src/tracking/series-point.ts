import type { Metric } from './entities.ts';

/** A point of a series as its row says it. */
export interface StoredPoint {
  readonly timestamp_ms: number;
  /** As text: it may exceed 2^53. */
  readonly step: string;
  /** 0 where it is no number. */
  readonly value: number;
  readonly is_nan: number;
}

/** What names a point within its series, in the order in which points stand. */
export const pointKey = ['timestamp_ms', 'step', 'value', 'is_nan'] as const;

/** The places of `pointKey` in a query. */
export const keyPlaces = '(?, ?, ?, ?)';

/** The values of `pointKey`, for a query. */
export function keyOf(point: StoredPoint): [number, bigint, number, number] {
  return [point.timestamp_ms, BigInt(point.step), point.value, point.is_nan];
}

/** By time, step, value; below 0 where `a` stands before `b`. */
export function comparePoints(a: StoredPoint, b: StoredPoint): number {
  return (
    a.timestamp_ms - b.timestamp_ms || compareSteps(a.step, b.step) || sign(a.value, b.value) || a.is_nan - b.is_nan
  );
}

/** Integers in text, by size. */
export function compareSteps(a: string, b: string): number {
  if (a === b) return 0;
  // Fifteen digits fit into a double.
  if (a.length < 16 && b.length < 16) return Number(a) - Number(b);
  return sign(BigInt(a), BigInt(b));
}

function sign<Value extends number | bigint>(a: Value, b: Value): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A row in the words of the port. */
export function metricOf(point: StoredPoint, key: string): Metric {
  return {
    key,
    value: point.is_nan === 1 ? Number.NaN : point.value,
    timestampMs: point.timestamp_ms,
    step: BigInt(point.step),
  };
}
