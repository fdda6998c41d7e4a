import { formatInstant } from './clock.ts';

const form = /^(\d{4}-\d\d-\d\d)(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d))?$/;

/**
 * A date, which begins at midnight UTC, or an instant with its zone, in milliseconds since 1970; null where a text is neither.
 * @example parseInstant('2026-11-01T06:00:00+01:00') // 1793509200000
 */
export function parseInstant(text: string): number | null {
  const [, day] = form.exec(text) ?? [];
  if (day === undefined) return null;
  const atMs = Date.parse(text);
  // Else February 30 would be a day in March.
  const isDay = formatInstant(Date.parse(day) || 0).startsWith(day);
  return isDay && Number.isFinite(atMs) ? atMs : null;
}
