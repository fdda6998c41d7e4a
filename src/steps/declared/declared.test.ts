import { describe, expect, it } from 'vitest';
import type { PlanStep, StageDefinition } from '../../pipeline/index.ts';
import { planPipeline } from '../../pipeline/planning.ts';
import { parseSpec, resolveSpec } from '../../spec/index.ts';
import { declared } from './index.ts';

const head = `mlspec: 1
name: p
task: {kind: regression, label: y}
ingestion: {sources: {d: {csv: d.csv}}}
secrets: [TOKEN]
`;

/** Stands for the stages before: an open part, a sealed part, a value, a step of a release. */
const before: StageDefinition = {
  stage: 'splitting',
  plan: (_, graph) => {
    const component = { kind: 'builtin' as const, stage: 'splitting' };
    graph.add({
      name: 'splitting',
      stage: 'splitting',
      component,
      outputs: { train: { type: 'Dataset' }, validation: { type: 'Dataset' }, test: { type: 'SealedDataset' } },
    });
    graph.add({ name: 'testing', stage: 'testing', component, verb: 'release', outputs: { v: { type: 'Verdict' } } });
    return [];
  },
  run: async () => undefined,
};

async function plan(steps: string): Promise<{ steps: Map<string, PlanStep>; found: string[]; paths: string[] }> {
  const parsed = await parseSpec(`${head}steps:\n${steps}`, { file: 'mlspec.yaml' });
  const resolved = resolveSpec(parsed, {});
  expect([...parsed.findings, ...resolved.findings]).toEqual([]);
  const { plan: made, findings } = planPipeline(resolved.spec!, [before, declared]);
  return {
    steps: new Map(made?.steps.map((step) => [step.name, step])),
    found: findings.map((finding) => finding.rule),
    paths: findings.map((finding) => finding.path.join('.')),
  };
}

