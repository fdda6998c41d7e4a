import fc from 'fast-check';
import { expect, test } from 'vitest';
import { seededRandom } from '../encoding/index.ts';
import type { ClassObservations } from '../metrics/index.ts';
import { ExactSum, exactBinomialSize, exactLowerBound, hoeffdingSize } from '../stats/index.ts';
import { type CertifiableObjective, type ClausePrice, decideObjective, GateTally, type Term } from './index.ts';
import { add, constantForm, extremeForm, type Linear, meanForm, toNormalForm } from './normal-form.ts';
import { compare, negated, one, plus, rationalOf, times, toNumber, zero } from './rational.ts';

const decimal = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e12, max: 1e12 });

test('fractions are the decimals that were written', () => {
  expect(compare(plus(rationalOf(0.1), rationalOf(0.2)), rationalOf(0.3))).toBe(0);
  expect(compare(plus(rationalOf(0.3), negated(rationalOf(0.1))), rationalOf(0.2))).toBe(0);
  fc.assert(
    fc.property(decimal, decimal, (a, b) => {
      expect(compare(rationalOf(a), rationalOf(b))).toBe(Math.sign(a - b) + 0);
      expect(Math.abs(toNumber(rationalOf(a)) - a)).toBeLessThanOrEqual(Math.abs(a) * 3e-16);
      expect(compare(times(rationalOf(a), one), rationalOf(a))).toBe(0);
    }),
  );
  expect(toNumber(rationalOf(5e-324))).toBe(5e-324);
  expect(toNumber(rationalOf(Number.MAX_VALUE))).toBe(Number.MAX_VALUE);
  expect(toNumber(zero)).toBe(0);
});

test('sums do not depend on order', () => {
  const total = (values: readonly number[]): number => {
    const sum = new ExactSum();
    for (const value of values) sum.add(value);
    return sum.value;
  };
  expect(total([1e100, 1, -1e100])).toBe(1);
  expect(total([0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1])).toBe(1);
  expect(total([])).toBe(0);
  expect(total([1, Number.NaN])).toBeNaN();
  fc.assert(
    fc.property(fc.array(decimal, { maxLength: 40 }), (values) => {
      const sorted = [...values].sort((a, b) => Math.abs(a) - Math.abs(b));
      expect(total([...values].reverse())).toBe(total(values));
      expect(total(sorted)).toBe(total(values));
    }),
  );
});

test("exact bounds are Clopper's and Pearson's", () => {
  // Values of SciPy's beta quantiles.
  expect(exactLowerBound(3, 100, 0.025)).toBeCloseTo(0.006229972, 8);
  expect(1 - exactLowerBound(97, 100, 0.025)).toBeCloseTo(0.085176053, 8);
  expect(exactLowerBound(5400, 5509, 0.025)).toBeCloseTo(0.97618131, 8);
  expect(exactLowerBound(0, 100, 0.025)).toBe(0);
  expect(1 - exactLowerBound(100, 100, 0.025)).toBeCloseTo(0.036216693, 8);
});

function termOf(name: string): Term {
  const facts = { class: null, where: null, cap: null, base: 'all', isProportion: true, span: 1 } as const;
  return { metric: name, subject: 'new', ...facts };
}

const names = ['a', 'b', 'c'] as const;
type Values = Readonly<Record<string, number>>;

/** A linear form with extremes, and what it is worth for given means. */
interface Sample {
  readonly form: Linear;
  readonly worth: (values: Values) => number;
}
const { sample } = fc.letrec<{ sample: Sample }>((tie) => ({
  sample: fc.oneof(
    { maxDepth: 3 },
    fc
      .integer({ min: -3, max: 3 })
      .map((value): Sample => ({ form: constantForm(rationalOf(value)), worth: () => value })),
    fc
      .constantFrom(...names)
      .map((name): Sample => ({ form: meanForm(termOf(name)), worth: (values) => values[name]! })),
    fc.tuple(tie('sample'), tie('sample'), fc.integer({ min: -2, max: 2 })).map(
      ([a, b, factor]): Sample => ({
        form: add(a.form, b.form, rationalOf(factor)),
        worth: (values) => a.worth(values) + factor * b.worth(values),
      }),
    ),
    fc.tuple(fc.constantFrom('max', 'min'), fc.array(tie('sample'), { minLength: 1, maxLength: 3 })).map(
      ([kind, of]): Sample => ({
        form: extremeForm(
          kind as 'max' | 'min',
          of.map((one) => one.form),
        ),
        worth: (values) => Math[kind as 'max' | 'min'](...of.map((one) => one.worth(values))),
      }),
    ),
  ),
}));

