import { describe, expect, it } from 'vitest';
import type { StepOutcome } from './events.ts';
import { completeStep, type PlanStep } from './plan.ts';
import { busySearches, isSearchOver } from './search.ts';

function member(name: string, direction: 'maximize' | 'minimize' = 'maximize'): PlanStep {
  const search = { name: 'search', role: 'trial', value: 'score', direction, patience: 2, parallel: 2 } as const;
  return completeStep({ name, stage: 'training', component: { kind: 'command', argv: ['x'] }, search });
}

function isOver(scores: readonly (number | null)[], direction: 'maximize' | 'minimize' = 'maximize'): boolean {
  const steps = [...scores.map((_, index) => member(`s${index}`, direction)), member('next', direction)];
  const outcomes = scores.map((score, index): [string, StepOutcome] => [
    `s${index}`,
    { step: `s${index}`, values: score === null ? {} : { score } } as unknown as StepOutcome,
  ]);
  return isSearchOver(steps.at(-1)!, steps, new Map(outcomes));
}

describe('isSearchOver', () => {
  it.each<[readonly (number | null)[], boolean]>([
    [[], false],
    [[1], false],
    [[1, 0], false],
    [[1, 0, 0], true],
    [[1, 1, 1], true],
    [[1, 0, 2], false],
    [[0, 1, 0.5, 0.9], true],
    [[null, null, null, null], false],
    [[1, null, null, 0], false],
    [[Number.NaN, Number.NaN, 1], false],
  ])('after %j: %s', (scores, expected) => {
    expect(isOver(scores)).toBe(expected);
  });

  it('turns around where the least is best', () => {
    expect(isOver([1, 2, 3], 'minimize')).toBe(true);
    expect(isOver([3, 2, 1], 'minimize')).toBe(false);
  });

  it('never stops a step that belongs to no search', () => {
    const alone = completeStep({ name: 'a', stage: 'steps', component: { kind: 'command', argv: ['x'] } });
    expect(isSearchOver(alone, [alone], new Map())).toBe(false);
  });
});

describe('busySearches', () => {
  const trial = (name: string): PlanStep => member(name);
  const score = (of: string): PlanStep => ({
    ...member(`score-${of}`),
    search: { ...member('x').search!, role: 'measure' },
    inputs: { model: { type: 'Model', sources: [{ step: of, port: 'model' }] } },
  });
  const steps = ['a', 'b', 'c'].flatMap((name) => [trial(name), score(name)]);
  const busy = (ended: readonly string[], running: readonly string[]): string[] => [
    ...busySearches(steps, new Map(ended.map((name) => [name, {} as StepOutcome])), new Set(running)),
  ];

  it.each<[string[], string[], string[]]>([
    [[], [], []],
    [[], ['a'], []],
    [[], ['a', 'b'], ['search']],
    [['a'], ['b'], ['search']],
    [['a', 'score-a'], ['b'], []],
    [['a', 'b'], ['score-a'], ['search']],
    [['a', 'b', 'score-b'], ['score-a'], []],
  ])('ended %j, running %j: %j', (ended, running, expected) => {
    expect(busy(ended, running)).toEqual(expected);
  });

  it('counts a trial with folds until the last of its models is measured', () => {
    const measure = (name: string, from: Partial<PlanStep>): PlanStep => ({
      ...member(name),
      search: { ...member(name).search!, role: 'measure', parallel: 1 },
      ...from,
    });
    const model = (step: string): PlanStep['inputs'] => ({
      model: { type: 'Model', sources: [{ step, port: 'model' }] },
    });
    const folds = ['a/1', 'a/2'].flatMap((name) => [
      measure(name, { needs: ['a'] }),
      measure(`${name}/score`, { inputs: model(name) }),
    ]);
    const scores = folds.filter(({ needs }) => needs.length === 0).map(({ name }) => ({ step: name, port: 'metrics' }));
    const summary = measure('score-a', { inputs: { ...model('a'), scores: { type: 'Metrics', sources: scores } } });
    const [a, b] = ['a', 'b'].map((name) => measure(name, { search: { ...member(name).search!, parallel: 1 } }));
    const all = [a!, b!, ...folds, summary];
    const order = ['a', 'a/1', 'a/1/score', 'a/2', 'a/2/score', 'score-a'];
    const isBusy = order.map(
      (_, ended) =>
        busySearches(
          all,
          new Map(order.slice(0, ended).map((name) => [name, {} as StepOutcome])),
          new Set(order.slice(ended, ended + 1)),
        ).size === 1,
    );
    expect(isBusy).toEqual(order.map(() => true));
    expect(busySearches(all, new Map(order.map((name) => [name, {} as StepOutcome])), new Set()).size).toBe(0);
  });

  it('is nothing where no number was declared', () => {
    const free = steps.map((step) => ({ ...step, search: { ...step.search!, parallel: null } }));
    expect(busySearches(free, new Map(), new Set(['a', 'b', 'c'])).size).toBe(0);
  });
});
