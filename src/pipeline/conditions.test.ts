import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../encoding/index.ts';
import { checkConditions, decideCondition, predecessorNames, unreportedValues } from './conditions.ts';
import type { StepOutcome } from './events.ts';
import { completeStep, type PlanStep } from './plan.ts';

function step(name: string, when: string | null, needs: string[] = []): PlanStep {
  return completeStep({ name, stage: 'steps', component: { kind: 'command', argv: ['true'] }, when, needs });
}

function outcomes(values: Record<string, Record<string, JsonValue>>): Map<string, StepOutcome> {
  const entries = Object.entries(values).map(([name, own]): [string, StepOutcome] => [
    name,
    {
      step: name,
      stage: 'steps',
      state: 'complete',
      executionId: 'e',
      outputs: {},
      values: own,
      reason: '',
      error: null,
      durationMs: 0,
    },
  ]);
  return new Map(entries);
}

const known = outcomes({ evaluation: { accuracy: 0.9, label: 'good', ready: true, nothing: null, list: [1] } });

describe('unreportedValues', () => {
  it('names what no step reported, once, and nothing that is null', () => {
    const reads = (when: string) => unreportedValues(step('s', when), known);
    expect(reads('evaluation.acuracy > 0.8 or evaluation.acuracy < 0 or evaluation.none == 1')).toEqual([
      'evaluation.acuracy',
      'evaluation.none',
    ]);
    expect(reads('evaluation.nothing == 1 and evaluation.accuracy > 1')).toEqual([]);
    expect(unreportedValues(step('s', null), known)).toEqual([]);
  });
});

describe('decideCondition', () => {
  it.each<[string, boolean]>([
    ['evaluation.accuracy > 0.8', true],
    ['evaluation.accuracy > 90%', false],
    ['evaluation.accuracy >= 90%', true],
    ['evaluation.accuracy < 0.8 or evaluation.ready', true],
    ['not evaluation.ready', false],
    ['evaluation.label == "good" and evaluation.accuracy != 1', true],
    ['evaluation.accuracy * 2 - 0.8 == 1', true],
    ['evaluation.accuracy > evaluation.label', false],
  ])('%s is %s', (when, expected) => {
    expect(decideCondition(step('s', when), known)).toBe(expected);
  });

  it('is true where there is none', () => {
    expect(decideCondition(step('s', null), known)).toBe(true);
  });

  it.each(['evaluation.absent > 0', 'evaluation.nothing > 0', 'evaluation.nothing < 0', 'evaluation.list > 0'])(
    'a comparison with what was not reported is false: %s',
    (when) => {
      expect(decideCondition(step('s', when), known)).toBe(false);
    },
  );

  it.each(['evaluation.accuracy', 'evaluation.label + 1 > 0', 'max(1, 2) > 1', '1 +'])(
    'cannot be decided: %s',
    (when) => {
      expect(() => decideCondition(step('s', when), known)).toThrow(
        expect.objectContaining({ code: 'PIPELINE_CONDITION' }),
      );
    },
  );
});

describe('predecessorNames', () => {
  it('names the steps whose values are read', () => {
    expect(predecessorNames('a.b.c > 1 and a.x == 2 or a.x == 3')).toEqual(['a.b', 'a']);
    expect(predecessorNames('1 > 2')).toEqual([]);
    expect(predecessorNames('1 >')).toEqual([]);
  });
});

describe('checkConditions', () => {
  const rules = (...steps: PlanStep[]): string[] => checkConditions(steps).map((finding) => finding.rule);

  it('accepts a condition about a step that is waited for', () => {
    expect(rules(step('a', null), step('b', 'a.x > 1', ['a']))).toEqual([]);
  });

  it('finds what cannot be read, names nobody, or is not waited for', () => {
    expect(rules(step('b', 'a.x > )'))).toEqual(['plan/condition']);
    expect(rules(step('b', 'a.x > 1'))).toEqual(['plan/unknown-step']);
    expect(rules(step('a', null), step('b', 'a.x > 1'))).toEqual(['plan/condition']);
  });

  it('finds a condition that is always false, and lets one pass that is always true', () => {
    expect(rules(step('b', '1 > 2'))).toEqual(['plan/unreachable']);
    expect(rules(step('b', 'false'))).toEqual(['plan/unreachable']);
    expect(rules(step('b', '2 > 1'))).toEqual([]);
  });

  it('never throws, whatever stands there', () => {
    expect(rules(step('b', '1 + "a" > 2'))).toEqual(['plan/condition']);
    expect(rules(step('b', 'max(1, 2)'))).toEqual(['plan/condition']);
    expect(rules(step('b', '1 + 2'))).toEqual(['plan/condition']);
    expect(rules(step('a', null), step('b', 'max(a.x, 2) > 1 and a.x > 1', ['a']))).toEqual(['plan/condition']);
  });
});
