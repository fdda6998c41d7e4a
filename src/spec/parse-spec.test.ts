import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  type Finding,
  formatFindings,
  parseSpec,
  readingRules,
  resolveSpec,
  rules,
  sortFindings,
  verifySpec,
} from './index.ts';

const head = 'mlspec: 1\nname: late\ntask: {kind: binary, label: late}\ningestion: {sources: {rows: rows.csv}}\n';
const design = readFileSync(new URL('../../test/golden/spec/design.yaml', import.meta.url), 'utf8');

function findingsOf(text: string): Finding[] {
  const parsed = parseSpec(text, { file: 'mlspec.yaml' });
  return sortFindings([...parsed.findings, ...resolveSpec(parsed).findings]);
}

/** Rule, place and suggestion of each finding, in the order of the text. */
function told(text: string): string[] {
  return findingsOf(text).map(
    ({ rule, position, suggestion }) => `${rule} ${position?.line}:${position?.column} ${suggestion}`,
  );
}

test('the document of the design has no finding at any stage', async () => {
  const parsed = await parseSpec(design, { file: 'mlspec.yaml', readFile: async () => 'city: Berlin\n' });
  const resolved = resolveSpec(parsed);
  expect([...parsed.findings, ...resolved.findings, ...verifySpec(resolved.spec!)]).toEqual([]);
});

describe('the text', () => {
  test.each([
    ['', 'spec/unreadable undefined:undefined write one YAML mapping'],
    ['# nothing\n', 'spec/unreadable undefined:undefined write one YAML mapping'],
    ['- a list\n', 'spec/unreadable undefined:undefined write one YAML mapping'],
    [`${head}evaluation:\n\ton: validation\n`, 'spec/syntax 6:1 indent with spaces, not tabs'],
    [
      `${head}description: "no end\n`,
      'spec/syntax 6:1 put texts with : # { } [ ] , & * ! | > or % at their beginning into quotes',
    ],
    [`${head}---\nmlspec: 1\n`, 'spec/several-documents 5:1 remove the --- and what follows'],
    [`${head}name: other\n`, 'spec/duplicate-key 5:1 keep one of them'],
    [`${head}1: x\n`, 'spec/key 5:1 write "1" in quotes'],
    [`${head}true: x\n`, 'spec/key 5:1 write "true" in quotes'],
    [`${head}? [a]\n: x\n`, 'spec/key 5:3 write a name before the colon'],
    [`${head}__proto__: {polluted: true}\n`, 'spec/key 5:1 choose another name'],
    [`${head}secrets: &all [A]\n`, 'spec/alias 5:15 repeat the value, or use params, profiles or imports'],
    [`${head}<<: {description: x}\n`, 'spec/merge-key 5:1 repeat the values, or use profiles or imports'],
    [`${head}description: !!binary aGk=\n`, 'spec/tag 5:23 remove the tag'],
    [`${head}description: no\n`, 'spec/yaml-boolean 5:14 write true or false, or "no" in quotes'],
    [`${head}params: {n: 007}\n`, 'spec/yaml-octal 5:13 write 7, or "007" in quotes'],
    [`${head}params: {n: 12345678901234567890}\n`, 'spec/number 5:13 write it in quotes, as a text'],
    [`${head}description: "\\ud800"\n`, 'spec/text 5:14 write the whole character'],
  ])('%j', (text, expected) => {
    expect(told(text)).toContain(expected);
  });

  test('YAML 1.1 is refused, not guessed', () => {
    expect(told(`%YAML 1.1\n---\n${head}`)[0]).toMatch(/^spec\/yaml-version 1:1 /);
  });

  test('a byte order mark and Windows line ends do not move places', () => {
    const text = `\uFEFF${head.replaceAll('\n', '\r\n')}trigers: {}\r\n`;
    expect(told(text)).toEqual(['spec/unknown-key 5:1 did you mean triggers?']);
    expect(findingsOf(text)[0]!.frame).toBe('  |\n5 | trigers: {}\n  | ^^^^^^^');
  });

  test('JSON is YAML', () => {
    const json = JSON.stringify({
      mlspec: 1,
      name: 'late',
      task: { kind: 'custom' },
      ingestion: { sources: { a: 'a.csv' } },
    });
    expect(told(json)).toEqual([]);
  });
});

