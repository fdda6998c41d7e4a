import { describe, expect, it } from 'vitest';
import { completeStep, type PlanInput, type PlanStep, type PlanStepDraft, type PortType } from './plan.ts';
import { checkWiring, sortSteps } from './wiring.ts';

function step(name: string, rest: Partial<PlanStepDraft> = {}): PlanStep {
  return completeStep({ name, stage: 'steps', component: { kind: 'command', argv: ['true'] }, ...rest });
}

function input(type: PortType, ...sources: string[]): PlanInput {
  return { type, sources: sources.map((text) => ({ step: text.split('.')[0]!, port: text.split('.')[1]! })) };
}

const maker = step('a', {
  outputs: { data: { type: 'Dataset' }, any: { type: 'Any' }, secret: { type: 'SealedDataset' } },
});

function rulesOf(...steps: PlanStep[]): string[] {
  return checkWiring(steps).map((finding) => finding.rule);
}

describe('checkWiring', () => {
  it('finds nothing in a graph that is right', () => {
    expect(rulesOf(maker, step('b', { inputs: { x: input('Dataset', 'a.data') }, needs: ['a'] }))).toEqual([]);
  });

  it.each<[string, Partial<PlanStepDraft>]>([
    ['plan/missing-input', { inputs: { x: input('Dataset') } }],
    ['plan/two-sources', { inputs: { x: input('Any', 'a.data', 'a.any') } }],
    ['plan/unknown-step', { inputs: { x: input('Any', 'nobody.data') } }],
    ['plan/unknown-step', { needs: ['nobody'] }],
    ['plan/unknown-port', { inputs: { x: input('Any', 'a.nothing') } }],
    ['plan/placeholder', { component: { kind: 'command', argv: ['cat', '{inputs.nope}'] } }],
    ['plan/placeholder', { component: { kind: 'command', argv: ['x={outputs.nope}'] } }],
    [
      'plan/placeholder',
      { component: { kind: 'container', image: 'i', argv: ['{params.size.low}'] }, params: { size: 1 } },
    ],
    ['plan/type-mismatch', { inputs: { x: input('Model', 'a.data') } }],
    ['plan/type-mismatch', { inputs: { x: input('Any', 'a.secret') } }],
    ['plan/type-mismatch', { inputs: { x: input('Dataset', 'a.secret') } }],
    ['plan/type-mismatch', { inputs: { x: input('SealedDataset', 'a.data') } }],
  ])('finds %s', (rule, rest) => {
    const findings = checkWiring([maker, step('b', rest)]);
    expect(findings.map((finding) => finding.rule)).toEqual([rule]);
    expect(findings[0]!.path.slice(0, 2)).toEqual(['steps', 'b']);
    expect(findings[0]!.suggestion).toBeTruthy();
  });

  it('takes every placeholder that names a port or a parameter, by its path where it has parts', () => {
    const argv = ['{inputs.x}', '{outputs.o}/{params.size.low}', '{params.n}', '{nothing.of.these}', '{inputs}', '{}'];
    const rest = {
      component: { kind: 'command', argv },
      inputs: { x: input('Any', 'a.any') },
      outputs: { o: { type: 'Any' } },
      params: { size: { low: 1 }, n: null },
    } as const;
    expect(rulesOf(maker, step('b', rest))).toEqual([]);
  });

  it('never lets a sealed part through a port of type Any, from any step', () => {
    expect(rulesOf(maker, step('b', { inputs: { x: input('SealedDataset', 'a.any') } }))).toEqual([
      'plan/type-mismatch',
    ]);
  });

  it('takes no source where the input is optional or a fan-in', () => {
    const many = { type: 'Dataset' as const, sources: [], many: true };
    expect(rulesOf(step('b', { inputs: { x: many, y: { type: 'Any', sources: [], optional: true } } }))).toEqual([]);
  });

  it('names the steps of a circle, and not those behind it', () => {
    const findings = checkWiring([
      step('a', { needs: ['b'] }),
      step('b', { needs: ['a'] }),
      step('behind', { needs: ['b'] }),
      step('alone'),
    ]);
    expect(findings.map((finding) => finding.rule)).toEqual(['plan/cycle']);
    expect(findings[0]!.message).toContain('a, b');
    expect(findings[0]!.message).not.toContain('behind');
  });

  it('names each of two circles', () => {
    const pairs = [step('a', { needs: ['b'] }), step('b', { needs: ['a'] }), step('c', { needs: ['c'] })];
    const messages = checkWiring(pairs).map((finding) => finding.message);
    expect(messages).toHaveLength(2);
    expect(messages[1]).toMatch(/: c$/);
  });

  it('finds a step of run that waits for a step of release, by input and by needs', () => {
    const release = step('verdict', { verb: 'release', outputs: { v: { type: 'Verdict' } } });
    expect(rulesOf(release, step('b', { inputs: { v: input('Verdict', 'verdict.v') } }))).toEqual(['plan/unreachable']);
    expect(rulesOf(release, step('b', { needs: ['verdict'] }))).toEqual(['plan/unreachable']);
    expect(rulesOf(release, step('b', { needs: ['verdict'], verb: 'release' }))).toEqual([]);
  });

  it('says all that is wrong, not the first', () => {
    expect(
      rulesOf(maker, step('b', { inputs: { x: input('Model', 'a.data'), y: input('Any') }, needs: ['nobody'] })),
    ).toEqual(['plan/type-mismatch', 'plan/missing-input', 'plan/unknown-step']);
  });
});

describe('sortSteps', () => {
  it('puts every step after all it waits for, and keeps the given order otherwise', () => {
    const sorted = sortSteps([step('c', { needs: ['b'] }), step('z'), step('b', { needs: ['a'] }), step('a')]);
    expect(sorted.map((one) => one.name)).toEqual(['z', 'a', 'b', 'c']);
  });
});
