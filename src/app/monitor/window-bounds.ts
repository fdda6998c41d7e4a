import { parseInstant } from '../../encoding/index.ts';
import { PlatformError } from '../../errors/index.ts';

/** Between two instants: `fromMs` is in it, `toMs` is not. */
export interface WindowBounds {
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * Bounds as they are written: dates, which begin at midnight UTC, or instants with their zone.
 * @throws PlatformError CONFIG_BAD_VALUE
 */
export function parseBounds(from: string, to: string): WindowBounds {
  const bounds = { fromMs: instantOf(from, '--from'), toMs: instantOf(to, '--to') };
  if (bounds.fromMs < bounds.toMs) return bounds;
  throw new PlatformError('CONFIG_BAD_VALUE', {
    message: `expected --to to be later than --from, found ${from} to ${to}`,
  });
}

function instantOf(text: string, name: string): number {
  const atMs = parseInstant(text);
  if (atMs !== null) return atMs;
  throw new PlatformError('CONFIG_BAD_VALUE', {
    message: `expected ${name} to be a date or an instant such as 2026-11-01 or 2026-11-01T06:00:00Z, found ${JSON.stringify(text.slice(0, 100))}`,
  });
}
