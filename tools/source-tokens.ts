/*
 * A small scanner of TypeScript. The compiler offers no programming interface, and the checks here need only tokens:
 * which words, strings and brackets stand where, and what is a comment. The two hard places of the language are
 * handled as follows. A slash begins a regular expression unless what precedes it can end an operand. A template
 * literal is cut into its pieces; the expressions inside `${…}` are scanned like any other code.
 */

/** One token. `text` is the source text, for strings without the quotes; `line` is 1-based. */
export interface Token {
  readonly kind: 'word' | 'number' | 'string' | 'template' | 'regex' | 'comment' | 'punctuation';
  readonly text: string;
  readonly line: number;
  /** Line on which the token ends. */
  readonly endLine: number;
}

const wordForm = /[#@]?[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*/uy;
const numberForm = /(?:0[xXbBoO][\da-fA-F_]+|\d[\d_]*\.?[\d_]*(?:[eE][+-]?\d+)?|\.\d[\d_]*(?:[eE][+-]?\d+)?)n?/y;
const regexForm = /\/(?:[^\\/[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y;
const punctuationForm = /\?\?=|\.\.\.|=>|\?\.|\?\?|&&|\|\||[=!]==?|[<>]=|[-+*/%]=|\+\+|--|[^\s]/y;
const stringForm = /'(?:[^'\\\n]|\\[\s\S])*'|"(?:[^"\\\n]|\\[\s\S])*"/y;
const commentForm = /\/\/[^\n]*|\/\*[\s\S]*?\*\//y;
const spaceForm = /\s+/y;
const templateForm = /(?:[^`\\$]|\\[\s\S]|\$(?!\{))*(?:`|\$\{)/y;

const wordsBeforeRegex = new Set(
  'return typeof case in of delete void throw new else do instanceof yield await if while extends'.split(' '),
);

function endsOperand(token: Token | undefined): boolean {
  if (token === undefined) return false;
  if (token.kind === 'punctuation') return [')', ']', '}'].includes(token.text);
  return token.kind === 'word' ? !wordsBeforeRegex.has(token.text) : true;
}

/** All tokens of a source text, comments among them, in order. Never throws; unknown characters are punctuation. */
export function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  const templateDepths: number[] = []; // brace depth at which each open `${` ends
  let depth = 0;
  let position = 0;
  let line = 1;
  let lastSignificant: Token | undefined;

  const match = (form: RegExp): string | null => {
    form.lastIndex = position;
    return form.exec(source)?.[0] ?? null;
  };
  const take = (kind: Token['kind'], raw: string, text: string = raw): void => {
    const endLine = line + (raw.match(/\n/g)?.length ?? 0);
    const token: Token = { kind, text, line, endLine };
    tokens.push(token);
    if (kind !== 'comment') lastSignificant = token;
    line = endLine;
    position += raw.length;
  };
  const takeTemplate = (opening: string): void => {
    position += opening.length;
    const raw = match(templateForm) ?? source.slice(position);
    position -= opening.length;
    if (raw.endsWith('${')) templateDepths.push(depth);
    take('template', opening + raw);
    if (raw.endsWith('${')) lastSignificant = undefined;
  };

  while (position < source.length) {
    const space = match(spaceForm);
    if (space !== null) {
      line += space.match(/\n/g)?.length ?? 0;
      position += space.length;
      continue;
    }
    const character = source[position]!;
    const comment = character === '/' ? match(commentForm) : null;
    const regex = comment === null && character === '/' && !endsOperand(lastSignificant) ? match(regexForm) : null;
    const string = match(stringForm);
    if (comment !== null) take('comment', comment);
    else if (regex !== null) take('regex', regex);
    else if (string !== null) take('string', string, string.slice(1, -1));
    else if (character === '`') takeTemplate('`');
    else if (character === '}' && templateDepths.at(-1) === depth) {
      templateDepths.pop();
      takeTemplate('}');
    } else {
      const word = match(wordForm);
      const number = word === null ? match(numberForm) : null;
      if (word !== null) take('word', word);
      else if (number !== null) take('number', number);
      else {
        if (character === '{') depth += 1;
        if (character === '}') depth -= 1;
        take('punctuation', match(punctuationForm) ?? character);
      }
    }
  }
  return tokens;
}

/** The tokens of a source text without its comments. */
export function significantTokens(source: string): Token[] {
  return tokenize(source).filter((token) => token.kind !== 'comment');
}
