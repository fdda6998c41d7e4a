/**
 * What a record keeps of an execution beside files: the numbers that it logged, and small values. They are too many, and too
 * much anybody's business, to stand in a statement, which names them by digest among its byproducts.
 */
import { type Digest, digestJson, type JsonValue } from '../encoding/index.ts';

/** A number that an execution logged. NaN and infinities are values. */
export interface LoggedNumber {
  readonly name: string;
  /** Position in the series. */
  readonly step: number;
  readonly value: number;
  readonly timestampMs: number;
}

/** What is named by one digest each; nothing stands for none. Names of files and logs hold a slash: these are never theirs. */
export function recordedByproducts(of: {
  readonly metrics: readonly LoggedNumber[];
  readonly values: Readonly<Record<string, JsonValue>>;
}): { readonly name: string; readonly digest: Digest }[] {
  const { metrics, values } = of;
  return [
    ...(metrics.length === 0 ? [] : [{ name: 'metrics', digest: digestNumbers(metrics) }]),
    ...(Object.keys(values).length === 0 ? [] : [{ name: 'values', digest: digestJson(values) }]),
  ];
}

/** The same for the same numbers in whatever order, as often as each is there. */
function digestNumbers(points: readonly LoggedNumber[]): Digest {
  const rows = points.map(({ name, step, value, timestampMs }) => [
    name,
    step,
    Number.isFinite(value) ? value : String(value),
    timestampMs,
  ]);
  const sorted = rows
    .map((row) => [JSON.stringify(row), row] as const)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return digestJson(sorted.map(([, row]) => row));
}
