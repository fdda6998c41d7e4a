/**
 * White space, lower case, words and order of text, fixed for both interpreters. The classes are listed here and not asked
 * of the runtime, since every runtime follows another version of Unicode.
 */
import { LOWER_CASE_RUNS } from './lower-case-table.ts';

/** Code points with the property White_Space, above U+0020. */
const WIDE_SPACES = new Set([
  0x85, 0xa0, 0x1680, 0x2000, 0x2001, 0x2002, 0x2003, 0x2004, 0x2005, 0x2006, 0x2007, 0x2008, 0x2009, 0x200a, 0x2028,
  0x2029, 0x202f, 0x205f, 0x3000,
]);

function isSpace(code: number): boolean {
  if (code < 0x80) return code === 0x20 || (code >= 9 && code <= 13);
  return WIDE_SPACES.has(code);
}

/** A text without the white space (Unicode White_Space) at its ends. */
export function trimText(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isSpace(text.charCodeAt(start))) start++;
  while (end > start && isSpace(text.charCodeAt(end - 1))) end--;
  return start === 0 && end === text.length ? text : text.slice(start, end);
}

let lowerCase: ReadonlyMap<number, number> | undefined;

function lowerCaseMap(): ReadonlyMap<number, number> {
  if (lowerCase !== undefined) return lowerCase;
  const map = new Map<number, number>();
  for (let i = 0; i < LOWER_CASE_RUNS.length; i += 4) {
    const [first, last, step, distance] = LOWER_CASE_RUNS.slice(i, i + 4) as [number, number, number, number];
    for (let code = first; code <= last; code += step) map.set(code, code + distance);
  }
  lowerCase = map;
  return map;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: the class is all of ASCII
const ASCII = /^[\x00-\x7f]*$/;

/** A text in lower case: Unicode's simple mapping, one letter for one letter, version 13.0. */
export function lowerText(text: string): string {
  if (ASCII.test(text)) return text.toLowerCase();
  const map = lowerCaseMap();
  let out = '';
  for (const character of text) {
    const code = character.codePointAt(0)!;
    if (code < 0x80) out += character.toLowerCase();
    else {
      const lower = map.get(code);
      out += lower === undefined ? character : String.fromCodePoint(lower);
    }
  }
  return out;
}

/** First and last code points of what separates words: white space, controls, punctuation, symbols of ASCII and Latin-1. */
export const SEPARATOR_RANGES: readonly (readonly [number, number])[] = [
  [0x00, 0x2f],
  [0x3a, 0x40],
  [0x5b, 0x60],
  [0x7b, 0xa9],
  [0xab, 0xb1],
  [0xb4, 0xb4],
  [0xb6, 0xb8],
  [0xbb, 0xbf],
  [0xd7, 0xd7],
  [0xf7, 0xf7],
  [0x1680, 0x1680],
  [0x2000, 0x206f],
  [0x3000, 0x3004],
  [0x3008, 0x3020],
  [0x3030, 0x3030],
  [0xfeff, 0xfeff],
  [0xff01, 0xff0f],
  [0xff1a, 0xff20],
  [0xff3b, 0xff40],
  [0xff5b, 0xff65],
];

const SEPARATORS = new RegExp(
  `[${SEPARATOR_RANGES.map(([a, b]) => `\\u{${a.toString(16)}}-\\u{${b.toString(16)}}`).join('')}]+`,
  'u',
);

/** The words of a text: lower case, separated by white space, punctuation and symbols. */
export function wordsOf(text: string): string[] {
  return lowerText(text)
    .split(SEPARATORS)
    .filter((word) => word !== '');
}

/** Orders texts by code points, as their UTF-8 bytes are ordered (not by UTF-16 units, as `<` does). */
export function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const left = a.charCodeAt(i);
    const right = b.charCodeAt(i);
    if (left !== right) {
      const leftSurrogate = left >= 0xd800 && left <= 0xdfff;
      const rightSurrogate = right >= 0xd800 && right <= 0xdfff;
      if (leftSurrogate !== rightSurrogate) return leftSurrogate ? 1 : -1;
      return left - right;
    }
  }
  return a.length - b.length;
}

/** The number of code points. */
export function codePointCount(text: string): number {
  let count = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit >= 0xd800 && unit < 0xdc00 && i + 1 < text.length) {
      const next = text.charCodeAt(i + 1);
      if (next >= 0xdc00 && next <= 0xdfff) i++;
    }
    count++;
  }
  return count;
}
