import type { JsonValue } from '../../encoding/index.ts';

/** How two documents differ. */
export interface JsonDifference {
  /** Places whose values differ by more than the tolerance, as `metrics.auc.value`; the first few. */
  readonly places: readonly string[];
  readonly placeCount: number;
  /** Places whose numbers differ, and not by more. */
  readonly withinCount: number;
}

const mostPlaces = 3;

/**
 * Compares two JSON documents member by member. Two numbers are equal within a tolerance `t` where
 * `|a - b| <= t * max(1, |a|, |b|)`; everything else is equal or not.
 */
export function compareJson(before: JsonValue, after: JsonValue, tolerance: number): JsonDifference {
  const places: string[] = [];
  let [placeCount, withinCount] = [0, 0];
  const waiting: [place: string, before: JsonValue | undefined, after: JsonValue | undefined][] = [['', before, after]];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const [place, a, b] = next;
    if (Object.is(a, b)) continue;
    if (typeof a === 'number' && typeof b === 'number' && isWithin(a, b, tolerance)) withinCount += 1;
    else if (isNested(a) && isNested(b) && Array.isArray(a) === Array.isArray(b)) waiting.push(...members(place, a, b));
    else {
      placeCount += 1;
      if (places.length < mostPlaces) places.push(place);
    }
  }
  return { places, placeCount, withinCount };
}

type Nested = Readonly<Record<string, JsonValue>>;

function isNested(value: JsonValue | undefined): value is Nested {
  return typeof value === 'object' && value !== null;
}

function isWithin(a: number, b: number, tolerance: number): boolean {
  return Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(a), Math.abs(b));
}

/** Members of both, in reverse, so that they are taken in their order. */
function members(place: string, a: Nested, b: Nested): [string, JsonValue | undefined, JsonValue | undefined][] {
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  return names.reverse().map((name) => [place === '' ? name : `${place}.${name}`, a[name], b[name]]);
}
