/*
 * Gates of every kind of task, through the program: they decide as declared, or a finding says before anything runs why
 * they cannot.
 */
import { afterEach, expect, test } from 'vitest';
import type { Finding } from '../../src/spec/index.ts';
import { createReleaseProject, type ReleaseProject, type TaskOfProject } from './project.ts';

const slow = { timeout: 600_000 };
let project: ReleaseProject;

afterEach(async () => {
  await project.remove();
});

const regression: TaskOfProject = {
  task: '{kind: regression, label: y, key: [id]}',
  classes: 'null',
  answer: 'return { prediction: columns.x!.map((x) => cut * x) };',
};

const multiclass: TaskOfProject = {
  task: '{kind: multiclass, label: kind, classes: [a, b, c], key: [id]}',
  classes: '[a, b, c]',
  answer: `const of = (x: number) => (x < 0.2 ? 0 : x < cut ? 1 : 2);
    const score = (place: number) => columns.x!.map((x) => (of(x) === place ? 0.8 : 0.1));
    return { score_0: score(0), score_1: score(1), score_2: score(2) };`,
};

const ranking: TaskOfProject = { ...regression, task: '{kind: ranking, label: late, group: kind, key: [id]}' };

function objectives(require: string, baselines = '{}'): string {
  return `objectives:
  gates: {promotion: {on: test, reliability: 0.9, uses: 4}}
  baselines: ${baselines}
  costs: {mistake: {when: predicted != actual, cost: 2}}
  require: ${require}
testing: {gates: [promotion]}`;
}

async function findings(): Promise<Finding[]> {
  const { stdout } = await project.mlspec(['check', '--json']);
  const last = JSON.parse(stdout.trim().split('\n').at(-1)!) as { findings: Finding[] };
  return last.findings.filter(({ severity }) => severity === 'error');
}

test('regression: capped errors, of the model and against a trivial baseline', slow, async () => {
  project = await createReleaseProject(regression);
  const required = objectives(
    '{near: mae(cap=5) < 1.5 +/- 0.6, better: trivial.mse(cap=16) - new.mse(cap=16) > 0.5 +/- 2.5}',
    '{trivial: mean}',
  ).replace(/ {2}costs: .*\n/, '');
  await project.describe(10, required);
  const right = await project.carryOut('release');
  expect(right.gates).toMatchObject([{ verdict: 'pass', usesLeft: 3 }]);
  expect(right.objectives['near']).toMatchObject({ met: true, value: expect.closeTo(2 / Math.PI, 1) });
  await project.describe(2, required);
  const wrong = await project.carryOut('release');
  expect(wrong.gates).toMatchObject([{ verdict: 'fail', usesLeft: 2 }]);
  expect(wrong.ended.code).toBe(3);
});

test('regression: what has no largest value is a finding that says how to give it one', slow, async () => {
  project = await createReleaseProject(regression);
  await project.describe(10, objectives('{near: mae < 1.5 +/- 0.6, low: rmse < 3}').replace(/ {2}costs: .*\n/, ''));
  const found = await findings();
  expect(found.map(({ rule }) => rule)).toEqual([
    'objectives/gate-empty',
    'objectives/measured-in-gate',
    'objectives/measured-in-gate',
  ]);
  expect(found[1]!.message).toContain('rmse is no mean of one bounded number a row');
  expect(found[2]!.message).toContain('mae has no largest value; write mae(cap=…) to certify it');
});

test('multiclass: accuracy, cost, recall of one class and of all', slow, async () => {
  project = await createReleaseProject(multiclass);
  const required = objectives(
    "{right: accuracy > 0.6 +/- 0.2, cheap: cost < 0.8 +/- 0.4, a: recall(class='a') > 0.5 +/- 0.3, all: recall > 0.5 +/- 0.3}",
  );
  await project.describe(0.6, required);
  const right = await project.carryOut('release');
  expect(right.gates).toMatchObject([{ verdict: 'pass', usesLeft: 3 }]);
  expect(right.objectives).toMatchObject({
    right: { value: 1 },
    cheap: { value: 0 },
    a: { value: 1 },
    all: { value: 1 },
  });
  await project.describe(0.2, required);
  const wrong = await project.carryOut('release');
  expect(wrong.gates).toMatchObject([{ verdict: 'fail', usesLeft: 2 }]);
  expect(wrong.objectives['a']).toMatchObject({ value: 1, met: true });
  expect(wrong.objectives['right']!.met).toBe(false);
});

test('ranking: a gate is a finding before anything runs; measured objectives stop a release', slow, async () => {
  project = await createReleaseProject(ranking);
  await project.describe(10, objectives('{good: ndcg > 0.5}').replace(/ {2}costs: .*\n/, ''));
  expect(await findings()).toMatchObject([
    { rule: 'objectives/gate-kind', message: expect.stringContaining('a ranking is judged by queries') },
  ]);
  await project.describe(10, 'objectives: {require: {good: {that: ndcg_10 > 0.99, gate: measured}}}');
  expect(await findings()).toEqual([]);
  const released = await project.carryOut('release');
  expect(released.objectives['good']).toMatchObject({ met: false });
  expect(released.modelVersion).toBeNull();
});
