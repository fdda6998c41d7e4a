import { type Digest, digestJson, parseInstant } from '../../encoding/index.ts';
import { formatExpression, type HistoryDemand, parseExpression } from '../../spec/index.ts';

/** A value as an earlier run measured it. */
export interface SeriesPoint {
  /** An instant, as ISO text. */
  readonly at: string;
  /** Null: it was missing or no number, or is left out as an anomaly; its place stays. */
  readonly value: number | null;
}

/** The next value: when it is; null: that is not said. */
export interface NextValue {
  readonly atMs: number | null;
}

/** Which value of a table: in canonical form, and the rows that it is about. */
export interface ValueName {
  readonly that: string;
  readonly where: string | null;
}

/** The series that a check is judged against. */
export interface CheckHistory {
  /** When the value is that is judged; null: that is not said. */
  readonly atMs: number | null;
  /** What was measured before, by time. */
  readonly seriesOf: (value: ValueName) => readonly SeriesPoint[];
  /** Why somebody accepted this very value, however unusual; null: nobody did. */
  readonly acceptedOf: (value: ValueName) => string | null;
}

/** The name of the value of a check, the same however it is spaced and bracketed; both parts must be such as can be read. */
export function valueName({ that, where }: ValueName): ValueName {
  return { that: canonical(that), where: where === null ? null : canonical(where) };
}

function canonical(text: string): string {
  const { expression } = parseExpression(text);
  return expression === null ? text : formatExpression(expression);
}

/** The points that a demand takes: those since its moment, and of these the newest; exceptions without their values. */
export function consulted(points: readonly SeriesPoint[], demand: HistoryDemand): readonly SeriesPoint[] {
  const fromMs = demand.since === null ? Number.NEGATIVE_INFINITY : parseInstant(demand.since)!;
  return points
    .filter(({ at }) => Date.parse(at) >= fromMs)
    .slice(-demand.window)
    .map(({ at, value }) => ({ at, value: isException(Date.parse(at), demand) ? null : value }));
}

/** Whether a moment is declared as an exception: it, or the day in UTC that it is in. */
export function isException(atMs: number, { except }: HistoryDemand): boolean {
  return except.some((written) => {
    const fromMs = parseInstant(written)!;
    return written.includes('T') ? atMs === fromMs : atMs >= fromMs && atMs < fromMs + dayMs;
  });
}

const dayMs = 86_400_000;

/** The digest by which evidence names a series: of times and values, in order. */
export function seriesDigest(points: readonly SeriesPoint[]): Digest {
  return digestJson(points.map(({ at, value }) => [at, value]));
}
