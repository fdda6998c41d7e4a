/**
 * Patterns of Python's `re` as patterns of RE2 that match the same texts. Python's `\d`, `\w`, `\s` are of all of Unicode and RE2's of ASCII; its
 * `$` also stands before a last line end; `{,3}` is `{0,3}`. What RE2 cannot do (looking around, references to groups, possessive
 * repetition) is refused; of `\b` the difference is named.
 *
 * @see https://docs.python.org/3/library/re.html https://github.com/google/re2/wiki/Syntax
 */
import { NotTaken } from './not-taken.ts';

/** A pattern of RE2. */
export interface Pattern {
  readonly pattern: string;
  readonly differences: readonly string[];
}

const largestRepetition = 1000;
const spaces = '\\t-\\r\\x1c-\\x1f\\x{85}\\p{Z}';

/** What a class of characters is inside brackets, and whether it can be turned round there. */
const unicodeClasses: Readonly<Record<string, string>> = { d: '\\p{Nd}', w: '\\p{L}\\p{N}_', s: spaces };
const asciiClasses: Readonly<Record<string, string>> = { d: '0-9', w: '0-9A-Za-z_', s: '\\t-\\r ' };

/** A pattern that finds what `re.search` finds. @throws NotTaken of what RE2 cannot do */
export function searchPattern(pattern: string): Pattern {
  const reader = new PatternReader(pattern);
  return { pattern: reader.read(), differences: [...reader.differences] };
}

/** A pattern that finds what `re.match` finds: at the beginning alone. @throws NotTaken */
export function matchPattern(pattern: string): Pattern {
  const found = searchPattern(pattern);
  return { ...found, pattern: `\\A(?:${found.pattern})` };
}

/** A pattern of ECMA-262, whose classes are of ASCII and whose `$` is the end alone. @throws NotTaken of what RE2 cannot do */
export function ecmaPattern(pattern: string): Pattern {
  const reader = new PatternReader(pattern, { isAscii: true, end: '$' });
  return { pattern: reader.read(), differences: [...reader.differences] };
}

/** A text as a pattern of itself. */
export function quotedPattern(text: string): string {
  return text.replace(/[\\.^$*+?()[\]{}|]/g, '\\$&');
}

/** A pattern for texts that are LIKE one of SQL: `%` any characters, `_` one. */
export function likePattern(like: string): string {
  const parts = like.matchAll(/\\([%_\\])|(%)|(_)|([^%_\\]+|\\)/gu);
  const written = [...parts].map(([, escaped, any, one, text]) =>
    any !== undefined ? '.*' : one !== undefined ? '.' : quotedPattern(escaped ?? text ?? ''),
  );
  return `(?s)\\A${written.join('')}\\z`;
}

class PatternReader {
  readonly differences = new Set<string>();
  readonly #text: string;
  readonly #ascii: boolean;
  readonly #lines: boolean;
  readonly #end: string;
  #at = 0;

  constructor(text: string, { isAscii, end } = { isAscii: false, end: '(?:\\n?\\z)' }) {
    this.#text = text;
    const flags = /^\(\?([a-zA-Z]+)\)/.exec(text)?.[1] ?? '';
    this.#ascii = isAscii || flags.includes('a');
    this.#end = end;
    this.#lines = flags.includes('m');
  }

  read(): string {
    let out = '';
    while (this.#at < this.#text.length) out += this.#next();
    return out;
  }

  #next(): string {
    const sign = this.#take();
    if (sign === '\\') return this.#escape();
    if (sign === '[') return this.#brackets();
    if (sign === '(') return this.#group();
    if (sign === '$') return this.#lines ? '$' : this.#end;
    if (sign === '{') return this.#repetition();
    if ('*+?'.includes(sign)) return this.#repeated(sign);
    return sign;
  }

  #take(): string {
    const sign = String.fromCodePoint(this.#text.codePointAt(this.#at)!);
    this.#at += sign.length;
    return sign;
  }

  #match(form: RegExp): RegExpExecArray | null {
    form.lastIndex = this.#at;
    const found = form.exec(this.#text);
    if (found !== null) this.#at += found[0].length;
    return found;
  }

  /** Behind a sign of repetition `?` makes it reluctant, as in RE2, and `+` possessive. */
  #repeated(sign: string): string {
    if (this.#match(/\+/y) !== null) throw new NotTaken(`the pattern repeats possessively (${sign}+)`);
    return sign + (this.#match(/\?/y)?.[0] ?? '');
  }

  #repetition(): string {
    const counts = this.#match(/(\d*)(,?)(\d*)\}/y);
    if (counts === null) return '\\{';
    const [, low = '', comma = '', high = ''] = counts;
    if (low === '' && high === '') return quotedPattern(`{${comma}}`);
    if (Math.max(Number(low), Number(high)) > largestRepetition)
      throw new NotTaken(`the pattern repeats more than ${largestRepetition} times`);
    return this.#repeated(`{${low === '' ? '0' : low}${comma}${high}}`);
  }