describe('planDeclared', () => {
  it('takes over everything that a step says', async () => {
    const { steps, found } = await plan(`
  a:
    command: [make, '{outputs.out}']
    inputs: {x: train, y: splitting.train}
    outputs: {out: Report, more: {type: Any, optional: true}}
    params: {n: 1}
    seed: 5
    limits: {memory: 1 GiB, cpu: 10 s}
    timeout: 2 min
    retries: {limit: 3, backoff: 2 s, factor: 3}
    secrets: [TOKEN]
    files: ['lib/**']
    cache: false
    deterministic: false
`);
    expect(found).toEqual([]);
    expect(steps.get('a')).toMatchObject({
      stage: 'steps',
      component: { kind: 'command', argv: ['make', '{outputs.out}'] },
      inputs: {
        x: { type: 'Dataset', sources: [{ step: 'splitting', port: 'train' }] },
        y: { type: 'Dataset', sources: [{ step: 'splitting', port: 'train' }] },
      },
      outputs: { out: { type: 'Report', optional: false }, more: { type: 'Any', optional: true } },
      params: { n: 1 },
      seed: 5,
      limits: { memoryBytes: 1024 ** 3, cpuSeconds: 10 },
      timeoutMs: 120_000,
      retries: { limit: 3, backoffMs: 2000, factor: 3 },
      secrets: ['TOKEN'],
      files: ['lib/**'],
      cache: false,
      deterministic: false,
      verb: 'run',
      environment: null,
    });
  });

  it('knows all five kinds', async () => {
    const { steps, found } = await plan(`
  p: {python: 'jobs.report:make', outputs: {o: Any}}
  t: {typescript: 'report.ts#make', outputs: {o: Any}}
  c: {command: ['true']}
  k: {container: {image: 'alpine:3', command: [ls]}}
  s: {sql: 'select 1', inputs: {d: train}, outputs: {o: Dataset}}
`);
    expect(found).toEqual([]);
    expect(['p', 't', 'c', 'k', 's'].map((name) => steps.get(name)!.component)).toEqual([
      { kind: 'python', module: 'jobs.report', function: 'make' },
      { kind: 'typescript', file: 'report.ts', export: 'make' },
      { kind: 'command', argv: ['true'] },
      { kind: 'container', image: 'alpine:3', argv: ['ls'] },
      { kind: 'sql', sql: 'select 1' },
    ]);
    expect(steps.get('p')!.environment).toEqual({ file: null });
  });

  it('gives the environment of a group to the steps that can run in one', async () => {
    const { steps, found } = await plan(`
  g:
    environment: r.txt
    steps:
      c: {command: [x]}
      p: {python: 'a:b', environment: {requirements: [x]}}
      t: {typescript: 'a.ts#b'}
      k: {container: tool}
      s: {sql: 'select 1', inputs: {d: train}, outputs: {o: Dataset}}
`);
    expect(found).toEqual([]);
    const reference = (file: string | null, requirements: string[]) => ({ file, requirements, installer: 'auto' });
    const environments = ['c', 'p', 't', 'k', 's'].map((name) => steps.get(`g/${name}`)?.environment);
    const shared = reference('r.txt', []);
    expect(environments).toEqual([shared, reference(null, ['x']), shared, null, null]);
  });

  it('spreads a loop out, the product of its values; a consumer takes all instances', async () => {
    const { steps, found } = await plan(`
  fit: {command: [x], for_each: {a: [1, 2], b: [x, 'y z']}, params: {c: 3, a: 0}, outputs: {m: Model}}
  join: {command: [x], inputs: {models: fit.m}}
`);
    expect(found).toEqual([]);
    const names = [...steps.keys()].filter((name) => name.startsWith('fit'));
    expect(names).toHaveLength(4);
    expect(names[0]).toBe('fit[a=1,b=x]');
    expect(names[1]).toMatch(/^fit\[a=1,b=#[0-9a-f]{8}\]$/);
    expect(steps.get(names[1]!)!.params).toEqual({ a: 1, b: 'y z', c: 3 });
    expect(steps.get('join')!.inputs['models']).toEqual({
      type: 'Model',
      many: true,
      sources: names.map((step) => ({ step, port: 'm' })),
    });
  });

  it('takes lists of sources, of one type or of any', async () => {
    const { steps, found } = await plan(`
  a: {command: [x], outputs: {m: Model, r: Report}}
  b: {command: [x], inputs: {same: [a.m, a.m], mixed: [a.m, a.r], one: [a.m]}}
`);
    expect(found).toEqual([]);
    const { inputs } = steps.get('b')!;
    expect([inputs['same']!.type, inputs['mixed']!.type, inputs['one']!.many]).toEqual(['Model', 'Any', true]);
  });

  it('looks names up among the members of a group first, then outside', async () => {
    const { steps, found } = await plan(`
  prep: {command: [outer], outputs: {d: Any}}
  group:
    params: {shared: 1}
    for_each: {n: [1, 2]}
    inputs: {data: train}
    outputs: {m: Model}
    steps:
      prep: {command: [inner], inputs: {x: data}, outputs: {d: Any}}
      fit: {command: [x], inputs: {d: prep.d}, outputs: {m: Model}, params: {own: 2}, for_each: {k: [a]}}
  last: {command: [x], inputs: {all: group.m, inner: group/prep.d, top: prep.d}, needs: [group]}
`);
    expect(found).toEqual([]);
    expect([...steps.keys()].filter((name) => name.startsWith('group')).sort()).toEqual([
      'group[n=1]/fit[k=a]',
      'group[n=1]/prep',
      'group[n=2]/fit[k=a]',
      'group[n=2]/prep',
    ]);
    const fit = steps.get('group[n=2]/fit[k=a]')!;
    expect(fit.inputs['d']!.sources).toEqual([{ step: 'group[n=2]/prep', port: 'd' }]);
    expect(fit.params).toEqual({ shared: 1, n: 2, own: 2, k: 'a' });
    expect(steps.get('group[n=1]/prep')!.inputs['x']!.sources).toEqual([{ step: 'splitting', port: 'train' }]);
    const last = steps.get('last')!;
    expect(last.inputs['all']!.sources.map((source) => source.step)).toEqual([
      'group[n=1]/fit[k=a]',
      'group[n=2]/fit[k=a]',
    ]);
    expect(last.inputs['inner']!.sources).toHaveLength(2);
    expect(last.inputs['top']!.sources).toEqual([{ step: 'prep', port: 'd' }]);
    expect(last.needs).toHaveLength(4);
  });

  it('waits for what a condition reads, also inside a group', async () => {
    const { steps, found } = await plan(`
  a: {command: [x]}
  b: {command: [x], when: a.score > 1 and splitting.rows > 2}
  g:
    needs: [a]
    when: a.score > 0
    verb: release
    steps:
      c: {command: [x]}
      d: {command: [x], when: c.ok}
`);
    expect(found).toEqual([]);
    expect(steps.get('b')!.needs).toEqual(['splitting', 'a']);
    expect(steps.get('g/c')).toMatchObject({ when: 'a.score > 0', needs: ['a'], verb: 'release' });
    expect(steps.get('g/d')).toMatchObject({
      when: '(a.score > 0) and (c.ok)',
      needs: ['a', 'g/c'],
      whenSteps: { a: 'a', c: 'g/c' },
    });
  });

  it.each<[string, string, string]>([
    ['plan/unknown-step', 'a: {command: [x], inputs: {i: nobody.out}}', 'steps.a.inputs.i'],
    ['plan/unknown-port', 'a: {command: [x], inputs: {i: splitting.out}}', 'steps.a.inputs.i'],
    ['plan/reference', 'a: {command: [x], inputs: {i: nobody}}', 'steps.a.inputs.i'],
    ['plan/reference', 'a: {command: [x], inputs: {i: .x}}', 'steps.a.inputs.i'],
    ['plan/type-mismatch', 'a: {command: [x], inputs: {i: test}}', 'steps.a.inputs.i'],
    ['plan/type-mismatch', 'a: {command: [x], inputs: {i: {from: train, type: Model}}}', 'steps.a.inputs.i'],
    ['plan/unknown-step', 'a: {command: [x], needs: [nobody]}', 'steps.a.needs'],
    ['plan/unknown-step', 'a: {command: [x], when: nobody.x > 1}', 'steps.a.when'],
    ['plan/unreachable', 'a: {command: [x], when: 1 > 2}', 'steps.a.when'],
    ['plan/unreachable', 'a: {command: [x], inputs: {i: testing.v}}', 'steps.a'],
    ['plan/cycle', 'a: {command: [x], needs: [b]}\n  b: {command: [x], needs: [a]}', 'steps.a'],
    ['plan/cycle', 'a: {command: [x], needs: [a]}', 'steps.a'],
    ['plan/name-taken', 'splitting: {command: [x]}', 'steps.splitting'],
    ['plan/name-taken', 'a: {command: [x], for_each: {n: [1, 1]}}', 'steps.a'],
    ['plan/sql-output', 'a: {sql: select 1}', 'steps.a.outputs'],
    ['plan/sql-output', 'a: {sql: select 1, outputs: {m: Model}}', 'steps.a.outputs'],
    ['plan/outside-project', 'a: {typescript: ../x.ts#f}', 'steps.a.typescript'],
    ['plan/outside-project', 'a: {python: /etc/x.py:f}', 'steps.a.python'],
    ['plan/empty-group', 'a: {steps: {}}', 'steps.a.steps'],
    ['plan/group-output', 'a: {outputs: {m: Model}, steps: {b: {command: [x]}}}', 'steps.a.outputs.m'],
    ['plan/group-setting', 'a: {timeout: 1 s, steps: {b: {command: [x]}}}', 'steps.a.timeout'],
    [
      'plan/unknown-step',
      'a: {for_each: {n: [1, 2]}, steps: {b: {command: [x], inputs: {i: no.x}}}}',
      'steps.a.steps.b.inputs.i',
    ],
    ['plan/condition', 'a: {command: [x], for_each: {n: [1, 2]}}\n  b: {command: [x], when: a.v > 1}', 'steps.b.when'],
    ['plan/group-setting', 'a: {fits: true, steps: {b: {command: [x]}}}', 'steps.a.fits'],
    [
      'plan/fitted-on-held-out',
      'a: {command: [x], fits: true, inputs: {i: [train, splitting.validation]}, outputs: {r: Dataset}}',
      'steps.a.inputs',
    ],
    [
      'plan/fitted-on-held-out',
      'a: {command: [x], inputs: {i: validation}, outputs: {r: Report}}\n  b: {command: [x], fits: true, inputs: {i: train, k: a.r}}',
      'steps.b.inputs',
    ],
    [
      'plan/fitted-on-held-out',
      'a: {command: [x], inputs: {i: splitting.validation}, outputs: {m: Transform}}',
      'steps.a.inputs',
    ],
  ])('finds %s in %s', async (rule, steps, path) => {
    const { found, paths } = await plan(`  ${steps}\n`);
    expect(found).toContain(rule);
    expect(paths[found.indexOf(rule)]).toBe(path);
  });

  it('takes a step that learns from train alone, and one that applies to other parts what was learnt', async () => {
    const { found, steps } = await plan(`
  scale: {command: [x], fits: true, inputs: {i: train}, outputs: {t: Transform}}
  apply: {command: [x], inputs: {i: validation, t: scale.t}, outputs: {d: Dataset}}
  pack: {command: [x], inputs: {t: {from: scale.t}}, outputs: {m: Model}}
`);
    expect(found).toEqual([]);
    expect([steps.get('scale')!.fits, steps.get('apply')!.fits]).toEqual([true, undefined]);
  });

  it('says all that is wrong', async () => {
    const { found } = await plan('  a: {sql: select 1, inputs: {i: nobody, j: no.x}, needs: [none]}\n');
    expect(found.sort()).toEqual(['plan/reference', 'plan/sql-output', 'plan/unknown-step', 'plan/unknown-step']);
  });
});