test('normal form says what the expression says, for every mixture of extremes', () => {
  const whole = fc.integer({ min: -4, max: 4 });
  const facts = fc.record({
    a: whole,
    b: whole,
    c: whole,
    comparison: fc.constantFrom('<', '>'),
    orEqual: fc.boolean(),
  });
  fc.assert(
    fc.property(sample, facts, ({ form, worth }, { comparison, orEqual, ...values }) => {
      const normal = toNormalForm({ form, comparison: comparison as '<' | '>', orEqual });
      if (normal === null) return;
      const holds = (difference: number): boolean =>
        (orEqual && difference === 0) || (comparison === '>' ? difference > 0 : difference < 0);
      const clauses = normal.clauses.map((clause) => {
        const value = clause.sum.reduce(
          (sum, { coefficient, term }) => sum + coefficient * values[normal.terms[term]!.metric as 'a'],
          0,
        );
        return holds(value - clause.bound);
      });
      const evaluate = (tree: typeof normal.tree): boolean =>
        typeof tree === 'number'
          ? clauses[tree]!
          : typeof tree === 'boolean'
            ? tree
            : 'all' in tree
              ? tree.all.every(evaluate)
              : tree.any.some(evaluate);
      expect(evaluate(normal.tree)).toBe(holds(worth(values)));
    }),
    { numRuns: 2000 },
  );
});

function observations(right: Uint8Array): ClassObservations {
  return {
    kind: 'classes',
    rowCount: right.length,
    actual: new Int32Array(right.length),
    predicted: Int32Array.from(right, (one) => 1 - one),
    scores: null,
    classes: [false, true],
    weights: null,
    costs: null,
  };
}

function objectiveOf(models: readonly string[], bound: number, tolerance: number | null): CertifiableObjective {
  const terms = models.map((subject) => ({ ...termOf('accuracy'), subject }));
  const sum = models.map((_, term) => ({ coefficient: term === 0 ? 1 : -1, term }));
  return {
    kind: 'certifiable',
    name: 'it',
    text: '',
    terms,
    clauses: [{ sum, comparison: '>', bound }],
    tree: 0,
    tolerance,
  };
}

function priceOf(rowsNeeded: number | null, delta: number): ClausePrice {
  const facts = { name: 'it', text: '', method: 'interval', comparisonCount: 1, needs: [] } as const;
  return { ...facts, rowsNeeded, delta, rowsNeededEach: [rowsNeeded] };
}

test('batches and the order of rows change nothing', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { minLength: 2, maxLength: 60 }), fc.nat(), (values, cut) => {
      const objective = objectiveOf(['new'], 0.5, 0.1);
      const right = Uint8Array.from(values, Number);
      const at = cut % values.length;
      const batches = [[right], [right.slice(at), right.slice(0, at)], [right.toReversed()]];
      const verdicts = batches.map((parts) => {
        const tally = new GateTally(objective.terms);
        for (const part of parts) tally.add({ new: observations(part) });
        return decideObjective(objective, tally, { price: priceOf(1, 0.1) });
      });
      expect(verdicts[1]).toEqual(verdicts[0]);
      expect(verdicts[2]).toEqual(verdicts[0]);
    }),
  );
});

/** How often a model that does not deserve it passes, with as many examples as the price says. */
function falsePasses(
  models: readonly { name: string; accuracy: number }[],
  plan: { size: number; tolerance: number | null; delta: number },
): number {
  const bound = models.reduce((sum, { accuracy }, index) => sum + (index === 0 ? accuracy : -accuracy), 0);
  const objective = objectiveOf(
    models.map((model) => model.name),
    Number(bound.toFixed(6)),
    plan.tolerance,
  );
  const random = seededRandom(`${plan.size} ${plan.delta}`);
  let wrong = 0;
  for (let turn = 0; turn < 2000; turn++) {
    const tally = new GateTally(objective.terms);
    const answers = models.map(({ name, accuracy }) => {
      const right = Uint8Array.from({ length: plan.size }, () => Number(random() < accuracy));
      return [name, observations(right)] as const;
    });
    tally.add(Object.fromEntries(answers));
    const price = priceOf(plan.tolerance === null ? null : plan.size, plan.delta);
    if (decideObjective(objective, tally, { price }).verdict === 'pass') wrong++;
  }
  return wrong / 2000;
}

test('a model at the bound passes no more often than the reliability allows', () => {
  // 2,000 turns: three standard deviations of a true share of 5 % are 1.5 %.
  const delta = 0.05;
  const exact = exactBinomialSize(0.1, delta);
  const single = falsePasses([{ name: 'new', accuracy: 0.45 }], { size: exact, tolerance: 0.1, delta });
  expect(single).toBeLessThan(delta + 0.015);
  expect(single).toBeGreaterThan(0.01);
  const two = Math.ceil(hoeffdingSize([1, 1], 0.2, delta));
  const pair = [
    { name: 'new', accuracy: 0.5 },
    { name: 'old', accuracy: 0.5 },
  ];
  expect(falsePasses(pair, { size: two, tolerance: 0.2, delta })).toBeLessThan(delta + 0.015);
  const interval = falsePasses([{ name: 'new', accuracy: 0.7 }], { size: 60, tolerance: null, delta });
  expect(interval).toBeLessThan(delta + 0.015);
  expect(interval).toBeGreaterThan(0.01);
});