describe('keys and types', () => {
  test.each([
    ['trigers: {}', 'spec/unknown-key 5:1 did you mean triggers?'],
    ['evaluation: {onn: validation}', 'spec/unknown-key 5:14 did you mean on?'],
    ['owners: [{nmae: x}]', 'spec/unknown-key 5:11 did you mean name?'],
    [
      'license: [MIT]',
      'spec/type 5:10 write under which licence model and data may be used: one for both, or {model, data}',
    ],
    ['license: {modle: MIT}', 'spec/unknown-key 5:11 did you mean model?'],
    ['limitations: {a: b}', 'spec/type 5:14 write where the model must not be relied on: a text, or several'],
    ['steps: {a: {sql: SELECT 1, steps: {b: {sqk: x}}}}', 'spec/unknown-key 5:40 did you mean sql?'],
    ['store: mysql', 'spec/type 5:8 write one of sqlite, postgres'],
    ['store: postgre', 'spec/type 5:8 did you mean postgres?'],
    ['splitting: {sealed: test}', 'spec/type 5:21 write a list'],
    ['splitting: {gap: 1}', 'spec/type 5:18 put the value into quotes'],
    ['splitting: {gap: 1 fortnight}', 'spec/value 5:18 write a duration such as 20 ms, 1.5 h or 1d'],
    ['splitting: {parts: {train: 150%}}', 'spec/value 5:28 write a share from 0 to 1 (0 % to 100 %)'],
    ['splitting: {order: [train, tset]}', 'spec/value 5:28 write each of the parts once: train, validation, test'],
    ['training: {sql: x, cache: no}', 'spec/type 5:27 write false'],
    ['training: {sql: x, cache: 1}', 'spec/type 5:27 write true or false'],
    ['training: {sql: x, tuning: {search: {}}}', 'spec/value 5:28 write exactly one of maximize and minimize'],
    [
      'validation: {schema: ../../etc/passwd}',
      'spec/value 5:22 write a path relative to the declaration that stays inside its folder',
    ],
    [
      'validation: {schema: /etc/passwd}',
      'spec/value 5:22 write a path relative to the declaration that stays inside its folder',
    ],
    ['steps: {"a b": {sql: x}}', 'spec/name 5:9 write a name of letters, digits, _ and -, beginning with a letter'],
    ['objectives: {gates: {a: {reliability: 99%}}}', 'spec/missing 5:22 write on: <a text> (the part that it uses)'],
    ['objectives: {baselines: {old: {modl: x}}}', 'spec/unknown-key 5:32 did you mean model?'],
    ['packaging: {format: onxn}', 'spec/type 5:21 did you mean onnx?'],
  ])('%s', (line, expected) => {
    expect(told(`${head}${line}\n`)).toContain(expected);
  });

  test('a bound that is none of the values is told as such', () => {
    const text = `${head}validation: {checks: [{that: x > 1, tolerance: 1}, {that: x > 1, tolerance: -1}]}\n`;
    const { findings } = parseSpec(text, { file: 'mlspec.yaml' });
    expect(findings.map(({ message }) => message)).toEqual([
      'expected less than 1, found 1',
      'expected at least 0, found -1',
    ]);
  });

  test('everything is found at once, in the order of the text', () => {
    const text = `mlspec: 2\nnam: x\ntask: {kind: binry}\nsplitting: {by: tim, salt: 3}\nlogging: {format: nsca}\n`;
    expect(told(text)).toEqual([
      'spec/missing 1:1 write ingestion: <a mapping> (where the data come from)',
      'spec/type 1:9 write 1',
      'spec/unknown-key 2:1 did you mean name?',
      'spec/type 3:14 did you mean binary?',
      'spec/type 4:17 write hash, hash(column), stratified(column), group(column), time(column) or predefined(column)',
      'spec/type 4:28 put the value into quotes',
      'spec/type 5:19 did you mean ncsa?',
    ]);
  });
});

test('findings have a form for people', () => {
  const parsed = parseSpec(`${head}evaluation: {onn: validation}\n`, { file: 'mlspec.yaml' });
  expect(formatFindings(parsed.findings, { color: false })).toBe(
    [
      'error[spec/unknown-key]: evaluation has no key onn',
      '  --> mlspec.yaml:5:14',
      '  |',
      '5 | evaluation: {onn: validation}',
      '  |              ^^^',
      '  help: did you mean on?',
    ].join('\n'),
  );
  expect(formatFindings(parsed.findings, { color: true })).toContain('\u001b[');
});

test('a code frame shows the stretch around the place, and no terminal obeys the text', () => {
  const line = `description: ${'x'.repeat(500)}\u001b[31m`;
  const frame = findingsOf(`${head}steps: {${' '.repeat(300)}a: 3, ${'b: {sql: x}, '.repeat(100)}}\n`)[0]!.frame!;
  for (const part of frame.split('\n')) expect(part.length).toBeLessThan(140);
  expect(frame.split('\n')[1]!.slice(frame.split('\n')[2]!.indexOf('^'))).toMatch(/^3/);
  expect(formatFindings(findingsOf(`${head}${line}\ntrigers: {}\n`), { color: false })).not.toContain('\u001b');
});

test('the ids of all rules are different, and none is both of reading and static', () => {
  const ids = [...Object.keys(readingRules), ...rules.map((rule) => rule.id)];
  expect(new Set(ids).size).toBe(ids.length);
});
