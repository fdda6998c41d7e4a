import { formatInstant } from '../../encoding/index.ts';
import { PlatformError } from '../../errors/index.ts';

/** Between two instants: `fromMs` is in it, `toMs` is not. */
export interface WindowBounds {
  readonly fromMs: number;
  readonly toMs: number;
}

const form = /^(\d{4}-\d\d-\d\d)(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d))?$/;

/**
 * Bounds as they are written: dates, which begin at midnight UTC, or instants with their zone.
 * @throws PlatformError CONFIG_BAD_VALUE
 */
export function parseBounds(from: string, to: string): WindowBounds {
  const bounds = { fromMs: parseInstant(from, '--from'), toMs: parseInstant(to, '--to') };
  if (bounds.fromMs < bounds.toMs) return bounds;
  throw new PlatformError('CONFIG_BAD_VALUE', {
    message: `expected --to to be later than --from, found ${from} to ${to}`,
  });
}

function parseInstant(text: string, name: string): number {
  const [, day] = form.exec(text) ?? [];
  const atMs = day === undefined ? Number.NaN : Date.parse(text);
  // Else February 30 would be a day in March.
  const isDay = day !== undefined && formatInstant(Date.parse(day) || 0).startsWith(day);
  if (isDay && Number.isFinite(atMs)) return atMs;
  throw new PlatformError('CONFIG_BAD_VALUE', {
    message: `expected ${name} to be a date or an instant such as 2026-11-01 or 2026-11-01T06:00:00Z, found ${JSON.stringify(text.slice(0, 100))}`,
  });
}
