import { expect, test } from 'vitest';
import { seededRandom } from '../../encoding/index.ts';
import type { ClassObservations, NumberObservations, RankingObservations } from '../../metrics/index.ts';
import { judgeMeasured, measureObjectives, misplacedQuantities, needsOf, timedModels } from './objectives.ts';
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
  constants: { 'new.size': 2_000 },
  requests: { new: Float64Array.from({ length: 201 }, (_, index) => index / 10) },
  missing: { old: 'old does not exist' },
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
  ['latency.p50 <= 10 ms', 10, true],
  ['new.latency.p99 < 19800 us', 19.8, false],
  ['latency.p95 - latency.p90 <= 1 ms', 1, true],
  ['latency.mean > 0.02 s', 10, false],
])('%s', (that, value, met) => {
  const found = measure(that);
  expect(found.value).toBeCloseTo(value, 12);
  expect(found.met).toBe(met);
});

test.each([
  ['abs(new.recall - trivial.recall) < 0.5', 1 / 3],
  ['recall(class=true) > 0.6', 4 / 6],
  ['recall(class=false) > 0.9', 1],
  ['trivial.precision(class=true) > 0.5', 0.6],
  ['gap(recall(class=true) by island) < 1', 0.75],
  ['positive_rate < 0.5', 0.4],
])('of one class, without sign: %s', (that, value) => {
  expect(measure(that).value).toBeCloseTo(value, 12);
});

const errors = [0, 1, -2, 30, -40];
const numbers: NumberObservations = {
  kind: 'numbers',
  rowCount: errors.length,
  actual: Float64Array.from(errors, (_, row) => 100 * row),
  predicted: Float64Array.from(errors, (error, row) => 100 * row + error),
  weights: null,
};

test.each([
  ['mae(cap=10) < 5', (0 + 1 + 2 + 10 + 10) / 5],
  ['mse(cap=9) < 5', (0 + 1 + 4 + 9 + 9) / 5],
  ['mae < 50', 73 / 5],
  ['mae - mae(cap=10) < 50', 50 / 5],
])('capped: %s', (that, value) => {
  const found = measure(that, { ...scope, subjects: { new: numbers } });
  expect(found.value).toBeCloseTo(value, 12);
  expect(found.interval!.method).toBe("Student's t, of the mean over rows, paired");
});

test.each([
  ['auc > 0.5', 'undefined'],
  ['recall(class=9) > 0.5', 'undefined'],
  ['old.latency.p99 <= 20 ms', 'old does not exist'],
  ['old.accuracy > 0.5', 'old does not exist'],
  ['new.accuracy > old.accuracy', 'old does not exist'],
  ['disagreement(new, old) < 0.5', 'old does not exist'],
  ['gap(recall by nowhere) < 1', 'undefined'],
  ['(recall where never > 3) > 0.5', 'undefined'],
  ['new.accuracy / 0 > 1', 'undefined'],
  ['rmse < 1', 'undefined'],
  ['nonsense (', 'no comparison'],
])('not measured: %s', (that, why) => {
  const reason = expect.stringContaining(why);
  expect(measure(that)).toEqual({
    that,
    gate: 'measured',
    value: null,
    interval: null,
    met: null,
    sure: false,
    reason,
  });
});

test('models are told apart by the names of their classes, not by their order', () => {
  const turned = { ...answers(actual, [1, 0, 0, 0, 1, 1, 1, 0, 0, 0]), classes: [true, false] };
  const within = { ...scope, subjects: { ...scope.subjects, old: turned }, missing: {} };
  expect(measure('disagreement(new, old) < 0.5', within).value).toBe(1);
});

function simulate(rows: number): Scope {
  const random = seededRandom(`rows ${rows}`);
  const truth = Array.from({ length: rows }, () => (random() < 0.5 ? 1 : 0));
  const right = (share: number) => truth.map((value) => (random() < share ? value : 1 - value));
  const groups = { island: { names: ['A', 'B'], of: Int32Array.from(truth, (_, row) => row % 2) } };
  const subjects = { new: answers(truth, right(0.9)), old: answers(truth, right(0.8)) };
  return { subjects, groups, conditions: {}, constants: {}, requests: {}, missing: {} };
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
  expect(measure('size > 1', { ...small, constants: { 'new.size': 5 } })).toMatchObject({ met: true, interval: null });
});

