/**
 * Text into words, quoted texts, numbers and signs.
 *
 * A quoted text keeps what stands between its quotes as it is written: MLflow takes neither `''` nor `\'` for a single
 * quote, it only does not end the text there, and filters have to mean here what they mean there. Where no quote ends a
 * text, the last such pair does, as in MLflow's pattern. A value with a single quote is written in double quotes. Inside the
 * parentheses of IN, which MLflow reads as Python does, a backslash keeps the next character from ending the text.
 */
import { type SourceText, type Span, syntaxError } from './syntax-error.ts';

/** The quotes: values in `'` or `"`, keys in any. */
export type Quote = "'" | '"' | '`';

/** What the text is made of. A keyword is a word: only its place tells it from a key. */
export type Token = Span &
  (
    | { readonly type: 'word' | 'number' | 'sign'; readonly text: string }
    | { readonly type: 'quoted'; readonly text: string; readonly quote: Quote }
    | { readonly type: 'end'; readonly text: '' }
  );

const space = /[\s\p{Cc}]+/uy;
// Every part of a number begins with its own character, so that matching costs no more than the length.
const number = /[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?(?![\p{L}\p{N}\p{M}_$#.])/uy;
const word = /[\p{L}\p{N}\p{M}_][\p{L}\p{N}\p{M}_$#]*/uy;
const comparison = /[<>=!~]+/y;
const single = /'((?:''|\\'|[^'])*)'/y;
const double = /"((?:""|\\"|[^"])*)"/y;
const backticks = /`((?:``|[^`])*)`/y;
const quotedBy: Readonly<Record<Quote, RegExp>> = { "'": single, '"': double, '`': backticks };
const quotedInList: Readonly<Record<Quote, RegExp>> = {
  "'": /'((?:''|\\[\s\S]|[^'\\])*)'/y,
  '"': /"((?:""|\\[\s\S]|[^"\\])*)"/y,
  '`': backticks,
};

/** The longest text that is read, in UTF-16 units. */
export const textLimit = 65_536;

/**
 * The tokens of a text; the last one is its end.
 * @throws PlatformError with the source's code where a text is too long, holds NUL or half of a surrogate pair, does
 * not end a quote, or holds a character that means nothing
 */
export function readTokens(source: SourceText): readonly Token[] {
  requireReadable(source);
  const tokens: Token[] = [];
  let listDepth = 0;
  let offset = 0;
  while (true) {
    offset += match(space, source.text, offset)?.[0].length ?? 0;
    if (offset >= source.text.length) return [...tokens, { type: 'end', text: '', offset, end: offset }];
    const previous = tokens.at(-1);
    const quoted = listDepth > 0 ? quotedInList : quotedBy;
    const token = isQuote(source.text[offset])
      ? readQuoted(source, offset, quoted)
      : readToken(source, offset, previous);
    listDepth = depthAfter(token, previous, listDepth);
    tokens.push(token);
    offset = token.end;
  }
}

function requireReadable(source: SourceText): void {
  const { text } = source;
  if (text.length > textLimit) {
    const found = `expected at most ${textLimit} characters, found ${text.length}`;
    throw syntaxError(source, { offset: textLimit, end: textLimit + 1 }, found);
  }
  const bad = text.search(/[\0\p{Surrogate}]/u);
  if (bad >= 0) {
    throw syntaxError(source, { offset: bad, end: bad + 1 }, 'expected text, found a character that no text can hold');
  }
}

function readToken(source: SourceText, offset: number, previous: Token | undefined): Token {
  const { text } = source;
  const first = text[offset] as string;
  // A dot directly behind a word or a quoted text joins keys; else it may begin a number.
  if (first === '.' && previous?.end === offset && isKeyPart(previous)) return token('sign', '.', offset);
  if (previous?.text === '.' && previous.end === offset) {
    const key = match(word, text, offset);
    if (key !== null) return token('word', key[0], offset);
  }
  const found = match(number, text, offset);
  if (found !== null) return token('number', found[0], offset);
  const name = match(word, text, offset);
  if (name !== null) return token('word', name[0], offset);
  const sign = match(comparison, text, offset);
  if (sign !== null) return token('sign', sign[0], offset);
  if ('().,'.includes(first)) return token('sign', first, offset);
  throw strayCharacter(source, offset);
}

/** How many parentheses of a list are open behind a token. */
function depthAfter(token: Token, previous: Token | undefined, depth: number): number {
  if (token.type !== 'sign') return depth;
  if (token.text === ')') return Math.max(0, depth - 1);
  const isInside = depth > 0 || (previous?.type === 'word' && previous.text.toUpperCase() === 'IN');
  return token.text === '(' && isInside ? depth + 1 : depth;
}

function readQuoted(source: SourceText, offset: number, patterns: Readonly<Record<Quote, RegExp>>): Token {
  const quote = source.text[offset] as Quote;
  const found = match(patterns[quote], source.text, offset);
  if (found === null) {
    const end = source.text.length;
    throw syntaxError(source, { offset, end }, `expected ${quote} at the end of the quoted text, found none`);
  }
  return { type: 'quoted', quote, text: found[1] as string, offset, end: offset + found[0].length };
}

function strayCharacter(source: SourceText, offset: number): Error {
  const character = String.fromCodePoint(source.text.codePointAt(offset) as number);
  const span = { offset, end: offset + character.length };
  const expected = 'expected a name, a value, AND, OR, NOT or a parenthesis';
  const advice = 'a key with other characters than letters, digits, _ and . stands in backticks';
  return syntaxError(source, span, `${expected}, found ${JSON.stringify(character)}; ${advice}`);
}

function match(pattern: RegExp, text: string, offset: number): RegExpExecArray | null {
  pattern.lastIndex = offset;
  return pattern.exec(text);
}

function token(type: 'word' | 'number' | 'sign', text: string, offset: number): Token {
  return { type, text, offset, end: offset + text.length };
}

function isQuote(character: string | undefined): character is Quote {
  return character === "'" || character === '"' || character === '`';
}

function isKeyPart(part: Token): boolean {
  return part.type === 'word' || part.type === 'quoted';
}
