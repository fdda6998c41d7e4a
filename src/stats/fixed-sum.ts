/**
 * Sums of doubles as sums of whole numbers, which are the same in any order: each value times a power of two is cut into a whole number
 * of at most 62 bits, and what is left of it times 2^62 into another. Where values span less than 2^71 nothing is lost; smaller ones lose
 * what lies below 2^-124 of the largest. Somebody else (an engine) forms the two sums; here they are read.
 */
import type { TwoDoubles } from './frequency-moments.ts';

/** Bits of each of the two whole numbers of a value. */
export const limbBits = 62;
const extraBits = 64;

/** The two sums over `count` values, more than 0, that were multiplied by `scale`. */
export interface FixedSum {
  readonly count: number;
  readonly scale: number;
  readonly high: bigint;
  readonly low: bigint;
}

/** The power of two with which values of at most this size become whole numbers of at most 62 bits. */
export function fixedScale(largest: number): number {
  if (!(largest > 0)) return 1;
  return 2 ** Math.max(-1022, Math.min(1023, limbBits - Math.floor(Math.log2(largest)) - 1));
}

/** The sum, rounded once. */
export function fixedSum({ scale, high, low }: FixedSum): number {
  return Number((high << BigInt(limbBits)) + low) / 2 ** limbBits / scale;
}

/** The mean to 106 bits. */
export function fixedMean({ count, scale, high, low }: FixedSum): TwoDoubles {
  const whole = (((high << BigInt(limbBits)) + low) << BigInt(extraBits)) / BigInt(count);
  const first = Number(whole);
  const unit = (value: number): number => value / 2 ** limbBits / 2 ** extraBits / scale;
  return { high: unit(first), low: unit(Number(whole - BigInt(first))) };
}
