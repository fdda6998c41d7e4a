/** How bounds and shares are written in checks, and told in sentences. */
import type { Extent } from './candidate.ts';

/** Bounds of a share that leave out no more than so much on either side say nothing. */
const nothingSaid = 0.1;

/** A number as sentences show it. */
export function told(value: number): string {
  return String(Number(value.toPrecision(5)));
}

/** What a value was, as a sentence. */
export function toldExtent({ low, high }: Extent): string {
  return `it was ${told(low)} to ${told(high)}`;
}

/** A value held to two bounds. */
export function between(text: string, { low, high }: Extent): string {
  return low === high ? `${text} == ${low}` : `${text} between ${low} and ${high}`;
}

/** Rounds toward the bounds: whole numbers are within them exactly if they are within these. */
export function inward({ low, high }: Extent): Extent {
  return { low: Math.ceil(low) + 0, high: Math.floor(high) + 0 };
}

/** A whole number that is not below 0, held to two bounds. */
export function wholeWithin(text: string, { low, high }: Extent): string {
  return low <= 0 ? `${text} <= ${Math.floor(high)}` : between(text, inward({ low, high }));
}

/** A share held to two bounds; null where they are no bounds. */
export function shareWithin(text: string, { low, high }: Extent): string | null {
  const wide = low <= 0 ? { low: 0, high: 100 * shareAbove(high) } : outward({ low: 100 * low, high: 100 * high });
  const [least, most] = [wide.low / 100, wide.high / 100];
  if (least <= nothingSaid && most >= 1 - nothingSaid) return null;
  if (least <= 0) return `${text} <= ${shareText(most)}`;
  return most >= 1 ? `${text} >= ${shareText(least)}` : `${text} between ${shareText(least)} and ${shareText(most)}`;
}

/**
 * Bounds around bounds that are short to write: outward to a hundredth of their distance at most, and at least to a tenth of that.
 * @example outward({ low: -71.3, high: 1249 }) // { low: -80, high: 1250 }
 */
export function outward({ low, high }: Extent): Extent {
  const size = Math.max(high - low, Math.abs(high) * 1e-9, Math.abs(low) * 1e-9);
  if (!(size > 0 && Number.isFinite(size))) return { low, high };
  const step = 10 ** (Math.floor(Math.log10(size)) - 1);
  const short = (value: number): number => Number(value.toPrecision(12)) + 0;
  return {
    low: Math.min(low, short(Math.floor(low / step) * step)),
    high: Math.max(high, short(Math.ceil(high / step) * step)),
  };
}

/** A share that is at least as large and short to write: two digits. */
export function shareAbove(share: number): number {
  if (!(share > 0)) return 0;
  const step = 10 ** (Math.floor(Math.log10(share)) - 1);
  const percent = 100 * Math.ceil(Number((share / step).toPrecision(9))) * step;
  // As the text of it is read.
  return Math.min(1, Number(percent.toPrecision(6)) / 100);
}

/** A share as checks write it: `0.3%`. */
export function shareText(share: number): string {
  return `${Number((share * 100).toPrecision(8))}%`;
}
