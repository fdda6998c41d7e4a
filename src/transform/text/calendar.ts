/**
 * Days and microseconds since 1970-01-01T00:00:00Z as parts of the proleptic Gregorian calendar, in UTC. Arithmetic on
 * doubles with floor alone, so that the Python twin gives the same numbers.
 *
 * @see Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days and days_from_civil
 */

/** Microseconds in a day. */
export const DAY_US = 86_400_000_000;

interface CivilDate {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

const floor = Math.floor;

/** Year, month (1 to 12) and day of the month of a day since 1970. */
export function civilFromDays(days: number): CivilDate {
  const shifted = days + 719468;
  const era = floor(shifted / 146097);
  const dayOfEra = shifted - era * 146097;
  const yearOfEra = floor(
    (dayOfEra - floor(dayOfEra / 1460) + floor(dayOfEra / 36524) - floor(dayOfEra / 146096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + floor(yearOfEra / 4) - floor(yearOfEra / 100));
  const monthFromMarch = floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - floor((153 * monthFromMarch + 2) / 5) + 1;
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day };
}

/** The day since 1970 of a calendar date. */
export function daysFromCivil(year: number, month: number, day: number): number {
  const fromMarch = month <= 2 ? year - 1 : year;
  const era = floor(fromMarch / 400);
  const yearOfEra = fromMarch - era * 400;
  const dayOfYear = floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  return era * 146097 + yearOfEra * 365 + floor(yearOfEra / 4) - floor(yearOfEra / 100) + dayOfYear - 719468;
}

/** Monday 0 to Sunday 6. */
export function weekdayOfDays(days: number): number {
  return days + 3 - floor((days + 3) / 7) * 7;
}

/** 1 to 366. */
export function dayOfYear(days: number): number {
  return days - daysFromCivil(civilFromDays(days).year, 1, 1) + 1;
}

/** The ISO 8601 week, 1 to 53: the week of the year's first Thursday is week 1. */
export function isoWeek(days: number): number {
  const thursday = days - weekdayOfDays(days) + 3;
  return floor((dayOfYear(thursday) - 1) / 7) + 1;
}

function pad(value: number, width: number): string {
  return String(value).padStart(width, '0');
}

/** `2001-01-31`; years before 0 or after 9999 with a sign and six digits. */
export function formatDate(days: number): string {
  const { year, month, day } = civilFromDays(days);
  const text = year >= 0 && year <= 9999 ? pad(year, 4) : `${year < 0 ? '-' : '+'}${pad(Math.abs(year), 6)}`;
  return `${text}-${pad(month, 2)}-${pad(day, 2)}`;
}

/** `2001-01-31T06:05:04Z`, with six digits of the second where it is not whole. */
export function formatTimestamp(microseconds: number): string {
  const days = floor(microseconds / DAY_US);
  const rest = microseconds - days * DAY_US;
  const seconds = floor(rest / 1_000_000);
  const fraction = rest - seconds * 1_000_000;
  const clock = `${pad(floor(seconds / 3600), 2)}:${pad(floor(seconds / 60) % 60, 2)}:${pad(seconds % 60, 2)}`;
  return `${formatDate(days)}T${clock}${fraction === 0 ? '' : `.${pad(fraction, 6)}`}Z`;
}

const DATE = /^([0-9]{4})-([0-9]{2})-([0-9]{2})$/;
const TIMESTAMP =
  /^([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,6})[0-9]*)?)?(Z|z|[+-][0-9]{2}:?[0-9]{2})?$/;

/** Days since 1970 of a text of the form `2001-01-31`; null for any other text and for days that do not exist. */
export function parseDate(text: string): number | null {
  const match = DATE.exec(text);
  if (match === null) return null;
  const year = Number(match[1]);
  const month = Number(match[2]);
  const day = Number(match[3]);
  if (month < 1 || month > 12 || day < 1 || day > 31) return null;
  const days = daysFromCivil(year, month, day);
  return civilFromDays(days).day === day ? days : null;
}

/**
 * Microseconds since 1970 of an ISO 8601 text: a date, or a date, `T` or a space, hours and minutes, then optionally
 * seconds, a fraction (cut after six digits) and a zone. Without a zone it is UTC. Null for any other text.
 */
export function parseTimestamp(text: string): number | null {
  const date = parseDate(text);
  if (date !== null) return date * DAY_US;
  const match = TIMESTAMP.exec(text);
  if (match === null) return null;
  const days = parseDate(match[1]!);
  const hour = Number(match[2]);
  const minute = Number(match[3]);
  const second = Number(match[4] ?? '0');
  if (days === null || hour > 23 || minute > 59 || second > 59) return null;
  const fraction = Number((match[5] ?? '').padEnd(6, '0'));
  const offset = zoneMinutes(match[6]);
  if (offset === null) return null;
  return days * DAY_US + ((hour * 60 + minute - offset) * 60 + second) * 1_000_000 + fraction;
}

function zoneMinutes(zone: string | undefined): number | null {
  if (zone === undefined || zone === 'Z' || zone === 'z') return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(-2));
  if (hours > 23 || minutes > 59) return null;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
}
