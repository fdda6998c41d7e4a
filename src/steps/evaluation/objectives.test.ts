import { expect, test } from 'vitest';
import { seededRandom } from '../../encoding/index.ts';
import type { ClassObservations } from '../../metrics/index.ts';
import { measureObjectives, needsOf, stopsNothing } from './objectives.ts';
import type { Scope } from './quantities.ts';

function answers(actual: readonly number[], predicted: readonly number[]): ClassObservations {
  return {
    kind: 'classes',
    rowCount: actual.length,
    actual: Int32Array.from(actual),
    predicted: Int32Array.from(predicted),
    scores: null,
    classes: [false, true],
    weights: null,
    costs: Float64Array.of(0, 1, 4, 0),
  };
}

//            island:  A A A A B B B B B C
const actual = [1, 1, 0, 0, 1, 1, 1, 1, 0, 0];
const scope: Scope = {
  subjects: {
    new: answers(actual, [1, 0, 0, 0, 1, 1, 1, 0, 0, 0]),
    trivial: answers(actual, [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]),
  },
  groups: { island: { names: ['B', 'A', 'C'], of: Int32Array.of(1, 1, 1, 1, 0, 0, 0, 0, 0, 2) } },
  conditions: { 'distance > 3': Uint8Array.of(1, 1, 0, 0, 0, 0, 0, 0, 1, 1) },
  constants: { size: 2_000 },
};

function measure(that: string, within: Scope = scope) {
  return measureObjectives({ it: { that, gate: 'measured' } }, within)['it']!;
}

test.each([
  ['new.accuracy > 0.7', 0.8, true],
  ['accuracy >= 80%', 0.8, true],
  // 0.8 - 0.6 is a rounding above 0.2
  ['new.accuracy - trivial.accuracy > 0.2 +/- 0.05', 0.2, false],
  ['trivial.cost - new.cost > 0', 0.4 - 0.8, false],
  ['gap(recall by island) <= 0.2', 0.75, false],
  ['min(accuracy by island) > 0.7', 0.75, true],
  ['max(accuracy by island) < 1', 1, false],
  ['mean(accuracy by island) > 0.8', (0.75 + 0.8 + 1) / 3, true],
  ['(accuracy where distance > 3) > 0.7', 0.75, true],
  ['min(accuracy by island where distance > 3) >= 0.5', 0.5, true],
  ['disagreement(new, trivial) < 0.5', 0.6, false],
  ['2 * recall - 1 > 0', 1 / 3, true],
  ['size <= 2 KiB', 2_000, true],
])('%s', (that, value, met) => {
  const found = measure(that);
  expect(found.value).toBeCloseTo(value, 12);
  expect(found.met).toBe(met);
});

test.each([
  'auc > 0.5',
  'latency.p99 <= 20 ms',
  'old.accuracy > 0.5',
  'gap(recall by nowhere) < 1',
  '(recall where never > 3) > 0.5',
  'new.accuracy / 0 > 1',
  'rmse < 1',
])('undefined: %s', (that) => {
  expect(measure(that)).toEqual({ that, gate: 'measured', value: null, interval: null, met: null, sure: false });
});

function simulate(rows: number): Scope {
  const random = seededRandom(`rows ${rows}`);
  const truth = Array.from({ length: rows }, () => (random() < 0.5 ? 1 : 0));
  const right = (share: number) => truth.map((value) => (random() < share ? value : 1 - value));
  const groups = { island: { names: ['A', 'B'], of: Int32Array.from(truth, (_, row) => row % 2) } };
  const subjects = { new: answers(truth, right(0.9)), old: answers(truth, right(0.8)) };
  return { subjects, groups, conditions: {}, constants: {} };
}

test('intervals: paired over rows, resampled, by groups of rows; sure where all of the interval agrees', () => {
  const small = simulate(2_000);
  const difference = measure('new.accuracy - old.accuracy > 0.05', small);
  expect(difference).toMatchObject({ met: true, sure: true });
  expect(difference.interval!.method).toContain('paired');
  const half = (difference.interval!.high - difference.interval!.low) / 2;
  // two independent shares of 2000 rows
  expect(half).toBeCloseTo(1.96 * Math.sqrt((0.9 * 0.1 + 0.8 * 0.2) / 2_000), 2);
  expect(measure('new.accuracy - old.accuracy > 0.1', small).sure).toBe(false);
  const resampled = measure('new.f1 - old.f1 > 0', small);
  expect(resampled.interval!.method).toBe('paired bootstrap (200)');
  expect(resampled.interval!.low).toBeLessThan(resampled.value!);
  expect(measure('new.f1 - old.f1 > 0', small)).toEqual(resampled);
  const large = measure('new.f1 - old.f1 > 0', simulate(25_000));
  expect(large.interval!.method).toBe('40 groups of rows, paired');
  expect(large.sure).toBe(true);
  expect(measure('size > 1', { ...small, constants: { size: 5 } })).toMatchObject({ met: true, interval: null });
});

test('what objectives ask of the rows', () => {
  const objectives = {
    even: { that: 'gap(recall by [island, sex] where distance > 3) < 1', gate: 'none' },
    wrong: { that: 'nonsense (', gate: 'none' },
  };
  expect(needsOf(objectives)).toEqual({ slices: ['island', 'sex'], conditions: ['distance > 3'] });
  expect(measureObjectives(objectives, scope)['wrong']).toMatchObject({ value: null, met: null });
});

test('only an objective of gate measured that is known to be missed stops a release', () => {
  const one = (gate: string, met: boolean | null) => ({ it: { gate, met } });
  expect(stopsNothing(one('measured', false))).toBe(false);
  expect(stopsNothing(one('measured', null))).toBe(true);
  expect(stopsNothing(one('none', false))).toBe(true);
});
