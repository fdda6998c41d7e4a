import { significantTokens, type Token } from './source-tokens.ts';

/** One import of a file. Re-exports (`export … from`) count as imports. */
export interface ImportedName {
  /** The module specifier as written. */
  readonly specifier: string;
  readonly line: number;
  /** static: at load; type: erased; dynamic: `import('…')` at run time or in a type. */
  readonly kind: 'static' | 'type' | 'dynamic';
  /** Whether it is `export * from`. */
  readonly star: boolean;
}

/**
 * What a TypeScript file imports: `import`, `import type`, `export … from`, `import()` and `require()` with a literal.
 * Words in comments, strings and templates are not imports; names computed at run time cannot be seen.
 */
export function importsOf(source: string): ImportedName[] {
  const tokens = significantTokens(source);
  const found: ImportedName[] = [];
  for (const [index, token] of tokens.entries()) {
    if (token.kind !== 'word') continue;
    if (isProperty(tokens, index)) continue;
    if (token.text === 'import' || token.text === 'require') {
      const called = calledWith(tokens, index);
      if (called !== null) found.push({ specifier: called, line: token.line, kind: 'dynamic', star: false });
    }
    if (token.text === 'import' || token.text === 'export') {
      const declared = declaration(tokens, index);
      if (declared !== null) found.push(declared);
    }
  }
  return found;
}

function isProperty(tokens: readonly Token[], index: number): boolean {
  const before = tokens[index - 1]?.text;
  const after = tokens[index + 1]?.text;
  if (tokens[index - 1]?.kind === 'punctuation' && (before === '.' || before === '?.')) return true;
  return tokens[index + 1]?.kind === 'punctuation' && (after === ':' || after === '.');
}

function calledWith(tokens: readonly Token[], index: number): string | null {
  const argument = tokens[index + 2];
  if (tokens[index + 1]?.text !== '(' || argument === undefined) return null;
  if (argument.kind === 'string') return argument.text;
  const plainTemplate = argument.kind === 'template' && argument.text.endsWith('`') && argument.text.startsWith('`');
  return plainTemplate ? argument.text.slice(1, -1) : null;
}

/** The declaration that begins at an `import` or `export` word; null where it names no module. */
function declaration(tokens: readonly Token[], index: number): ImportedName | null {
  const line = tokens[index]!.line;
  let at = index + 1;
  if (tokens[index]!.text === 'import' && tokens[at]?.kind === 'string') {
    return { specifier: tokens[at]!.text, line, kind: 'static', star: false };
  }
  let type = false;
  if (tokens[at]?.text === 'type' && tokens[at + 1]?.text !== 'from' && tokens[at + 1]?.text !== ',') {
    type = true;
    at += 1;
  }
  const star = tokens[index]!.text === 'export' && tokens[at]?.text === '*';
  if (tokens[index]!.text === 'export' && !star && tokens[at]?.text !== '{') return null;
  const end = clauseEnd(tokens, at);
  if (tokens[end]?.text !== 'from' || tokens[end + 1]?.kind !== 'string') return null;
  const inner = tokens.slice(at, end);
  const allTypes = inner[0]?.text === '{' && onlyTypes(inner);
  return { specifier: tokens[end + 1]!.text, line, kind: type || allTypes ? 'type' : 'static', star };
}

/** Index of the token after an import clause: default name, `* as name`, `{ … }`, in any combination. */
function clauseEnd(tokens: readonly Token[], start: number): number {
  let at = start;
  while (at < tokens.length) {
    const text = tokens[at]!.text;
    if (text === '{') {
      while (at < tokens.length && tokens[at]!.text !== '}') at += 1;
      at += 1;
    } else if (text === '*' || text === ',' || text === 'as') at += 1;
    else if (tokens[at]!.kind === 'word' && text !== 'from') at += 1;
    else if (text === 'from' && tokens[at + 1]?.kind !== 'string') at += 1;
    else return at;
  }
  return at;
}

/** Whether every name between the braces carries its own `type`. */
function onlyTypes(clause: readonly Token[]): boolean {
  const names: string[][] = [[]];
  for (const token of clause.slice(1, -1)) {
    if (token.text === ',') names.push([]);
    else names.at(-1)!.push(token.text);
  }
  const written = names.filter((name) => name.length > 0);
  return written.length > 0 && written.every((name) => name[0] === 'type' && name.length > 1 && name[1] !== 'as');
}
