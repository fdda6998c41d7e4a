import { durationUnits, nearestName, sizeUnits } from '../../encoding/index.ts';
import { keywords, maximumLength, type Span } from './ast.ts';
import type { ExpressionFinding, ExpressionRule } from './finding.ts';

/** One word, number, text or sign of an expression. `quoted` names stood in backticks and are never keywords. */
export type Token =
  | { readonly kind: 'number'; readonly value: number; readonly unit?: 'ms' | 'B'; readonly span: Span }
  | { readonly kind: 'string'; readonly value: string; readonly span: Span }
  | { readonly kind: 'name'; readonly text: string; readonly quoted: boolean; readonly span: Span }
  | { readonly kind: 'keyword'; readonly text: string; readonly span: Span }
  | { readonly kind: 'sign'; readonly text: string; readonly span: Span }
  | { readonly kind: 'end'; readonly span: Span };

const signs = ['+/-', '<=', '>=', '==', '!=', '±', '<', '>', '+', '-', '*', '/', '(', ')', '[', ']', ',', '=', '.'];
const foreignSigns: Readonly<Record<string, string>> = {
  '&&': 'and',
  '||': 'or',
  '<>': '!=',
  '≤': '<=',
  '≥': '>=',
  '≠': '!=',
  '!': 'not',
  '%': 'a number before the percent sign',
};
const space = /[\s\uFEFF]+/y;
const name = /\$?[\p{L}_][\p{L}\p{M}\p{N}_]*/uy;
const number = /(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?/y;
const unitName = /[ \t]*([\p{L}µ]+)(?![\p{L}\p{N}_.(])/uy;

/**
 * The words of an expression, ending in an `end` token, and what could not be read. Reading stops at the first thing
 * that cannot be a word. Never throws.
 */
export function tokenize(text: string): { tokens: Token[]; findings: ExpressionFinding[] } {
  const reader = new Reader(text);
  if (text.length > maximumLength) {
    reader.report('expression/too-long', [0, maximumLength], {
      message: `expected at most ${maximumLength} characters, found ${text.length}`,
    });
  } else {
    while (reader.next());
  }
  reader.tokens.push({ kind: 'end', span: { start: reader.offset, end: reader.offset } });
  return { tokens: reader.tokens, findings: reader.findings };
}

type Details = Omit<ExpressionFinding, 'rule' | 'severity' | 'span'>;

class Reader {
  readonly tokens: Token[] = [];
  readonly findings: ExpressionFinding[] = [];
  readonly text: string;
  offset = 0;

  constructor(text: string) {
    this.text = text;
  }

  report(rule: ExpressionRule, [start, end]: readonly [number, number], details: Details): false {
    this.findings.push({ rule, severity: 'error', span: { start, end }, ...details });
    return false;
  }

  /** Reads one token; false at the end and after an error. */
  next(): boolean {
    this.offset += this.match(space)?.[0].length ?? 0;
    if (this.offset >= this.text.length) return false;
    const first = this.text[this.offset]!;
    if (first === "'" || first === '"' || first === '`') return this.quoted(first);
    const numeric = this.match(number);
    if (numeric !== null) return this.number(numeric[0]);
    const word = this.match(name);
    if (word !== null) return this.word(word[0]);
    return this.sign();
  }

  private match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.offset;
    return pattern.exec(this.text);
  }

  private take(length: number): Span {
    const start = this.offset;
    this.offset += length;
    return { start, end: this.offset };
  }

  private word(text: string): boolean {
    const afterDot = this.tokens.at(-1)?.kind === 'sign' && this.text[this.offset - 1] === '.';
    const span = this.take(text.length);
    if (keywords.has(text) && !afterDot) this.tokens.push({ kind: 'keyword', text, span });
    else this.tokens.push({ kind: 'name', text, quoted: false, span });
    return true;
  }

  private quoted(quote: string): boolean {
    const start = this.offset;
    let end = start + 1;
    let value = '';
    for (;;) {
      const close = this.text.indexOf(quote, end);
      if (close < 0) {
        return this.report('expression/unterminated-text', [start, this.text.length], {
          message: `expected a closing ${quote}, found the end of the expression`,
          suggestion: `${this.text.slice(start, start + 40)}${quote}`,
        });
      }
      value += this.text.slice(end, close);
      end = close + 1;
      if (this.text[end] !== quote) break;
      value += quote;
      end++;
    }
    const span = this.take(end - start);
    if (quote !== '`') this.tokens.push({ kind: 'string', value, span });
    else if (value === '')
      return this.report('expression/unexpected-token', [start, end], {
        message: 'expected a name between the backticks, found nothing',
      });
    else this.tokens.push({ kind: 'name', text: value, quoted: true, span });
    return true;
  }

  private number(digits: string): boolean {
    const start = this.offset;
    this.take(digits.length);
    if (this.text[this.offset] === '%') {
      this.take(1);
      return this.pushNumber(percentage(digits), [start, this.offset]);
    }
    const unit = this.match(unitName);
    if (unit !== null && !keywords.has(unit[1]!)) return this.withUnit(Number(digits), start, unit);
    if (/[\p{L}_]/u.test(this.text[this.offset] ?? '')) {
      const rest = /^[\p{L}\p{N}_]*/u.exec(this.text.slice(this.offset))?.[0] ?? '';
      return this.report('expression/unknown-unit', [start, this.offset + rest.length], {
        message: `expected a number, optionally with a unit, found ${digits}${rest}`,
      });
    }
    return this.pushNumber(Number(digits), [start, this.offset]);
  }

  private withUnit(value: number, start: number, unit: RegExpExecArray): boolean {
    const written = unit[1]!;
    const end = this.offset + unit[0].length;
    const duration = Object.hasOwn(durationUnits, written) ? durationUnits[written] : undefined;
    const size = Object.hasOwn(sizeUnits, written) ? sizeUnits[written] : undefined;
    const factor = duration ?? size;
    if (factor === undefined) {
      const near = nearestName(written, [...Object.keys(durationUnits), ...Object.keys(sizeUnits)]);
      return this.report('expression/unknown-unit', [end - written.length, end], {
        message: `expected a unit of time (us, ms, s, min, h, d, w) or size (B, kB, MB, KiB, MiB, …), found ${written}`,
        found: written,
        ...(near === null ? {} : { suggestion: near }),
      });
    }
    this.take(unit[0].length);
    return this.pushNumber(value * factor, [start, end], duration === undefined ? 'B' : 'ms');
  }

  private pushNumber(value: number, [start, end]: readonly [number, number], unit?: 'ms' | 'B'): boolean {
    if (!Number.isFinite(value)) {
      return this.report('expression/bad-number', [start, end], {
        message: 'expected a number below 1.8e308, found one too large to be held',
      });
    }
    this.tokens.push({ kind: 'number', value, ...(unit === undefined ? {} : { unit }), span: { start, end } });
    return true;
  }

  private sign(): boolean {
    const foreign = Object.keys(foreignSigns).find((candidate) => this.text.startsWith(candidate, this.offset));
    const known = signs.find((candidate) => this.text.startsWith(candidate, this.offset));
    if (known !== undefined && !(foreign !== undefined && foreign.length > known.length)) {
      const span = this.take(known.length);
      this.tokens.push({ kind: 'sign', text: known === '±' ? '+/-' : known, span });
      return true;
    }
    const found = foreign ?? String.fromCodePoint(this.text.codePointAt(this.offset)!);
    const suggestion = foreign === undefined ? undefined : foreignSigns[foreign]!;
    return this.report('expression/unexpected-character', [this.offset, this.offset + found.length], {
      message: `expected a name, a number, a text or an operator, found ${JSON.stringify(found)}${suggestion === undefined ? '' : `; write ${suggestion}`}`,
      found,
      ...(suggestion === undefined ? {} : { suggestion }),
    });
  }
}

/** 15% as 0.15: the decimal point is moved in the text, so that the result is the double nearest to the share. */
function percentage(digits: string): number {
  const [mantissa, exponent] = digits.toLowerCase().split('e');
  return Number(`${mantissa}e${Number(exponent ?? 0) - 2}`);
}
