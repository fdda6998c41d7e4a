/* Times and lengths of time as protocol buffers write them in JSON: `2026-01-31T12:00:00.123Z` and `0.123s`. */
import { badValue, type Reader, text } from '../message.ts';

const earliestMs = Date.parse('0001-01-01T00:00:00Z');
const latestMs = Date.parse('9999-12-31T23:59:59.999Z');
const longestMs = 315_576_000_000_000;
const form = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/i;

/** A time in milliseconds. */
export const instant: Reader<number | undefined> = (value, path) => {
  const written = text(value, path);
  if (written === undefined) return undefined;
  const ms = form.test(written) ? Date.parse(written.replace(/(\.\d{3})\d+/, '$1')) : Number.NaN;
  if (Number.isNaN(ms)) throw wrong(path, written, 'a time such as 2026-01-31T12:00:00.123Z');
  return ms;
};

/** A length of time in milliseconds. */
export const duration: Reader<number | undefined> = (value, path) => {
  const written = text(value, path);
  if (written === undefined) return undefined;
  const isOne = /^-?\d{1,15}(\.\d{1,9})?s$/.test(written);
  const ms = isOne ? msOf(written) : Number.NaN;
  if (Number.isNaN(ms) || Math.abs(ms) > longestMs) throw wrong(path, written, 'a length of time such as 0.123s');
  return ms;
};

/** What is below a millisecond is left out, as MLflow does; counted in digits, because 1.001 × 1000 is not 1001. */
function msOf(written: string): number {
  const [whole = '', fraction = ''] = written.replace('-', '').slice(0, -1).split('.');
  const ms = Number(whole) * 1000 + Number(fraction.padEnd(3, '0').slice(0, 3));
  return written.startsWith('-') ? -ms : ms;
}

/** A time as JSON has it. Without a fraction where there is none. */
export function writeInstant(ms: number): string {
  return new Date(ms).toISOString().replace('.000Z', 'Z');
}

/** A length of time as JSON has it. */
export function writeDuration(ms: number): string {
  const size = Math.abs(ms);
  const rest = size % 1000;
  const fraction = rest === 0 ? '' : `.${String(rest).padStart(3, '0')}`;
  return `${ms < 0 ? '-' : ''}${Math.floor(size / 1000)}${fraction}s`;
}

/** A time in milliseconds that JSON can hold as text. @throws PlatformError TRACKING_BAD_VALUE */
export function checkedMs(ms: number, path: string): number {
  if (ms >= earliestMs && ms <= latestMs) return ms;
  throw badValue(`Invalid value ${ms} for parameter '${path}' supplied: expected a time in the years 1 to 9999.`);
}

function wrong(path: string, found: string, expected: string): Error {
  return badValue(
    `Invalid value ${JSON.stringify(found.slice(0, 60))} for parameter '${path}' supplied: expected ${expected}.`,
  );
}
