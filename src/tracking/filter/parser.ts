/**
 * Tokens into a tree, by recursive descent: OR binds weakest, then AND, then NOT, then parentheses.
 *
 * MLflow looks for comparisons and skips every AND, wherever it stands and whether it stands at all. So a missing, doubled,
 * leading or trailing AND is read as MLflow reads it, and a text of nothing but AND is no filter.
 */
import { readTokens, type Token } from './lexer.ts';
import { unescapeListText } from './list-text.ts';
import type { Comparison, Literal, Name, Operator, Syntax } from './syntax.ts';
import { type SourceText, type Span, shortened, syntaxError } from './syntax-error.ts';

/** The most comparisons in one filter. */
export const comparisonLimit = 200;
/** How deep parentheses and NOT may nest. */
export const depthLimit = 50;

const signs: Readonly<Record<string, Operator>> = {
  '=': '=',
  '!=': '!=',
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
};
const keywords = new Set(['AND', 'OR', 'NOT', 'IN', 'IS', 'LIKE', 'ILIKE']);

/**
 * The tree of a filter; null where the text holds none.
 * @throws PlatformError TRACKING_BAD_FILTER with the place
 */
export function parseFilter(text: string): Syntax | null {
  const reader = new Reader({ text, code: 'TRACKING_BAD_FILTER' });
  while (reader.takeKeyword('AND'));
  if (reader.atEnd()) return null;
  const filter = parseAny(reader);
  if (!reader.atEnd()) throw reader.unexpected('AND, OR or the end of the filter');
  return filter;
}

/** Where the parser stands in its tokens. */
export class Reader {
  readonly source: SourceText;
  readonly #tokens: readonly Token[];
  #index = 0;
  #depth = 0;
  #comparisons = 0;

  constructor(source: SourceText) {
    this.source = source;
    this.#tokens = readTokens(source);
  }

  get token(): Token {
    return this.#tokens[this.#index] as Token;
  }

  atEnd(): boolean {
    return this.token.type === 'end';
  }

  take(): Token {
    const { token } = this;
    if (token.type !== 'end') this.#index++;
    return token;
  }

  isSign(sign: string): boolean {
    return this.token.type === 'sign' && this.token.text === sign;
  }

  takeSign(sign: string): boolean {
    const isThere = this.isSign(sign);
    if (isThere) this.#index++;
    return isThere;
  }

  isKeyword(keyword: string): boolean {
    return this.token.type === 'word' && this.token.text.toUpperCase() === keyword;
  }

  takeKeyword(keyword: string): boolean {
    const isThere = this.isKeyword(keyword);
    if (isThere) this.#index++;
    return isThere;
  }

  expectKeyword(keyword: string): void {
    if (!this.takeKeyword(keyword)) throw this.unexpected(keyword);
  }

  /** Reads something that stands inside parentheses or behind NOT. */
  nested<Result>(read: () => Result): Result {
    if (++this.#depth > depthLimit) {
      throw this.error(this.token, `expected at most ${depthLimit} parentheses and NOT inside each other, found more`);
    }
    const result = read();
    this.#depth--;
    return result;
  }

  countComparison(): void {
    if (++this.#comparisons > comparisonLimit) {
      throw this.error(this.token, `expected at most ${comparisonLimit} comparisons, found more`);
    }
  }

  error(span: Span, expected: string): Error {
    return syntaxError(this.source, span, expected);
  }

  unexpected(expected: string): Error {
    const { token } = this;
    const found = token.type === 'end' ? 'the end' : this.source.text.slice(token.offset, token.end);
    return this.error(token, `expected ${expected}, found ${shortened(found)}`);
  }
}

function parseAny(reader: Reader): Syntax {
  const parts = [parseAll(reader)];
  while (reader.takeKeyword('OR')) parts.push(parseAll(reader));
  return parts.length === 1 ? (parts[0] as Syntax) : { type: 'any', parts };
}

function parseAll(reader: Reader): Syntax {
  const parts = [parseOne(reader)];
  while (true) {
    while (reader.takeKeyword('AND'));
    if (reader.atEnd() || reader.isKeyword('OR') || reader.isSign(')')) break;
    parts.push(parseOne(reader));
  }
  return parts.length === 1 ? (parts[0] as Syntax) : { type: 'all', parts };
}

function parseOne(reader: Reader): Syntax {
  if (reader.takeKeyword('NOT')) return { type: 'not', part: reader.nested(() => parseOne(reader)) };
  if (!reader.takeSign('(')) return parseComparison(reader);
  const inside = reader.nested(() => parseAny(reader));
  if (!reader.takeSign(')')) throw reader.unexpected('AND, OR or )');
  return inside;
}

