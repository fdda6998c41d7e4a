import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readAnswers } from './answers.ts';
import { sourceNames } from './source-names.ts';
import { cellsOf, type GovernanceTemplate, readTemplate } from './template.ts';

const folder = new URL('../../../templates/', import.meta.url);
const files = readdirSync(folder);
const shipped = new Map(
  files.map((file): [string, ReturnType<typeof readTemplate>] => [
    file,
    readTemplate(readFileSync(new URL(file, folder), 'utf8'), file),
  ]),
);

const numbersOf = (file: string): string[] =>
  shipped.get(file)!.template!.sections.flatMap(({ points }) => points.map(({ number }) => number));
const letters = (point: number): string[] => [...'abcdefgh'].map((letter) => `${point}(${letter})`);
/** NIST AI 100-1: how many outcomes each category has. */
const outcomes = {
  GOVERN: [7, 3, 2, 3, 2, 2],
  MAP: [6, 3, 5, 2, 2],
  MEASURE: [3, 13, 3, 3],
  MANAGE: [4, 4, 2, 3],
};

describe('templates that come with the program', () => {
  it.each(files)('%s has its form and the name of its file', (file) => {
    const { template, findings } = shipped.get(file)!;
    expect(findings).toEqual([]);
    expect(`${template!.id}.yaml`).toBe(file);
  });

  it('follow the numbering of their texts', () => {
    expect(numbersOf('eu-ai-act-annex-iv.yaml')).toEqual([
      ...letters(1),
      ...letters(2),
      ...['3', '4', '5', '6', '7', '8', '9'],
    ]);
    const wanted = Object.entries(outcomes).flatMap(([name, counts]) =>
      counts.flatMap((count, category) =>
        Array.from({ length: count }, (_, index) => `${name} ${category + 1}.${index + 1}`),
      ),
    );
    expect(numbersOf('nist-ai-rmf.yaml')).toEqual(wanted);
    expect(wanted).toHaveLength(72);
  });

  it('show everything that the vocabulary has', () => {
    const used = new Set(
      [...shipped.values()].flatMap(({ template }) =>
        cellsOf(template!).flatMap((cell) => ('from' in cell ? [cell.from] : [])),
      ),
    );
    expect(sourceNames.filter((name) => !used.has(name))).toEqual([]);
  });
});

describe('a template', () => {
  const text = (cells: string): string =>
    `template: 1\nid: own\ntitle: Own\ndated: 2026-01-31\nsource: {name: n, version: v, date: 2026-01-01}\n` +
    `sections: [{number: A, title: t, points: [{number: A.1, asks: what, cells: ${cells}}]}]\n`;
  const told = (cells: string): string[] =>
    readTemplate(text(cells), 'own.yaml').findings.map(
      ({ rule, position, suggestion }) => `${rule} ${position?.line}:${position?.column} ${suggestion}`,
    );

  it('may be the one of the reference, and so may the answers', () => {
    const page = readFileSync(new URL('../../../docs/reference/governance.md', import.meta.url), 'utf8');
    const [template, answers] = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, yaml]) => yaml!);
    const read = readTemplate(template!, 'house-rules.yaml');
    expect(read.findings).toEqual([]);
    expect(readAnswers(answers!, 'answers.yaml', read.template!)).toMatchObject({
      answers: { rights: { by: 'Jane Doe' } },
    });
  });

  it('may be JSON', () => {
    const template: GovernanceTemplate = readTemplate(text('[{id: a, from: metrics}]'), 'own.yaml').template!;
    expect(readTemplate(JSON.stringify(template), 'own.json')).toEqual({ template, findings: [] });
  });

  it.each([
    ['[{id: a, from: metrics}, {id: a, human: me}]', 'governance/duplicate-cell 6:106 give it a name of its own'],
    ['[{id: a, from: metrik}]', 'spec/type 6:91 did you mean metrics?'],
    ['[{id: a, frm: metrics}]', 'spec/unknown-key 6:85 did you mean from?'],
    ['[{id: a b, human: me}]', 'spec/type 6:82 write a name of letters'],
    ['[]', 'spec/type'],
    ['[{id: a, from: metrics, human: me}]', 'spec/unknown-key'],
  ])('with %s is told %s', (cells, finding) => {
    expect(told(cells).join('\n')).toContain(finding);
    expect(readTemplate(text(cells), 'own.yaml').template).toBeNull();
  });

  it('never throws', () => {
    for (const bad of ['', '[', 'a: &b [*b]', '- 1', '\u0000', 'template: 1\n'.repeat(3), `${'['.repeat(10_000)}`])
      expect(readTemplate(bad, 'bad.yaml').template).toBeNull();
  });
});
