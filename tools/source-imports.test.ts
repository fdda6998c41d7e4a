// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the strings are source texts
import { describe, expect, it } from 'vitest';
import { importsOf } from './source-imports.ts';
import { significantTokens, tokenize } from './source-tokens.ts';

const seen = (source: string) => importsOf(source).map((found) => `${found.kind} ${found.specifier}`);

describe('importsOf', () => {
  it('sees every form of import', () => {
    expect(seen("import 'a'")).toEqual(['static a']);
    expect(seen('import x, { y as z } from "a"')).toEqual(['static a']);
    expect(seen("import * as x from 'a'")).toEqual(['static a']);
    expect(seen("import type { X } from 'a'")).toEqual(['type a']);
    expect(seen("import type X from 'a'")).toEqual(['type a']);
    expect(seen("import type from 'a'")).toEqual(['static a']);
    expect(seen("import { type X, type Y } from 'a'")).toEqual(['type a']);
    expect(seen("import { type X, y } from 'a'")).toEqual(['static a']);
    expect(seen("import { type as kind } from 'a'")).toEqual(['static a']);
    expect(seen("export { x } from 'a'")).toEqual(['static a']);
    expect(seen("export type { X } from 'a'")).toEqual(['type a']);
    expect(seen("export * from 'a'; export * as b from 'b'")).toEqual(['static a', 'static b']);
    expect(seen("const m = await import('a'); let t: import('b').T; require('c'); import(`d`)")).toEqual([
      'dynamic a',
      'dynamic b',
      'dynamic c',
      'dynamic d',
    ]);
    expect(seen("import {\n  a,\n  from,\n} from 'a'")).toEqual(['static a']);
  });

  it('is not deceived by comments, strings, templates and regular expressions', () => {
    expect(seen("// import 'a'\n/* import 'b' */ const s = \"import 'c'\";")).toEqual([]);
    expect(seen("const t = `import 'a' ${'x'} import 'b'`;")).toEqual([]);
    expect(seen("const t = `${await import('a')} ${`${import('b')}`}`;")).toEqual(['dynamic a', 'dynamic b']);
    expect(seen("const r = /import 'a'[/'\"]/; import 'b'")).toEqual(['static b']);
    expect(seen("const q = a / b; import 'c'; const z = 1 / 2")).toEqual(['static c']);
    expect(seen("import.meta.url; x.import('a'); const o = { import: 'b', require: 'c' }")).toEqual([]);
    expect(seen("export const from = 'a'; export { from }; const x = 'b'")).toEqual([]);
    expect(seen('import(name)')).toEqual([]);
  });

  it('gives the line of the import', () => {
    expect(importsOf("\n\n`\n\n`;\nimport 'a'")[0]?.line).toBe(6);
  });
});

describe('tokenize', () => {
  it('keeps lines across comments and templates, and never stops on odd text', () => {
    expect(tokenize('/*\n*/ a').map((token) => [token.kind, token.line])).toEqual([
      ['comment', 1],
      ['word', 2],
    ]);
    expect(significantTokens('`unclosed ${a').map((token) => token.text)).toEqual(['`unclosed ${', 'a']);
    expect(significantTokens("'unclosed\n\\ §").length).toBeGreaterThan(0);
  });

  it('tells a division from a regular expression', () => {
    expect(significantTokens('(a) / b / c').filter((token) => token.kind === 'regex')).toEqual([]);
    expect(significantTokens('return /a\\/[/]b/g').at(-1)).toMatchObject({ kind: 'regex', text: '/a\\/[/]b/g' });
  });
});
