import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { checkCodes, checkLinks, checkSnippets, checkVariables } from './check-docs.ts';
import { checkErrorCodes } from './check-error-codes.ts';
import { checkRules } from './check-rules.ts';
import { checkSections, lifecycle } from './check-sections.ts';
import { replaceBetweenMarkers } from './generated.ts';
import { readMarkdown, slug } from './markdown.ts';
import type { Problem } from './problem.ts';

const trees: string[] = [];
afterEach(() => {
  for (const tree of trees.splice(0)) rmSync(tree, { recursive: true });
});

function treeOf(files: Record<string, string>): string {
  const tree = mkdtempSync(join(tmpdir(), 'check-docs-'));
  trees.push(tree);
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(tree, file)), { recursive: true });
    writeFileSync(join(tree, file), text);
  }
  return tree;
}
const brief = (problems: readonly Problem[]) =>
  problems.map((problem) => `${problem.rule} ${problem.file}:${problem.line}`);

describe('checkLinks', () => {
  it('finds links and anchors that point nowhere, but not in code', () => {
    const tree = treeOf({
      'README.md':
        '# One\n[a](docs/b.md)\n[b](docs/b.md#two-words)\n[c](#one)\n`[x](no.md)`\n```\n[x](no.md)\n```\n[e](https://a.b)',
      'docs/b.md': '## Two *words*!\n[up](../README.md#one) <a id="here"></a> [h](#here)\n',
    });
    expect(checkLinks(tree)).toEqual([]);
    const broken = treeOf({ 'a.md': '[x](no.md)\n\n[y](b.md#no)\n![z](no.png)\n[up](../../x.md)', 'b.md': '# B' });
    expect(brief(checkLinks(broken))).toEqual([
      'docs/broken-link a.md:1',
      'docs/broken-anchor a.md:3',
      'docs/broken-link a.md:4',
      'docs/broken-link a.md:5',
    ]);
  });

  it('names headings as GitHub does', () => {
    expect(slug('2.1 `spec/` & *other* Things')).toBe('21-spec--other-things');
    expect([...readMarkdown('# A\n# A').anchors]).toEqual(['a', 'a-1']);
  });
});

describe('checkSnippets', () => {
  it('parses marked blocks, completes parts, and gives the line in the page', async () => {
    const seen: string[] = [];
    const parse = async (text: string) => {
      seen.push(text);
      const line = text.split('\n').indexOf('bad: 1') + 1;
      return line > 0 ? [{ rule: 'spec/x', message: 'm', position: { line } }] : [];
    };
    const page =
      'x\n```yaml mlspec\nmlspec: 1\nbad: 1\n```\n```yaml\nbad: 1\n```\n```yaml mlspec part\ntask: {}\nbad: 1\n```\n';
    expect(brief(await checkSnippets(treeOf({ 'a.md': page }), parse))).toEqual([
      'docs/snippet spec/x a.md:4',
      'docs/snippet spec/x a.md:11',
    ]);
    expect(seen[1]).toMatch(/^mlspec: 1\nname: part\ningestion: .*\ntask: \{\}\nbad: 1\n$/);
  });
});

describe('codes', () => {
  it('finds codes that exist on one side only', () => {
    const tree = treeOf({ 'docs/reference/errors.md': '`SPEC_A` `SPEC_GONE` `OTHER_WORD`', 'b.md': '`SPEC_A`' });
    expect(brief(checkCodes(tree, ['SPEC_A', 'SPEC_B']))).toEqual([
      'docs/unknown-code docs/reference/errors.md:1',
      'docs/missing-code docs/reference/errors.md:0',
    ]);
  });

  it('finds codes that nothing raises or tests', () => {
    const tree = treeOf({ 'src/a/a.ts': "throw new E('A_ONE'); 'A_TWO'", 'src/a/a.test.ts': "'A_ONE' 'A_THREE'" });
    expect(checkErrorCodes(tree, ['A_ONE', 'A_TWO', 'A_THREE']).map((problem) => problem.rule)).toEqual([
      'error-codes/untested',
      'error-codes/unused',
    ]);
  });
});

describe('checkRules', () => {
  it('finds rules that no test names, of the catalogue and of sources', () => {
    const tree = treeOf({ 'src/a/a.ts': "rule: 'a/one', rule: 'a/two'", 'src/a/a.test.ts': "/a\\/two/ 'three'" });
    const { rules, problems } = checkRules(tree, ['expression/three', 'spec/four']);
    expect(rules).toEqual(['a/one', 'a/two', 'expression/three', 'spec/four']);
    expect(problems.map(({ message }) => message.split(' ')[0])).toEqual(['a/one', 'spec/four']);
  });
});

describe('checkVariables', () => {
  it('finds variables that the page does not name', () => {
    const page = { 'docs/reference/configuration.md': '`MLSPEC_A`' };
    expect(checkVariables(treeOf({ ...page, 'src/app/config.ts': "env['MLSPEC_A'] env.MLSPEC_B" }))).toHaveLength(1);
  });
});

describe('checkSections', () => {
  it('finds sections without file, page, title or folder, and folders that are no stage', () => {
    const rules = new Set(checkSections(treeOf({ 'src/steps/odd/x.ts': '' })).map((problem) => problem.rule));
    expect([...rules].sort()).toEqual([
      'sections/no-page',
      'sections/no-section',
      'sections/no-stage',
      'sections/odd-stage',
    ]);
    const pages = Object.fromEntries(lifecycle.map((name) => [`docs/reference/${name}.md`, '# Other\n']));
    expect(checkSections(treeOf(pages)).filter((problem) => problem.rule === 'sections/page-title')).toHaveLength(13);
  });
});

describe('replaceBetweenMarkers', () => {
  it('replaces what stands between, and fails where the markers are missing', () => {
    const text = 'a\n<!-- x:begin (generated) -->\nold\n<!-- x:end -->\nb';
    expect(replaceBetweenMarkers(text, 'x', 'new $1\n')).toBe(
      'a\n<!-- x:begin (generated) -->\nnew $1\n<!-- x:end -->\nb',
    );
    expect(() => replaceBetweenMarkers('a', 'x', 'new')).toThrow('markers');
  });
});
