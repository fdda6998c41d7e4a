/* What words are, and what can be asked with them. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isPlatformError } from '../errors/index.ts';
import { termsOf } from './question.ts';
import { answers, snippetsOf } from './snippets.ts';
import { writeLines } from './text-line.ts';
import { partedWordsOf, storedWord, wordsOf } from './words.ts';

const words = (text: string): string[] => wordsOf(text).map(({ word }) => word);

test('words are without case and accents', () => {
  expect(words('Größe learning_rate=0.01 ÉTÉ naïve')).toEqual(['große', 'learning', 'rate', '0', '01', 'ete', 'naive']);
  expect(words('s3://Bucket/part-7.parquet')).toEqual(['s3', 'bucket', 'part', '7', 'parquet']);
  expect(words('İstanbul ﬁt e\u0301t')).toEqual(['istanbul', 'fit', 'et']);
});

test('each sign of a script without spaces is a word, with its voicing', () => {
  expect(words('東京タワー resnet東京')).toEqual(['東', '京', 'タ', 'ワ', 'ー', 'resnet', '東', '京']);
  expect(words('ガ')).not.toEqual(words('カ'));
  expect(words('한국어')).toEqual(['한', '국', '어']);
});

test('words with capitals inside are read as their parts too', () => {
  const parted = (text: string) => partedWordsOf(text)?.map(({ word }) => word) ?? null;
  expect(parted('learningRate')).toEqual(['learning', 'rate']);
  expect(parted('HTTPServer resNet50V2')).toEqual(['http', 'server', 'res', 'net50', 'v2']);
  expect(parted('learning_rate Adam SGD')).toBe(null);
});

test('the databases get ASCII', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      for (const { word } of wordsOf(text)) expect(storedWord(word)).toMatch(/^[a-z0-9]+$/);
    }),
  );
});

test('beginnings of words are beginnings of what the databases get', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      for (const { word } of wordsOf(text))
        expect(storedWord(word).startsWith(storedWord([...word].slice(0, 2).join('')))).toBe(true);
    }),
  );
});

const asked = (question: string) =>
  termsOf(question).map(({ readings, isPrefix, isExcluded, field }) =>
    [
      isExcluded ? '-' : '',
      field === null ? '' : `${field}:`,
      readings.map((one) => one.join(' ')).join('|'),
      isPrefix ? '*' : '',
    ].join(''),
  );

test('a question is words, phrases, beginnings, fields and what must not be', () => {
  expect(asked('a "b c" d* 0.93 1e-4')).toEqual(['a', 'b c', 'd*', '0 93', '1e 4']);
  expect(asked('param:lr -tag:"team red" name:res* -debug')).toEqual([
    'param:lr',
    '-tag:team red',
    'name:res*',
    '-debug',
  ]);
  expect(asked('AdamW learning_rate val/accuracy')).toEqual(['adamw|adam w', 'learning rate', 'val accuracy']);
  // What is no field is text, and signs alone are nothing.
  expect(asked('http://x foo:bar lr = 0.1 --epochs')).toEqual(['http x', 'foo bar', 'lr', '0 1', 'epochs']);
  expect(asked('"-debug" "param:lr" "a*b"')).toEqual(['debug', 'param lr', 'a b']);
});

test('what cannot be read is told with its place', () => {
  const offsets: Readonly<Record<string, number>> = {
    'lr "warm restarts': 3,
    'a*b': 1,
    'adam *': 5,
    'name:': 5,
    'lr param: x': 9,
    '-debug -old': 1,
    '= !': 0,
    '': 0,
    '🙂': 0,
    'tag:=': 4,
  };
  for (const [question, offset] of Object.entries(offsets)) {
    const error = caught(() => termsOf(question));
    expect([question, error.code, error.details['offset']]).toEqual([question, 'SEARCH_BAD_QUESTION', offset]);
  }
  expect(caught(() => termsOf('lr "warm restarts')).message).toContain('  lr "warm restarts\n     ^');
  for (const question of ['a '.repeat(21), 'x'.repeat(10_001), '"a'.repeat(5000), `"${'a '.repeat(101)}"`])
    expect(caught(() => termsOf(question)).code).toBe('SEARCH_BAD_QUESTION');
});

function caught(work: () => unknown) {
  try {
    work();
  } catch (error) {
    if (isPlatformError(error)) return error;
  }
  throw new Error('expected an error of ours');
}

test('any text is a question or a mistake that is told', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      try {
        for (const { start, end } of termsOf(text)) expect(text.slice(start, end).length).toBeGreaterThan(0);
      } catch (error) {
        if (!isPlatformError(error)) throw error;
        expect(error.code).toBe('SEARCH_BAD_QUESTION');
      }
    }),
    { numRuns: 1000 },
  );
});

const kept = {
  title: 'resNet50-baseline',
  body: writeLines(
    [
      { field: 'param', label: 'param', text: 'learningRate: 0.93' },
      { field: 'tag', label: 'tag', text: 'city: 東京都' },
      {
        field: 'report',
        label: 'report eval.md',
        text: `${'far '.repeat(100)}overfits after warm restarts ${'away '.repeat(100)}`,
      },
    ],
    10_000,
  ).body,
};

test('a text answers or not', () => {
  const yes = [
    'learning_rate',
    'learningrate',
    'LearningRate',
    'rate',
    '0.93',
    '京都',
    '東京',
    'res net50',
    'param:rate',
    'res*',
    '-adam city',
  ];
  const no = ['learning_rates', '都京', 'name:rate', '-city rate', '"rate learning"', '9.3', 'net50res'];
  for (const question of yes) expect([question, answers(termsOf(question), kept)]).toEqual([question, true]);
  for (const question of no) expect([question, answers(termsOf(question), kept)]).toEqual([question, false]);
});

test('a snippet shows what was found, marked, and of a long line its surroundings', () => {
  const shown = (question: string) =>
    snippetsOf(termsOf(question), kept).map(({ label, parts }) => [
      label,
      parts.map(({ text, isMatch }) => (isMatch ? `[${text}]` : text)).join(''),
    ]);
  expect(shown('rate 0.93')).toEqual([['param', 'learning[Rate]: [0.93]']]);
  expect(shown('learning_rate')).toEqual([['param', '[learningRate]: 0.93']]);
  expect(shown('resnet* 京')).toEqual([
    ['', '[resNet50]-baseline'],
    ['tag', 'city: 東[京]都'],
  ]);
  const [[label, text]] = shown('overfits restarts') as [[string, string]];
  expect(label).toBe('report eval.md');
  expect(text).toMatch(/^….*\[overfits\] after warm \[restarts\].*…$/);
  expect(text.length).toBeLessThan(180);
});
