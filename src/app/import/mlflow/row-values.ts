/* Values of rows of somebody else's database: SQLite keeps anything in any column. */
import type { SqlValue } from '../../../database/index.ts';
import type { Lifecycle } from '../../../tracking/index.ts';

/** A row as it was read. */
export type Row = Readonly<Record<string, SqlValue | undefined>>;

/** The text of a value, or null where there is none. Bytes count as UTF-8. */
export function textOf(value: SqlValue | undefined): string | null {
  if (value === null || value === undefined) return null;
  const anything: unknown = value;
  return anything instanceof Uint8Array ? Buffer.from(anything).toString('utf8') : String(value);
}

/** The same, where absent and empty are one. */
export function plainText(value: SqlValue | undefined): string {
  return textOf(value) ?? '';
}

/** A time or a count; null for what is none or beyond 2^53. */
export function wholeOf(value: unknown): number | null {
  if (value === null || value === undefined || value === '') return null;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : null;
}

/** A 64-bit integer, 0 for what is none. */
export function bigOf(value: unknown): bigint {
  const text = String(value ?? '').trim();
  return /^-?\d{1,30}$/.test(text) ? BigInt(text) : 0n;
}

/** Anything but `deleted` is active. */
export function lifecycleOf(value: unknown): Lifecycle {
  return value === 'deleted' ? 'deleted' : 'active';
}
