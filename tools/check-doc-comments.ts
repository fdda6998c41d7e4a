/*
 * Invariant I11: every exported symbol of `src/` carries a doc comment where it is declared. Lists of names in
 * `index.ts` carry none: the declaration does. Of overloads the first is enough.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isTestFile, listFiles, type Problem, report, repositoryRoot } from './problem.ts';
import { type Token, tokenize } from './source-tokens.ts';

const declarators = new Set('function class const let interface type enum namespace'.split(' '));
const modifiers = new Set('declare abstract async'.split(' '));

/** All exported symbols below `root` that have no doc comment. */
export function checkDocComments(root: string): Problem[] {
  return listFiles(root, 'src', ['.ts', '.tsx'])
    .filter((file) => !isTestFile(file))
    .flatMap((file) => undocumented(readFileSync(join(root, file), 'utf8')).map((found) => problem(file, found)));
}

function problem(file: string, found: { readonly name: string; readonly line: number }): Problem {
  const message = `${found.name} is exported and needs a doc comment: what it is, then what its signature cannot say.`;
  return { file, line: found.line, rule: 'doc-comments/missing', message };
}

/** The exported symbols of one source text that have no doc comment. */
export function undocumented(source: string): { readonly name: string; readonly line: number }[] {
  const tokens = tokenize(source);
  const missing: { name: string; line: number }[] = [];
  const listed = new Set<string>();
  const documented = new Set<string>();
  const declared = new Map<string, number>();
  let depth = 0;
  for (const [index, token] of tokens.entries()) {
    if (token.text === '{' && token.kind === 'punctuation') depth += 1;
    if (token.text === '}' && token.kind === 'punctuation') depth -= 1;
    if (depth !== 0 || token.kind !== 'word') continue;
    const exported = token.text === 'export';
    if (exported && startsList(tokens, index)) for (const name of localNames(tokens, index)) listed.add(name);
    const name = declaredName(tokens, exported ? index + 1 : index);
    if (name === null || (!exported && tokens[index - 1]?.text === 'export')) continue;
    if (hasDoc(tokens, index)) documented.add(name);
    else if (exported && !documented.has(name)) missing.push({ name, line: token.line });
    else declared.set(name, token.line);
  }
  for (const [name, line] of declared) if (listed.has(name) && !documented.has(name)) missing.push({ name, line });
  return missing;
}

function startsList(tokens: readonly Token[], index: number): boolean {
  const after = tokens[index + 1]?.text;
  return after === '{' || (after === 'type' && tokens[index + 2]?.text === '{');
}

/** The names of `export { a, b as c }` that are declared in the same file; none where it says `from`. */
function localNames(tokens: readonly Token[], index: number): string[] {
  const end = tokens.findIndex((token, at) => at > index && token.text === '}');
  if (tokens[end + 1]?.text === 'from') return [];
  const inner = tokens.slice(index + 1, end).filter((token) => token.kind === 'word');
  return inner.filter((token, at) => inner[at - 1]?.text !== 'as' && token.text !== 'as').map((token) => token.text);
}

function declaredName(tokens: readonly Token[], start: number): string | null {
  let at = start;
  while (tokens[at]?.kind === 'word' && modifiers.has(tokens[at]!.text)) at += 1;
  if (tokens[at]?.kind !== 'word' || !declarators.has(tokens[at]!.text)) return null;
  at += 1;
  if (tokens[at]?.text === '*') at += 1;
  const name = tokens[at];
  return name?.kind === 'word' ? name.text : null;
}

function hasDoc(tokens: readonly Token[], index: number): boolean {
  let before = index - 1;
  while (tokens[before]?.kind === 'comment' && tokens[before]!.text.startsWith('// biome-ignore')) before -= 1;
  const comment = tokens[before];
  return comment?.kind === 'comment' && comment.text.startsWith('/**') && comment.text.length > 7;
}

if (import.meta.main) report('doc comments', checkDocComments(repositoryRoot), 'src');
