/**
 * Numbers as text and text as numbers, in the one way that both interpreters know: the shortest decimal that reads back as
 * the same double, in the notation of ECMAScript (`3`, `0.1`, `1e+21`, `1e-7`); `nan`, `inf` and `-inf` for the others.
 */

const NUMBER = /^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/;
const INFINITE = /^([+-]?)inf(?:inity)?$/i;

/** A double as text. -0 gives `0`. */
export function formatNumber(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (value === Number.POSITIVE_INFINITY) return 'inf';
  if (value === Number.NEGATIVE_INFINITY) return '-inf';
  return String(value);
}

/** The number that a text spells, after trimming white space; null where it spells none. Case of `NaN`, `inf` is ignored. */
export function parseNumber(trimmed: string): number | null {
  if (NUMBER.test(trimmed)) return Number(trimmed);
  const infinite = INFINITE.exec(trimmed);
  if (infinite !== null) return infinite[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return trimmed.toLowerCase() === 'nan' && trimmed.length === 3 ? Number.NaN : null;
}
