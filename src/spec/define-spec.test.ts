import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { canonicalSpec, defineSpec, paramValue, parseSpec, resolveSpec, type SpecDocument, specText } from './index.ts';

function canonical(text: string): string {
  const parsed = parseSpec(text, { file: 'mlspec.yaml' });
  const { spec, findings } = resolveSpec(parsed);
  expect([...parsed.findings, ...findings].filter(({ severity }) => severity === 'error')).toEqual([]);
  return canonicalSpec(spec!);
}

describe('defineSpec', () => {
  test.each(['test/golden/spec/design.yaml', 'examples/flights/mlspec.yaml', 'examples/penguins/mlspec.yaml'])(
    'gives the canonical text of %s, byte for byte',
    (file) => {
      const yaml = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
      const document = defineSpec(parse(yaml) as SpecDocument);
      expect(canonical(specText(document))).toBe(canonical(yaml));
    },
  );

  test('is typed, with short forms and references', () => {
    const document = defineSpec({
      mlspec: 1,
      name: 'late',
      params: { sample: { type: 'share', default: '10%' } },
      task: { kind: 'binary', label: 'late', key: ['id'] },
      ingestion: { sources: { rows: { csv: 'rows.csv', sample: paramValue('sample') } } },
      splitting: { by: 'hash', parts: { train: 0.7, validation: '15%', test: '15%' }, sealed: ['test'] },
      transformation: { hour: 'hour(day)' },
      training: { python: 'train.py:train', retries: 2, tuning: { maximize: 'validation.auc', search: { a: [1, 2] } } },
      steps: { outer: { steps: { inner: { sql: 'SELECT 1' } } } },
    });
    const yaml = `
name: late
mlspec: 1
params: {sample: {type: share, default: 10%}}
task: {kind: binary, label: late, key: id}
ingestion: {sources: {rows: {csv: rows.csv, sample: $sample}}}
splitting: {parts: {validation: 15%, train: 70%, test: 0.15}, sealed: [test]}
transformation: {hour: hour(day)}
steps: {outer: {steps: {inner: {sql: SELECT 1}}}}
training:
  python: train.py:train
  retries: {limit: 2}
  tuning: {search: {a: [1, 2]}, maximize: validation.auc}
`;
    expect(canonical(specText(document))).toBe(canonical(yaml));
    // @ts-expect-error: a key that does not exist
    defineSpec({ ...document, trigers: {} });
    // @ts-expect-error: a word that is not in the list
    defineSpec({ ...document, store: 'mysql' });
  });

  test('refuses what has no JSON form', () => {
    const document = { mlspec: 1, name: 'x', training: { sql: 'x', params: { a: Number.NaN } } };
    expect(() => defineSpec(document as unknown as SpecDocument)).toThrowError(/NaN/);
  });
});
