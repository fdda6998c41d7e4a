import { beforeAll, describe, expect, it } from 'vitest';
import { canonicalJson } from '../encoding/index.ts';
import { parseSpec, type ResolvedSpec, resolveSpec } from '../spec/index.ts';
import type { PlanStepDraft } from './plan.ts';
import { planPipeline } from './plan-pipeline.ts';
import type { StageDefinition } from './stage.ts';

let spec: ResolvedSpec;

beforeAll(async () => {
  const text = 'mlspec: 1\nname: p\ntask: {kind: regression, label: y}\ningestion: {sources: {d: {csv: d.csv}}}\n';
  const resolved = resolveSpec(await parseSpec(text, { file: 'mlspec.yaml' }), {});
  expect(resolved.findings).toEqual([]);
  spec = resolved.spec!;
});

function stage(...drafts: Partial<PlanStepDraft>[]): StageDefinition {
  return {
    stage: 'steps',
    plan: (_, graph) => {
      for (const draft of drafts)
        graph.add({ stage: 'steps', component: { kind: 'command', argv: ['true'] }, ...draft } as PlanStepDraft);
      return [];
    },
    run: async () => undefined,
  };
}

function isFrozenDeep(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return Object.isFrozen(value) && Object.values(value).every(isFrozenDeep);
}

describe('planPipeline', () => {
  it('answers a frozen plan in an order in which each step stands after all it needs', () => {
    const { plan, findings } = planPipeline(spec, [stage({ name: 'b', needs: ['a'] }, { name: 'a' })]);
    expect(findings).toEqual([]);
    expect(plan!.steps.map((step) => step.name)).toEqual(['a', 'b']);
    expect(isFrozenDeep(plan)).toBe(true);
  });

  it('is pure: equal plans for equal declarations, the declaration untouched', () => {
    const before = canonicalJson(spec);
    const stages = [stage({ name: 'a', params: { n: 1 } })];
    const [first, second] = [planPipeline(spec, stages), planPipeline(spec, stages)];
    expect(canonicalJson(first.plan)).toBe(canonicalJson(second.plan));
    expect(canonicalJson(spec)).toBe(before);
  });

  it('gives one digest to equal steps in any order', () => {
    const digest = (...drafts: Partial<PlanStepDraft>[]) => planPipeline(spec, [stage(...drafts)]).plan!.digest;
    expect(digest({ name: 'a' }, { name: 'b' })).toBe(digest({ name: 'b' }, { name: 'a' }));
    expect(digest({ name: 'a' })).not.toBe(digest({ name: 'b' }));
  });

  it('makes no plan where anything is wrong, and says all of it', () => {
    const wrong = [{ name: 'a' }, { name: 'a' }, { name: 'b', needs: ['c'] }, { name: 'd', when: '1 > 2' }];
    const { plan, findings } = planPipeline(spec, [stage(...wrong)]);
    expect(plan).toBeNull();
    expect(findings.map((finding) => finding.rule)).toEqual([
      'plan/name-taken',
      'plan/unknown-step',
      'plan/unreachable',
    ]);
  });

  it('lets stages see what was planned before them', () => {
    const seen: unknown[] = [];
    const second: StageDefinition = {
      stage: 'later',
      plan: (_, graph) => {
        seen.push(graph.has('a'), graph.has('b'), graph.outputs('a'), graph.outputs('b'));
        graph.declaredOnly('serving', 'later');
        return [];
      },
      run: async () => undefined,
    };
    const { plan } = planPipeline(spec, [stage({ name: 'a', outputs: { o: { type: 'Any' } } }), second]);
    expect(seen).toEqual([true, false, { o: { type: 'Any' } }, null]);
    expect(plan!.declaredOnly).toContainEqual({ section: 'serving', reason: 'later' });
  });
});
