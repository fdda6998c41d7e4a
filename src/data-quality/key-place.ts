/**
 * The part of a row by the hash of its key: one rule in three languages, which here stand side by side. `placeSql` is what
 * DuckDB computes where a dataset is split; `partOfKey` is the same for one key in a program; `part_of_key` of the Python
 * package (python/mlspec/key_parts.py) is its twin. A test holds the three to each other.
 *
 * The text of a key is its values one after the other, joined by `;`: a missing value is `-`, a text stands behind its
 * length in bytes of UTF-8 and `:`, whole numbers are decimal, floats have the fewest digits that lead back to them, as
 * Python writes them, dates are `YYYY-MM-DD`, timestamps microseconds since 1970 in UTC. The hash is MD5 over salt, the
 * character U+001F and that text; the upper 53 bits of its last eight bytes, the last byte first, are the key's place in
 * steps of 2^-53 of [0, 1). A part is the interval of its share, parts in their order.
 */
import { createHash } from 'node:crypto';
import { PlatformError } from '../errors/index.ts';
import { orderedParts } from '../spec/index.ts';
import { type ColumnType, quoteLiteral } from '../tables/index.ts';

/** Places are whole numbers below this. */
export const placeCount = 2 ** 53;
const separator = '\u001f';
const unusedBits = 11n;
const endDigits = 15;

/** A value of a key with the type of its column. */
export interface KeyValue {
  readonly type: ColumnType;
  /** Null: missing. Whole numbers and timestamps as safe numbers or bigints, dates as `YYYY-MM-DD`, timestamps in microseconds since 1970 in UTC. */
  readonly value: string | number | bigint | boolean | null;
}

/** How keys are divided, as `splitting` declares it. */
export interface KeyRule {
  readonly salt?: string;
  /** Share of each part, together 1. */
  readonly parts: Readonly<Record<string, number>>;
  /** The parts in their order; default as in a declaration: train, validation, test, holdback, debug, others by name. */
  readonly order?: readonly string[];
}

/** SQL for the place of a key, a whole number from 0 to 2^53 - 1, whose text is the SQL `key`. */
export function placeSql(key: string, salt: string): string {
  return `(md5_number_lower(concat(${quoteLiteral(salt)}, chr(31), ${key})) >> ${unusedBits})`;
}

/** Where each part but the last ends, in (0, 1); in decimal, so that shares such as 0.7 + 0.1 end where they say. */
export function endsOfShares(shares: readonly number[]): number[] {
  let below = 0;
  return shares.slice(0, -1).map((share) => {
    below += share;
    return Number(below.toPrecision(endDigits));
  });
}

/** SQL for the name of the part in whose interval the SQL `place`, in [0, 1), lies. Parts stand in their order. */
export function partOfPlaceSql(
  place: string,
  parts: readonly { readonly name: string; readonly share: number | null }[],
): string {
  const last = quoteLiteral(parts.at(-1)!.name);
  const ends = endsOfShares(parts.map(({ share }) => share!));
  const cases = ends.map((end, index) => `WHEN ${place} < ${end} THEN ${quoteLiteral(parts[index]!.name)}`);
  return cases.length === 0 ? last : `CASE ${cases.join(' ')} ELSE ${last} END`;
}

/**
 * The part of a key under `splitting: {by: hash}`, bit for bit as a run decides it: by `task.key`, values in its order, by the
 * one column of hash(column) or group(column), or, where neither is declared, by all columns of the dataset in their order.
 * Columns of 32-bit floats and decimals have other texts than the floats that programs see; cast them to DOUBLE in the query.
 *
 * @throws PlatformError KEY_VALUE_INVALID where a value is not of its type, or the parts do not add up to 1
 */
export function partOfKey(key: readonly KeyValue[], rule: KeyRule): string {
  requireShares(rule.parts);
  const names = orderedParts(Object.keys(rule.parts), rule.order);
  const ends = endsOfShares(names.map((name) => rule.parts[name]!));
  const place = placeOfKey(key, rule.salt ?? '') / placeCount;
  // Behind every end lies the last part, which is at -1.
  return names.at(ends.findIndex((end) => place < end))!;
}

function requireShares(parts: KeyRule['parts']): void {
  const shares = Object.values(parts);
  const total = shares.reduce((sum, share) => sum + share, 0);
  if (shares.every((share) => share > 0) && Math.abs(total - 1) <= 1e-9) return;
  throw invalid(`expected parts with shares above 0 that add up to 1, found ${JSON.stringify(parts)}`);
}

/** The place of a key, a whole number from 0 to 2^53 - 1. */
export function placeOfKey(key: readonly KeyValue[], salt: string): number {
  const hash = createHash('md5')
    .update(`${wellFormed(salt)}${separator}${key.map(valueText).join(';')}`)
    .digest();
  return Number(hash.readBigUInt64LE(8) >> unusedBits);
}

function valueText({ type, value }: KeyValue): string {
  if (value === null) return '-';
  switch (type) {
    case 'string':
      if (typeof value === 'string') return `${Buffer.byteLength(wellFormed(value))}:${value}`;
      break;
    case 'boolean':
      if (typeof value === 'boolean') return String(value);
      break;
    case 'float64':
      if (typeof value === 'number') return floatText(value);
      break;
    case 'date':
      if (typeof value === 'string' && isDate(value)) return value;
      break;
    default:
      if (typeof value === 'bigint' || Number.isSafeInteger(value)) return String(value);
  }
  const shown = typeof value === 'string' ? JSON.stringify(value) : String(value);
  throw invalid(`expected a value of type ${type}, found ${shown} (${typeof value})`);
}

function isDate(text: string): boolean {
  const [, year] = /^(\d{4})-\d{2}-\d{2}$/.exec(text) ?? [];
  const day = new Date(`${text}T00:00:00Z`);
  return year !== undefined && year !== '0000' && dayText(day) === text;
}

/** Of a day that no calendar has: another day, or none. */
function dayText(day: Date): string | null {
  return Number.isNaN(day.getTime()) ? null : day.toISOString().slice(0, 'YYYY-MM-DD'.length);
}

/** The fewest digits that lead back to a float: fixed from 1e-4 up to below 1e16, else with an exponent of at least two digits. NaN is one value, and so is zero. */
function floatText(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf';
  const [digits, exponent] = value.toExponential().split('e') as [string, string];
  const power = Number(exponent);
  if (value === 0) return '0.0';
  if (power < -4 || power >= 16) return `${digits}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
  const sign = value < 0 ? '-' : '';
  const figures = digits.replace('-', '').replace('.', '');
  if (power < 0) return `${sign}0.${'0'.repeat(-power - 1)}${figures}`;
  const whole = figures.slice(0, power + 1).padEnd(power + 1, '0');
  return `${sign}${whole}.${figures.slice(power + 1) || '0'}`;
}

/** Half of a pair of surrogates is no text in UTF-8: no table can hold it, and hashing it would hash another text. */
function wellFormed(text: string): string {
  if (text.isWellFormed()) return text;
  throw invalid(`expected a text of whole characters, found half of a pair of surrogates in ${JSON.stringify(text)}`);
}

function invalid(message: string): PlatformError {
  return new PlatformError('KEY_VALUE_INVALID', { message });
}
