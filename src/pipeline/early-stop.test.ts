import { describe, expect, it } from 'vitest';
import { isSearchOver } from './early-stop.ts';
import type { StepOutcome } from './events.ts';
import { completeStep, type PlanStep } from './plan.ts';

function member(name: string, direction: 'maximize' | 'minimize' = 'maximize'): PlanStep {
  const earlyStop = { group: 'search', value: 'score', direction, patience: 2 };
  return completeStep({ name, stage: 'training', component: { kind: 'command', argv: ['x'] }, earlyStop });
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
