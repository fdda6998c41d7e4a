import type { Column } from '../../tables/index.ts';
import { civilFromDays, DAY_US, dayOfYear, isoWeek, weekdayOfDays } from '../text/calendar.ts';
import { int64, type Kernel, numbersOf } from './kernel.ts';

/** Recently asked days and their part: rows of one batch share few days. */
const DAY_CACHE_SIZE = 4096;

function partOfDay(compute: (days: number) => number): Kernel {
  const cachedDay = new Float64Array(DAY_CACHE_SIZE).fill(Number.NaN);
  const cachedPart = new Float64Array(DAY_CACHE_SIZE);
  return (inputs, rowCount) => {
    const from = numbersOf(inputs[0]!);
    const divisor = inputs[0]!.type === 'timestamp' ? DAY_US : 1;
    const out = new Float64Array(rowCount);
    for (let i = 0; i < rowCount; i++) {
      const day = Math.floor(from[i]! / divisor);
      const slot = day & (DAY_CACHE_SIZE - 1);
      if (cachedDay[slot] !== day) {
        cachedDay[slot] = day;
        cachedPart[slot] = compute(day);
      }
      out[i] = cachedPart[slot]!;
    }
    return int64(out, inputs[0]!.valid);
  };
}

function partOfClock(unitUs: number, modulus: number): Kernel {
  return (inputs: readonly Column[], rowCount) => {
    const from = numbersOf(inputs[0]!);
    const out = new Float64Array(rowCount);
    for (let i = 0; i < rowCount; i++) {
      const whole = Math.floor(from[i]! / unitUs);
      out[i] = whole - Math.floor(whole / modulus) * modulus;
    }
    return int64(out, inputs[0]!.valid);
  };
}

/** The year. */
export const yearKernel = (): Kernel => partOfDay((days) => civilFromDays(days).year);
/** 1 to 12. */
export const monthKernel = (): Kernel => partOfDay((days) => civilFromDays(days).month);
/** The day of the month, 1 to 31. */
export const dayKernel = (): Kernel => partOfDay((days) => civilFromDays(days).day);
/** Monday 0 to Sunday 6. */
export const weekdayKernel = (): Kernel => partOfDay(weekdayOfDays);
/** 1 to 366. */
export const dayOfYearKernel = (): Kernel => partOfDay(dayOfYear);
/** The ISO 8601 week, 1 to 53. */
export const weekKernel = (): Kernel => partOfDay(isoWeek);
/** 0 to 23, of timestamps. */
export const hourKernel = (): Kernel => partOfClock(3_600_000_000, 24);
/** 0 to 59, of timestamps. */
export const minuteKernel = (): Kernel => partOfClock(60_000_000, 60);
/** 0 to 59, of timestamps. */
export const secondKernel = (): Kernel => partOfClock(1_000_000, 60);
