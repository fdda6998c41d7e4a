import { expect, test } from 'vitest';
import { PlatformError } from '../errors/index.ts';
import type { Column } from '../tables/index.ts';
import {
  type ClassObservations,
  measureAll,
  measureOne,
  metricNamed,
  metricValue,
  observe,
  type PredictedColumns,
  type RankingObservations,
  selectRows,
  type TaskFacts,
} from './index.ts';

const numbers = (...values: number[]): Column => ({ type: 'float64', values: Float64Array.from(values), valid: null });
const texts = (...values: (string | null)[]): Column => ({ type: 'string', values, valid: null });
const flags = (...values: number[]): Column => ({ type: 'boolean', values: Uint8Array.from(values), valid: null });

function read(columns: Partial<PredictedColumns>, task: Partial<TaskFacts>, modelClasses: string[] | null = null) {
  const label = columns.label ?? numbers(0, 1);
  return observe(
    { label, prediction: null, scores: [], group: null, rowCount: label.values.length, ...columns },
    {
      task: { kind: 'binary', threshold: null, positive: null, classes: null, ...task },
      modelClasses,
      costs: {},
    },
  );
}

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return error instanceof PlatformError ? `${error.code}: ${error.message}` : String(error);
  }
  return 'nothing thrown';
}

test('labels of every type find their class, whatever the type of the classes', () => {
  const scores = [numbers(0.9, 0.4, 0.2), numbers(0.1, 0.6, 0.8)];
  for (const label of [numbers(0, 1, 1), flags(0, 1, 1)])
    expect(Array.from((read({ label, scores }, {}) as ClassObservations).actual)).toEqual([0, 1, 1]);
  const named = read({ label: texts('no', 'yes', 'yes'), scores }, { positive: 'no' }, [
    'no',
    'yes',
  ]) as ClassObservations;
  // the positive class comes second, with its scores
  expect(named.classes).toEqual(['yes', 'no']);
  expect(Array.from(named.actual)).toEqual([1, 0, 0]);
  expect(Array.from(named.scores![1]!)).toEqual([0.9, 0.4, 0.2]);
});

test('a score from the threshold on is a yes', () => {
  const scores = [numbers(0.8, 0.5), numbers(0.2, 0.5)];
  const at = (threshold: number) => Array.from((read({ scores }, { threshold }) as ClassObservations).predicted);
  expect([at(0.2), at(0.3), at(0.6)]).toEqual([
    [1, 1],
    [0, 1],
    [0, 0],
  ]);
});

test.each([
  ['NaN score', { scores: [numbers(0.5, Number.NaN), numbers(0.5, 0.5)] }, 'METRIC_BAD_VALUE', 'row 1'],
  ['score above 1', { scores: [numbers(0.5, 0.5), numbers(7, 3)] }, 'METRIC_BAD_VALUE', 'found 7 in row 0 and 1 more'],
  ['one score for two classes', { scores: [numbers(0.5, 0.5)] }, 'METRIC_NO_ANSWER', '2 classes'],
  ['no answer', {}, 'METRIC_NO_ANSWER', 'found neither'],
  ['unknown class', { label: texts('a', 'b'), prediction: texts('a', 'a') }, 'METRIC_UNKNOWN_CLASS', '"a" in row 0'],
])('refused: %s', (_, columns, code, part) => {
  const found = codeOf(() => read(columns as Partial<PredictedColumns>, {}));
  expect(found).toContain(code);
  expect(found).toContain(part);
});

test('a label that is no class of the model is one that it never answers', () => {
  const scores = [numbers(0.6, 0.2, 0.7), numbers(0.4, 0.8, 0.3)];
  const found = read({ label: texts('a', 'b', 'z'), scores }, { kind: 'multiclass' }, ['a', 'b']) as ClassObservations;
  expect([found.classes, [...found.actual], [...found.scores![2]!]]).toEqual([
    ['a', 'b', 'z'],
    [0, 1, 2],
    [0, 0, 0],
  ]);
  expect(metricValue(found, 'accuracy')).toBeCloseTo(2 / 3, 15);
  const answer = { label: texts('a', 'b'), prediction: texts('a', 'z') };
  expect(codeOf(() => read(answer, { kind: 'multiclass' }, ['a', 'b']))).toContain('METRIC_UNKNOWN_CLASS');
});

test.each([
  ['NaN', numbers(1, Number.NaN), 'row 1'],
  ['infinite', numbers(Number.POSITIVE_INFINITY, 1), 'row 0'],
  [
    'missing',
    { type: 'float64', values: Float64Array.of(1, 2), valid: Uint8Array.of(1, 0) } as Column,
    'null in row 1',
  ],
])('a regression refuses predictions: %s', (_, prediction, part) => {
  const found = codeOf(() => read({ prediction }, { kind: 'regression' }));
  expect(found).toContain('METRIC_BAD_VALUE');
  expect(found).toContain(part);
});

test('a ranking refuses relevance below 0', () => {
  expect(codeOf(() => read({ label: numbers(-1, 1), prediction: numbers(1, 2) }, { kind: 'ranking' }))).toContain(
    'from 0 on',
  );
});

test('queries that a subset does not touch do not count', () => {
  const whole = read(
    { label: numbers(1, 0, 0, 1), prediction: numbers(2, 1, 2, 1), group: texts('a', 'a', 'b', 'b') },
    { kind: 'ranking' },
  );
  expect(measureOne(whole, 'map')!.value).toBe(0.75);
  const part = selectRows(whole, [2, 3]) as RankingObservations;
  expect([part.queryCount, metricValue(part, 'map')]).toEqual([1, 0.5]);
});

test('families of metrics are found by name, in their range', () => {
  for (const name of ['ndcg_5', 'map_3', 'top_2_accuracy', 'quantile_loss_25', 'accuracy'])
    expect(metricNamed(name)?.name).toBe(name);
  for (const name of ['ndcg_0', 'ndcg_05', 'ndcg_x', 'quantile_loss_100', 'top__accuracy', 'ndcg_5x', 'nothing', ''])
    expect(metricNamed(name), name).toBeNull();
  const three = read(
    { label: texts('a', 'b', 'c'), scores: [numbers(0.5, 0.4, 0.6), numbers(0.3, 0.3, 0.3), numbers(0.2, 0.3, 0.1)] },
    { kind: 'multiclass', classes: ['a', 'b', 'c'] },
  );
  expect(measureAll(three, ['top_2_accuracy', 'ndcg_5', 'nothing'])['top_2_accuracy']!.value).toBeCloseTo(1 / 3, 15);
  expect(measureAll(three, ['ndcg_5'])).not.toHaveProperty('ndcg_5');
});

test('MAP of the first ranks', () => {
  const ranked = read(
    { label: numbers(0, 1, 1, 1), prediction: numbers(4, 3, 2, 1), group: null },
    { kind: 'ranking' },
  );
  // precision 1/2 at rank 2, 2/3 at rank 3; the best that 2 or 3 ranks allow is 2 or 3 found
  expect(metricValue(ranked, 'map_2')).toBeCloseTo(0.5 / 2, 15);
  expect(metricValue(ranked, 'map_3')).toBeCloseTo((0.5 + 2 / 3) / 3, 15);
  expect(metricValue(ranked, 'map')).toBeCloseTo((0.5 + 2 / 3 + 3 / 4) / 3, 15);
});
