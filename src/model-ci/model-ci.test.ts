import { expect, test } from 'vitest';
import type { ClassObservations } from '../metrics/index.ts';
import { parseSpec, type ResolvedSpec, resolveSpec } from '../spec/index.ts';
import {
  decideGate,
  decideObjective,
  formatPrice,
  GateTally,
  priceGate,
  readObjective,
  tooFewExamples,
} from './index.ts';

async function specOf(that: string, extra = ''): Promise<ResolvedSpec> {
  const text = `
mlspec: 1
name: test
task: {kind: binary, label: late, key: [id]}
objectives:
  gates: {promotion: {on: test, reliability: 0.99, uses: 1, feedback: none}}
  baselines: {old: {model: production, absent: skip}, trivial: majority}
  costs:
    false_alarm: {when: predicted and not actual, cost: 1}
    missed: {when: not predicted and actual, cost: 4}
  require: {it: ${JSON.stringify(that)}}
ingestion: {sources: {data: {csv: data.csv}}}
splitting: {parts: {train: 80%, test: 20%}, sealed: [test]}
analysis: {slices: [{distance: [500, 1000]}, origin]}
${extra}`;
  const parsed = await parseSpec(text, { file: 'mlspec.yaml' });
  const { spec } = resolveSpec(parsed, {});
  return spec!;
}

async function certifiable(that: string) {
  const spec = await specOf(that);
  const { objective, findings } = readObjective(spec, 'it');
  expect(findings).toEqual([]);
  if (objective?.kind !== 'certifiable') throw new Error(JSON.stringify(objective));
  const price = priceGate(spec, 'promotion').clauses[0]!;
  return { objective, price, spec };
}

/** A binary classifier with so many rows of each pair of truth and answer. */
function answers(counts: { tn: number; fp: number; fn: number; tp: number }): ClassObservations {
  const rows: [number, number][] = [];
  for (const [name, pair] of Object.entries({ tn: [0, 0], fp: [0, 1], fn: [1, 0], tp: [1, 1] } as const)) {
    for (let i = 0; i < counts[name as keyof typeof counts]; i++) rows.push([pair[0], pair[1]]);
  }
  return {
    kind: 'classes',
    rowCount: rows.length,
    actual: Int32Array.from(rows, ([a]) => a),
    predicted: Int32Array.from(rows, ([, p]) => p),
    scores: null,
    classes: [false, true],
    weights: null,
    costs: Float64Array.from([0, 1, 4, 0]),
  };
}

test.each([
  ['new.accuracy > 0.8 +/- 0.1', 145, 'exact binomial'],
  ['accuracy - old.accuracy > 0.02 +/- 0.1', 1060, 'hoeffding'],
  ['recall > 0.8 +/- 0.1', 145, 'exact binomial'],
  ['2 * accuracy > 1.5 +/- 0.2', 145, 'exact binomial'],
  ['1 - error_rate > 0.8 +/- 0.1', 145, 'exact binomial'],
  ['cost < 0.5 +/- 0.4', 231, 'hoeffding'],
])('%s needs %i examples', async (that, size, method) => {
  const { price } = await certifiable(that);
  expect([price.rowsNeeded, price.method]).toEqual([size, method]);
});

// Of ease.ml/ci's table: two variables, tolerance 0.1, reliability 0.99, 32 uses.
test.each([
  ['none', 1_753],
  ['first_change', 1_753],
  ['full', 5_496],
])('with feedback %s a gate of 32 uses needs %i examples', async (feedback, size) => {
  const spec = await specOf('accuracy - old.accuracy > 0.02 +/- 0.1');
  const gates = { promotion: { ...spec.objectives.gates['promotion']!, uses: 32, feedback } };
  const price = priceGate({ ...spec, objectives: { ...spec.objectives, gates } } as ResolvedSpec, 'promotion');
  expect(price.rowsNeeded).toBe(size);
});

