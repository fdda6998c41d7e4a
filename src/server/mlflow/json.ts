/* JSON without loss: 64-bit integers beyond 2^53 both ways, and doubles that JSON has no number for. */

declare const raw: unique symbol;
/** A number that stands in JSON as it is written here. */
export type RawNumber = { readonly [raw]: true };

const json = JSON as typeof JSON & { rawJSON(text: string): RawNumber };

/** Whether a text may hold an integer that a double would round: sixteen digits or more, with what stands around a number. */
const long = /(?:^|[\s:,[])-?\d{16,}(?:[\s,\]}]|$)/;

/** What JSON has no word for, and Python's library writes all the same; and texts, in which it is no such word. */
const words = /"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/g;

/**
 * Reads JSON; integers beyond 2^53 become bigint. `NaN`, `Infinity` and `-Infinity` without quotes become texts.
 * @throws SyntaxError
 */
export function parseJson(text: string): unknown {
  try {
    return parseStrict(text);
  } catch (error) {
    if (!/NaN|Infinity/.test(text)) throw error;
    return parseStrict(text.replaceAll(words, (word) => (word.startsWith('"') ? word : `"${word}"`)));
  }
}

function parseStrict(text: string): unknown {
  if (!long.test(text)) return JSON.parse(text);
  return JSON.parse(text, function keep(this: unknown, _key: string, value: unknown, context?: { source?: string }) {
    const isLost = typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value);
    const source = context?.source;
    return isLost && source !== undefined && /^-?\d+$/.test(source) ? BigInt(source) : value;
  } as (key: string, value: unknown) => unknown);
}

/** A 64-bit integer as a number of JSON. */
export function writeInt64(value: bigint): number | RawNumber {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : json.rawJSON(String(value));
}

/** A double as protocol buffers write it in JSON. */
export function writeDouble(value: number): number | string {
  if (Number.isFinite(value)) return value;
  return Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity';
}
