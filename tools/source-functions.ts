import type { Token } from './source-tokens.ts';

/** A function with a body in braces: where it starts and how many lines it takes, both lines counted. */
export interface FunctionExtent {
  readonly name: string;
  readonly line: number;
  readonly lineCount: number;
}

const notMethods = new Set('if for while switch catch with return typeof await function'.split(' '));
const beforeMethod = new Set(['{', '}', ',', ';', '*']);
const modifiers = new Set('async get set static override private protected public readonly'.split(' '));
const pairs: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };

/** The functions, methods and arrow functions of a file whose bodies stand in braces. Nested ones are listed too. */
export function functionsOf(tokens: readonly Token[]): FunctionExtent[] {
  const found: FunctionExtent[] = [];
  for (const [index, token] of tokens.entries()) {
    const body = bodyOf(tokens, index);
    if (body === null) continue;
    const end = closing(tokens, body);
    const name = token.text === 'function' ? nameAfter(tokens, index) : token.text === '=>' ? '(arrow)' : token.text;
    found.push({ name, line: token.line, lineCount: tokens[end]!.endLine - token.line + 1 });
  }
  return found;
}

function nameAfter(tokens: readonly Token[], index: number): string {
  const after = tokens[index + 1]?.text === '*' ? tokens[index + 2] : tokens[index + 1];
  return after?.kind === 'word' ? after.text : '(function)';
}

/** Index of the brace that opens the body of a function that begins at `index`; null where none does. */
function bodyOf(tokens: readonly Token[], index: number): number | null {
  const token = tokens[index]!;
  if (token.text === '=>' && tokens[index + 1]?.text === '{') return index + 1;
  if (token.kind !== 'word') return null;
  let at = index + 1;
  if (token.text === 'function') {
    if (tokens[at]?.kind !== 'word' && tokens[at]?.text !== '*' && tokens[at]?.text !== '(') return null;
    while (tokens[at] !== undefined && tokens[at]!.text !== '(') at += 1;
  } else {
    if (notMethods.has(token.text) || !startsMember(tokens, index)) return null;
    if (tokens[at]?.text === '<') at = closing(tokens, at) + 1;
    if (tokens[at]?.text !== '(') return null;
  }
  return bodyAfter(tokens, closing(tokens, at) + 1);
}

function startsMember(tokens: readonly Token[], index: number): boolean {
  let before = index - 1;
  while (tokens[before]?.kind === 'word' && modifiers.has(tokens[before]!.text)) before -= 1;
  if (tokens[before]?.text === '*' && tokens[before - 1]?.text === 'function') return false;
  return beforeMethod.has(tokens[before]?.text ?? '');
}

/** The `{` of a body after the closing parenthesis of the parameters, past a return type; null where there is none. */
function bodyAfter(tokens: readonly Token[], start: number): number | null {
  if (tokens[start]?.text === '{') return start;
  if (tokens[start]?.text !== ':') return null;
  let at = start + 1;
  let operand = false;
  while (at < tokens.length) {
    const { text, kind } = tokens[at]!;
    if (text === '{' && operand) return at;
    if (text === '{' || text === '(' || text === '[' || text === '<') {
      at = closing(tokens, at) + 1;
      operand = true;
      continue;
    }
    if (text === ';' || text === '=' || text === ',' || text === ')' || text === '}') return null;
    operand = kind !== 'punctuation' && !['is', 'keyof', 'typeof', 'asserts', 'readonly', 'extends'].includes(text);
    at += 1;
  }
  return null;
}

/** Index of the bracket that closes the one at `open`; the last token where none does. */
function closing(tokens: readonly Token[], open: number): number {
  const opener = tokens[open]!.text;
  const closer = opener === '<' ? '>' : pairs[opener];
  let depth = 0;
  for (let at = open; at < tokens.length; at += 1) {
    const { text, kind } = tokens[at]!;
    if (kind === 'string' || kind === 'template' || kind === 'regex') continue;
    if (text === opener) depth += 1;
    if (text === closer) depth -= 1;
    if (depth === 0) return at;
  }
  return tokens.length - 1;
}