  #group(): string {
    if (this.#match(/\?#[^)]*\)/y) !== null) return '';
    const named = this.#match(/\?P<[A-Za-z_]\w*>/y);
    if (named !== null) return `(${named[0]}`;
    const flags = this.#match(/\?([a-zA-Z]*)(-[a-zA-Z]+)?([:)])/y);
    if (flags !== null) return this.#flags(flags);
    const other = this.#match(/\?(?:P=|P>|<?[=!]|>|\()?/y);
    if (other === null) return '(';
    const what =
      /[=!]$/.test(other[0]) && other[0] !== '?P=' ? 'looks around' : 'refers to groups, or is none of Python';
    throw new NotTaken(`the pattern ${what} at (${other[0]}, which RE2 cannot do`);
  }

  #flags([, on = '', off = '', end = ':']: RegExpExecArray): string {
    if (/[xL]/.test(on + off)) throw new NotTaken('the pattern is verbose, or depends on a locale');
    const isWhole = end === ')' && this.#at === `(?${on})`.length;
    // These decide how the whole pattern is read; within a part of it they would decide for that alone.
    if (!isWhole && /[am]/.test(on + off)) throw new NotTaken('a part of the pattern has the flag a or m');
    const kept = on.replace(/[au]/g, '');
    if (end === ')') return kept === '' ? '' : `(?${kept})`;
    return `(?${kept}${off}:`;
  }

  #escape(): string {
    if (this.#at >= this.#text.length) throw new NotTaken('the pattern ends in a backslash');
    const sign = this.#take();
    const classes = this.#ascii ? asciiClasses : unicodeClasses;
    const lower = sign.toLowerCase();
    if (Object.hasOwn(classes, lower)) {
      if (lower === 'd' && !this.#ascii) return sign === 'd' ? '\\p{Nd}' : '\\P{Nd}';
      return `[${sign === lower ? '' : '^'}${classes[lower]}]`;
    }
    if (lower === 'b') {
      if (!this.#ascii) this.differences.add('\\b knows words of ASCII alone here, and of Unicode there');
      return `\\${sign}`;
    }
    if (sign === 'A') return '\\A';
    if (sign === 'Z' || sign === 'z') return '\\z';
    if (/[1-9]/.test(sign)) throw new NotTaken(`the pattern refers to a group (\\${sign}), which RE2 cannot do`);
    return this.#character(sign);
  }

  /** A sign that an escape stands for, inside brackets and out of them. */
  #character(sign: string): string {
    if (sign === 'u' || sign === 'U' || sign === 'x') {
      const digits = this.#match({ x: /[0-9a-fA-F]{2}/y, u: /[0-9a-fA-F]{4}/y, U: /[0-9a-fA-F]{8}/y }[sign]);
      if (digits !== null) return `\\x{${digits[0]}}`;
    }
    if (sign === '0') return `\\x{${Number.parseInt(`0${this.#match(/[0-7]{0,2}/y)?.[0] ?? ''}`, 8).toString(16)}}`;
    if (/[afnrtv]/.test(sign)) return `\\${sign}`;
    if (/[a-zA-Z0-9]/.test(sign)) throw new NotTaken(`the pattern has \\${sign}, which is none of Python`);
    return /[\p{L}\p{M}\p{N}_]/u.test(sign) || sign > '\x7f' ? sign : quotedInBrackets(sign);
  }

  #brackets(): string {
    let out = `[${this.#match(/\^/y)?.[0] ?? ''}`;
    if (this.#match(/\]/y) !== null) out += '\\]';
    for (;;) {
      if (this.#at >= this.#text.length) throw new NotTaken('the pattern has brackets that do not end');
      const sign = this.#take();
      if (sign === ']') return `${out}]`;
      if (sign === '[') out += '\\[';
      else out += sign === '\\' ? this.#escapeInBrackets() : sign;
    }
  }

  #escapeInBrackets(): string {
    if (this.#at >= this.#text.length) throw new NotTaken('the pattern has brackets that do not end');
    const sign = this.#take();
    const classes = this.#ascii ? asciiClasses : unicodeClasses;
    if (Object.hasOwn(classes, sign)) return classes[sign]!;
    if (sign === 'D') return this.#ascii ? '\\D' : '\\P{Nd}';
    if (sign === 'W' || sign === 'S') throw new NotTaken(`the pattern has \\${sign} inside brackets`);
    if (sign === 'b') return '\\x{8}';
    if (/[1-9]/.test(sign)) throw new NotTaken(`the pattern has the octal escape \\${sign}`);
    return this.#character(sign);
  }
}

function quotedInBrackets(sign: string): string {
  return /[\\.^$*+?()[\]{}|\-&~#"'!/:;<=>@`,%]/.test(sign) ? `\\${sign}` : sign;
}