/** Queries of two rows, the relevant one first with some probability. */
function simulateQueries(count: number, share: number): RankingObservations {
  const random = seededRandom(`queries ${count}`);
  const scores = Float64Array.from({ length: 2 * count }, (_, row) => (row % 2 === 0 ? Number(random() < share) : 0.5));
  return {
    kind: 'ranking',
    rowCount: 2 * count,
    relevance: Float64Array.from(scores, (_, row) => (row + 1) % 2),
    scores,
    query: Int32Array.from(scores, (_, row) => row >> 1),
    queryCount: count,
  };
}

test('of rankings what is no mean over queries has an interval from groups of queries', () => {
  const subjects = { new: simulateQueries(2_000, 0.8), old: simulateQueries(2_000, 0.6) };
  const groups = { market: { names: ['A', 'B'], of: Int32Array.from({ length: 4_000 }, (_, row) => (row >> 1) % 2) } };
  const within = { ...scope, subjects, groups };
  expect(measure('ndcg_1 > 0.7', within).interval!.method).toContain('paired');
  const ratio = measure('new.ndcg_1 / old.ndcg_1 > 1', within);
  expect(ratio.interval!.method).toBe('40 groups of queries, paired');
  expect(ratio.sure).toBe(true);
  expect(ratio.interval!.low).toBeLessThan(0.8 / 0.6);
  expect(ratio.interval!.high).toBeGreaterThan(0.8 / 0.6);
  // A group of every fortieth query holds one of the two markets alone: there is no gap in it.
  expect(measure('min(ndcg_1 by market) > 0.5', within).interval!.method).toContain('queries');
  const few = { ...within, subjects: { new: simulateQueries(5, 0.8), old: simulateQueries(5, 0.6) } };
  expect(measure('new.map / (old.map + 1) > 0', few).interval!.method).toBe('5 groups of queries, paired');
});

test('the interval of a latency comes from its requests', () => {
  const { interval } = measure('latency.p50 < 12 ms');
  expect(interval!.method).toBe('bootstrap (200) of requests');
  expect(interval!.low).toBeGreaterThan(8);
  expect(interval!.low).toBeLessThan(10);
  expect(interval!.high).toBeGreaterThan(10);
  expect(interval!.high).toBeLessThan(12);
});

test('latencies and sizes of rules and of some rows are found', () => {
  const found = (that: string) => misplacedQuantities(that, new Set(['trivial'])).map(({ name }) => name);
  expect(found('trivial.latency.p99 - new.latency.p99 > 1 ms')).toEqual(['trivial.latency.p99']);
  expect(found('trivial.size > 1 MiB')).toEqual(['trivial.size']);
  expect(found('gap(latency.p50 by island) < 1 ms')).toEqual(['latency.p50']);
  expect(found('(new.size where distance > 3) < 1 MiB')).toEqual(['new.size']);
  expect(found('old.size - new.size > 0 B')).toEqual([]);
  expect([...timedModels({ it: { that: 'old.latency.p99 - latency.p50 > 1 ms', gate: 'none' } })]).toEqual([
    'old',
    'new',
  ]);
});

test('what objectives ask of the rows', () => {
  const objectives = {
    even: { that: 'gap(recall by [island, sex] where distance > 3) < 1', gate: 'none' },
    wrong: { that: 'nonsense (', gate: 'none' },
  };
  expect(needsOf(objectives)).toEqual({ slices: ['island', 'sex'], conditions: ['distance > 3'] });
  expect(measureObjectives(objectives, scope)['wrong']).toMatchObject({ value: null, met: null });
});

test('an objective of gate measured that is missed or undefined stops a release, unless its baseline may be absent', () => {
  const judge = (gate: string, met: boolean | null) =>
    judgeMeasured({ it: { that: 'new.auc > old.auc', gate, met } }, new Set(['old']));
  expect(judge('measured', false)).toEqual({ passed: false, missed: ['it'] });
  expect(judge('measured', true)).toEqual({ passed: true, missed: [] });
  expect(judge('measured', null)).toEqual({ passed: true, missed: [] });
  expect(judge('none', false)).toEqual({ passed: true, missed: [] });
  const undefinedOne = { it: { that: 'auc > 0.5', gate: 'measured', met: null } };
  expect(judgeMeasured(undefinedOne, new Set(['old']))).toEqual({ passed: false, missed: ['it'] });
});