function parseComparison(reader: Reader): Comparison {
  reader.countComparison();
  const name = parseName(reader);
  const { offset, end } = reader.token;
  const operator = parseOperator(reader);
  const values = parseValues(reader, operator);
  const last = values.at(-1) ?? { end };
  return {
    type: 'comparison',
    name,
    operator,
    operatorSpan: { offset, end },
    values,
    offset: name.offset,
    end: last.end,
  };
}

/**
 * A name. Everything behind the first dot is one key: as it is written, but for quotes around the whole of it.
 * @throws PlatformError with the source's code where none stands here
 */
export function parseName(reader: Reader): Name {
  const first = reader.token;
  const isName = first.type === 'quoted' ? first.quote !== "'" : first.type === 'word' && !isKeyword(first);
  if (!isName) throw reader.unexpected('a name such as metrics.loss or start_time');
  reader.take();
  if (!reader.takeSign('.')) return { prefix: null, key: first.text, offset: first.offset, end: first.end };
  const start = reader.token.offset;
  const end = takeKey(reader);
  const key = withoutQuotes(reader.source.text.slice(start, end));
  return { prefix: first.text, key, offset: first.offset, end };
}

function isKeyword(token: Token): boolean {
  return keywords.has(token.text.toUpperCase());
}

/** Takes what joins directly: words, numbers, quoted texts and dots. @returns where it ends */
function takeKey(reader: Reader): number {
  let end = reader.token.offset;
  let last: Token | null = null;
  while (reader.token.offset === end && isKeyPart(reader.token)) {
    last = reader.take();
    end = last.end;
  }
  if (last === null || last.text === '.') throw reader.unexpected('a key behind the dot');
  return end;
}

function isKeyPart({ type, text }: Token): boolean {
  return type === 'word' || type === 'quoted' || type === 'number' || (type === 'sign' && text === '.');
}

function withoutQuotes(key: string): string {
  const bare = isInside(key, "'") || isInside(key, '"') ? key.slice(1, -1) : key;
  return isInside(bare, '`') ? bare.slice(1, -1) : bare;
}

function isInside(text: string, quote: string): boolean {
  return text.length >= 2 && text.startsWith(quote) && text.endsWith(quote);
}

function parseOperator(reader: Reader): Operator {
  const { token } = reader;
  const sign = token.type === 'sign' ? signs[token.text] : undefined;
  if (sign !== undefined) {
    reader.take();
    return sign;
  }
  if (reader.takeKeyword('IS')) {
    const isNegated = reader.takeKeyword('NOT');
    reader.expectKeyword('NULL');
    return isNegated ? 'is-not-null' : 'is-null';
  }
  const isNegated = reader.takeKeyword('NOT');
  if (reader.takeKeyword('IN')) return isNegated ? 'not-in' : 'in';
  if (reader.takeKeyword('LIKE')) return isNegated ? 'not-like' : 'like';
  if (reader.takeKeyword('ILIKE')) return isNegated ? 'not-ilike' : 'ilike';
  throw reader.unexpected(isNegated ? 'IN, LIKE or ILIKE' : '=, !=, <, <=, >, >=, LIKE, ILIKE, IN, NOT or IS');
}

function parseValues(reader: Reader, operator: Operator): readonly Literal[] {
  if (operator === 'is-null' || operator === 'is-not-null') return [];
  if (operator !== 'in' && operator !== 'not-in') return [parseLiteral(reader)];
  return parseList(reader);
}

/** Values in parentheses, which may stand in more of them; a comma may stand behind the last. */
function parseList(reader: Reader): readonly Literal[] {
  let depth = 0;
  while (reader.takeSign('(')) depth++;
  if (depth === 0) throw reader.unexpected('a list of values in parentheses');
  const values: Literal[] = [];
  do {
    if (values.length > 0 && reader.isSign(')')) break;
    const value = parseLiteral(reader);
    values.push(value.type === 'text' ? { ...value, text: unescapeListText(value.text) } : value);
  } while (reader.takeSign(','));
  for (; depth > 0; depth--) if (!reader.takeSign(')')) throw reader.unexpected(', or )');
  return values;
}

function parseLiteral(reader: Reader): Literal {
  const { token } = reader;
  const isValue = token.type === 'quoted' ? token.quote !== '`' : token.type === 'word' || token.type === 'number';
  if (!isValue) throw reader.unexpected("a value such as 0.1 or 'text'");
  reader.take();
  const type = token.type === 'quoted' ? 'text' : (token.type as 'word' | 'number');
  return { type, text: token.text, offset: token.offset, end: token.end };
}
