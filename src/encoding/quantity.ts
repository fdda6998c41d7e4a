import { PlatformError } from '../errors/index.ts';

const durationUnitsMs: Readonly<Record<string, number>> = {
  us: 0.001,
  µs: 0.001,
  ms: 1,
  s: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};
const byteUnits: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
  TiB: 1024 ** 4,
  Ki: 1024,
  Mi: 1024 ** 2,
  Gi: 1024 ** 3,
  Ti: 1024 ** 4,
};
const form = /^\s*(\d+(?:\.\d+)?(?:e[+-]?\d+)?)\s*([A-Za-zµ]*)\s*$/;

/** Milliseconds that each unit of time stands for. */
export const durationUnits = durationUnitsMs;
/** Bytes that each unit of size stands for. */
export const sizeUnits = byteUnits;

/**
 * A length of time in milliseconds. Units: us, ms, s, m or min, h, d, w; the unit is required.
 * @throws PlatformError ENCODING_BAD_QUANTITY
 * @example parseDuration('1.5 h') // 5400000
 */
export function parseDuration(text: string): number {
  return parseQuantity(text, durationUnitsMs, 'a duration such as 20 ms, 1.5 h or 1d');
}

/**
 * A size in bytes. Units: B, kB, MB, GB, TB (powers of 1000), KiB … TiB and Ki … Ti (powers of 1024); required.
 * @throws PlatformError ENCODING_BAD_QUANTITY
 * @example parseBytes('512Mi') // 536870912
 */
export function parseBytes(text: string): number {
  return parseQuantity(text, byteUnits, 'a size such as 512 MiB, 512Mi or 2 GB');
}

function parseQuantity(text: string, units: Readonly<Record<string, number>>, expected: string): number {
  const match = form.exec(text);
  const factor = match === null || !Object.hasOwn(units, match[2]!) ? undefined : units[match[2]!];
  if (match === null || factor === undefined) {
    throw new PlatformError('ENCODING_BAD_QUANTITY', {
      message: `expected ${expected}, found ${JSON.stringify(text.slice(0, 60))}`,
    });
  }
  return Number(match[1]) * factor;
}

/** A length of time for people. @example formatDuration(61_500) // '1m 01s' */
export function formatDuration(durationMs: number): string {
  if (durationMs < 1000) return `${Math.round(durationMs)} ms`;
  if (durationMs < 60_000) return `${(durationMs / 1000).toFixed(1)} s`;
  const totalSeconds = Math.round(durationMs / 1000);
  const seconds = String(totalSeconds % 60).padStart(2, '0');
  if (totalSeconds < 3600) return `${Math.floor(totalSeconds / 60)}m ${seconds}s`;
  return `${Math.floor(totalSeconds / 3600)}h ${String(Math.floor(totalSeconds / 60) % 60).padStart(2, '0')}m`;
}

/** A size for people, in powers of 1024. @example formatBytes(1536) // '1.5 KiB' */
export function formatBytes(sizeBytes: number): string {
  const names = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = sizeBytes;
  let index = 0;
  while (value >= 1024 && index < names.length - 1) {
    value /= 1024;
    index++;
  }
  return index === 0 ? `${value} B` : `${value.toFixed(1)} ${names[index]}`;
}