test('edges: an estimate exactly at an edge is undecided, one row beyond decides', async () => {
  const { objective, price } = await certifiable('accuracy > 0.7 +/- 0.1');
  const decide = (right: number) => {
    const tally = new GateTally(objective.terms);
    tally.add({ new: answers({ tn: right, fp: 1000 - right, fn: 0, tp: 0 }) });
    return decideObjective(objective, tally, { price }).verdict;
  };
  expect([801, 800, 700, 600, 599].map(decide)).toEqual(['pass', 'unknown', 'unknown', 'unknown', 'fail']);
});

test('too few examples, absent and tainted baselines', async () => {
  const { objective, price } = await certifiable('accuracy - old.accuracy > 0 +/- 0.1');
  const few = new GateTally(objective.terms);
  few.add({ new: answers({ tn: 9, fp: 0, fn: 0, tp: 0 }), old: answers({ tn: 0, fp: 9, fn: 0, tp: 0 }) });
  expect(decideObjective(objective, few, { price }).verdict).toBe('unknown');
  const none = new GateTally(objective.terms);
  none.add({ new: answers({ tn: 2000, fp: 0, fn: 0, tp: 0 }) });
  expect(decideObjective(objective, none, { price }).verdict).toBe('skipped');
  expect(decideObjective(objective, none, { price, absent: { old: 'fail' } }).verdict).toBe('fail');
  const many = new GateTally(objective.terms);
  many.add({ new: answers({ tn: 2000, fp: 0, fn: 0, tp: 0 }), old: answers({ tn: 0, fp: 2000, fn: 0, tp: 0 }) });
  expect(decideObjective(objective, many, { price }).verdict).toBe('pass');
  const tainted = decideObjective(objective, many, { price, trainedOnPart: new Set(['old']) });
  expect(tainted.verdict).toBe('unknown');
  expect([decideGate([tainted], 'reject'), decideGate([tainted], 'accept')]).toEqual(['fail', 'pass']);
});

test('gap expands over declared groups; each mean has its own rows', async () => {
  const { objective, price, spec } = await certifiable('gap(recall by distance) <= 0.15 +/- 0.1');
  expect(objective.clauses).toHaveLength(6);
  expect(objective.terms.map((term) => term.where)).toEqual([
    'distance < 500',
    'distance >= 500 and distance < 1000',
    'distance >= 1000',
  ]);
  expect(price.rowsNeeded).toBe(Math.ceil((4 * Math.log(2 / (0.01 / 6))) / 0.02));
  expect(formatPrice(priceGate(spec, 'promotion'))).toContain('6 comparisons');
  const decide = (recalls: readonly number[]) => {
    const tally = new GateTally(objective.terms);
    for (const [group, recall] of recalls.entries()) {
      const batch = answers({ tn: 0, fp: 5, fn: 2000 - recall, tp: recall });
      const selections = Object.fromEntries(
        objective.terms.map((term, index) => [
          term.where!,
          new Uint8Array(batch.rowCount).fill(Number(index === group)),
        ]),
      );
      tally.add({ new: batch }, selections);
    }
    return decideObjective(objective, tally, { price }).verdict;
  };
  expect(decide([1000, 1050, 1090])).toBe('pass');
  expect(decide([1000, 1050, 1300])).toBe('unknown');
  expect(decide([1000, 1050, 1501])).toBe('fail');
});

test('what cannot be certified is measured, with the reason', async () => {
  for (const [that, reason] of [
    ['auc > 0.8 +/- 0.01', 'auc is no mean'],
    ['latency.p99 <= 20 ms', 'latency.p99 is no mean'],
    ['gap(recall by origin) < 0.1 +/- 0.1', 'not known before'],
    ['accuracy * old.accuracy > 0.5 +/- 0.1', 'product'],
    ['mae > 1', 'cap'],
  ] as const) {
    const { objective } = readObjective(await specOf(that), 'it');
    expect(objective).toMatchObject({ kind: 'measured', reason: expect.stringContaining(reason) });
  }
});

test('a part with too few rows is a finding beforehand', async () => {
  const price = priceGate(await specOf('accuracy > 0.8 +/- 0.1'), 'promotion');
  expect(tooFewExamples(price, 145)).toBeNull();
  expect(tooFewExamples(price, 144)).toMatchObject({ rule: 'objectives/too-few-examples' });
});
