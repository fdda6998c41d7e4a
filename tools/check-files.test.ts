import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { undocumented } from './check-doc-comments.ts';
import { checkFiles } from './check-files.ts';
import { functionsOf } from './source-functions.ts';
import { significantTokens } from './source-tokens.ts';

const trees: string[] = [];
afterEach(() => {
  for (const tree of trees.splice(0)) rmSync(tree, { recursive: true });
});

function broken(file: string, text: string): string[] {
  const tree = mkdtempSync(join(tmpdir(), 'check-files-'));
  trees.push(tree);
  mkdirSync(dirname(join(tree, file)), { recursive: true });
  writeFileSync(join(tree, file), text);
  return checkFiles(tree).map((problem) => `${problem.rule}:${problem.line}`);
}

describe('checkFiles', () => {
  it('holds the ceilings of files and functions', () => {
    expect(broken('src/a/b.ts', 'x;\n'.repeat(400))).toEqual([]);
    expect(broken('src/a/b.ts', 'x;\n'.repeat(401))).toEqual(['files/length:0']);
    expect(broken('src/a/b.ts', `function f() {\n${'x;\n'.repeat(68)}}`)).toEqual([]);
    expect(broken('src/a/b.ts', `\nfunction f() {\n${'x;\n'.repeat(69)}}`)).toEqual(['files/function-length:2']);
    expect(broken('src/a/b.test.ts', `it('x', () => {\n${'x;\n'.repeat(69)}})`)).toEqual([]);
  });

  it('holds names', () => {
    expect(broken('src/a/twoWords.ts', '')).toEqual(['files/kebab-case:0']);
    expect(broken('src/utils/x.ts', '')).toEqual(['files/empty-name:0']);
    expect(broken('src/a/helpers.ts', '')).toEqual(['files/empty-name:0']);
    expect(broken('src/a/two-words.test.ts', '')).toEqual([]);
  });

  it('keeps the environment, the clock and randomness in their rooms', () => {
    const all = 'process.env; Date.now(); new Date(); new Date; performance.now(); Math.random(); crypto.randomUUID();';
    expect(broken('src/a/b.ts', all)).toEqual(Array(7).fill('files/room:1'));
    expect(broken('src/a/b.test.ts', all)).toEqual([]);
    expect(broken('src/a/b.ts', "new Date(5); // process.env\nconst s = 'Date.now()';")).toEqual([]);
    expect(broken('src/app/b.ts', 'process.env')).toEqual([]);
    expect(broken('src/encoding/clock.ts', 'Date.now()')).toEqual([]);
  });

  it('wants the issue of a TODO', () => {
    expect(broken('src/a/b.ts', '/*\n TODO later */')).toEqual(['files/todo:2']);
    expect(broken('src/a/b.ts', "// TODO(#12) later\nconst TODO = 'TODO';")).toEqual([]);
  });
});

describe('functionsOf', () => {
  const seen = (source: string) =>
    functionsOf(significantTokens(source)).map((found) => `${found.name} ${found.lineCount}`);

  it('sees functions, arrows and methods, past return types', () => {
    expect(seen('function f<T>(a: { b: T }): Promise<{ c: T }> {\n}')).toEqual(['f 2']);
    expect(seen('async function* g(): AsyncIterable<X> {\n\n}')).toEqual(['g 3']);
    expect(seen('const h = (a) => {\n};')).toEqual(['(arrow) 2']);
    expect(seen('class A { async run(x: X): Promise<void> {\n} get y() { return 1; } z<T>() {} }')).toEqual([
      'run 2',
      'y 1',
      'z 1',
    ]);
    expect(seen('const o = { plan(a) {\n}, run: async (b) => {} }')).toEqual(['plan 2', '(arrow) 1']);
    expect(seen('function t(x: unknown): x is { a: 1 } {\n}')).toEqual(['t 2']);
  });

  it('does not take blocks, types or overloads for functions', () => {
    expect(
      seen('if (a) {\n} for (;;) {} switch (x) {} interface I { m(): { a: 1 }; n: () => void; function: string }'),
    ).toEqual([]);
    expect(seen('function o(a: string): void; function o(a) {}')).toEqual(['o 1']);
  });
});

describe('undocumented', () => {
  const seen = (source: string) => undocumented(source).map((found) => `${found.name} ${found.line}`);

  it('finds exports without a doc comment, wherever the word export stands', () => {
    expect(seen('export const a = 1;\n/** Says. */\nexport const b = 1;\n// no\nexport function c() {}')).toEqual([
      'a 1',
      'c 5',
    ]);
    expect(
      seen('export async function a() {}\nexport abstract class B {}\nexport type C = 1;\nexport interface D {}'),
    ).toHaveLength(4);
    expect(seen('const a = 1;\nexport { a };')).toEqual(['a 1']);
    expect(seen('/** Says. */\nconst a = 1;\nexport { a as b };')).toEqual([]);
    expect(seen("export { a } from './a.ts';\nexport type { B } from './b.ts';")).toEqual([]);
    expect(seen('/** Says. */\nexport function a(): void;\nexport function a(b?: 1): void {}')).toEqual([]);
    expect(seen('/** */\nexport const a = 1;')).toEqual(['a 2']);
    expect(seen('const inner = { type: 1 }; function f() { const x = 1; }')).toEqual([]);
  });
});
