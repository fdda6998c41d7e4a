/*
 * Releases one after the other: the second is compared with what the first one registered. Everything goes through the
 * program, as a user would do it.
 */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createReleaseProject, type ReleaseProject, rowsFrom } from './project.ts';

const slow = { timeout: 600_000 };
let project: ReleaseProject;

beforeEach(async () => {
  project = await createReleaseProject();
});

afterEach(async () => {
  await project.remove();
});

const better = `objectives:
  gates: {promotion: {on: test, reliability: 0.9, uses: 4}}
  baselines: {old: {model: production, absent: skip}}
  require:
    right: accuracy > 0.4 +/- 0.2
    better: new.accuracy - old.accuracy > 0 +/- 0.2
testing: {gates: [promotion]}`;

test('the second release is compared with the first: a better model passes, a worse one fails', slow, async () => {
  await project.describe(0.8, better);
  const first = await project.carryOut('release');
  expect(first.gates).toMatchObject([{ verdict: 'pass', usesLeft: 3 }]);
  expect(first.gates[0]!.says).toContain('better was skipped: old has no model to compare with');
  expect(first.objectives['better']).toMatchObject({ value: null, met: null });
  expect(first.modelVersion).toBe('1.0.0');

  await project.describe(0.5, better);
  const second = await project.carryOut('release');
  expect(second.baselines['old']!['accuracy']!.value).toBe(first.metrics['accuracy']!.value);
  expect(second.objectives['better']!.value).toBeCloseTo(
    second.metrics['accuracy']!.value! - first.metrics['accuracy']!.value!,
    12,
  );
  expect(second.gates).toMatchObject([{ verdict: 'pass', usesLeft: 2 }]);
  expect(second.gates[0]!.says).not.toContain('skipped');
  expect(second.modelVersion).toBe('1.1.0');

  await project.describe(0.85, better);
  const third = await project.carryOut('release');
  expect(third.gates).toMatchObject([{ verdict: 'fail', usesLeft: 1 }]);
  expect(third.modelVersion).toBeNull();
  expect(third.ended.code).toBe(3);
});

test('the same release again asks the same question: no use, no new version, and then nothing runs', slow, async () => {
  await project.describe(0.8, better);
  await project.carryOut('release');
  await project.describe(0.5, better);
  const made = await project.carryOut('release');
  const again = await project.carryOut('release');
  expect(again.gates).toEqual(made.gates);
  expect(again.modelVersion).toBe('1.1.0');
  expect(again.objectives['better']!.value).toBe(made.objectives['better']!.value);
  const last = await project.carryOut('release');
  expect(Object.keys(last.counts)).toEqual(['cached']);
});

test('the first release again is packaged no second time, though it is the production model now', slow, async () => {
  await project.describe(0.8, better);
  const first = await project.carryOut('release');
  const again = await project.carryOut('release');
  expect(again.gates).toEqual(first.gates);
  expect([again.ended.states['evaluation'], again.ended.states['packaging']]).toEqual(['complete', 'cached']);
});

test('a plan that is kept does not outlive a change of the production model', slow, async () => {
  await project.describe(0.5, better);
  expect((await project.carryOut('run')).baselines).not.toHaveProperty('old');
  await project.describe(0.8, better);
  await project.carryOut('release');
  await project.describe(0.5, better);
  expect((await project.carryOut('run')).baselines).toHaveProperty('old');
});

const onlyOld = (absent: string) => `objectives:
  gates: {promotion: {on: test, reliability: 0.9, uses: 4}}
  baselines: {old: {model: production, absent: ${absent}}}
  require: {better: new.accuracy - old.accuracy > 0 +/- 0.2}
testing: {gates: [promotion]}`;

test(
  'a gate whose objectives are all skipped does not pass: it is skipped, says why and spends nothing',
  slow,
  async () => {
    await project.describe(0.8, onlyOld('skip'));
    const first = await project.carryOut('release');
    expect(first.gates).toMatchObject([
      { verdict: 'skipped', usesLeft: 4, says: 'nothing to test, old has no model to compare with: no use was spent' },
    ]);
    expect([first.ended.code, first.modelVersion]).toEqual([0, '1.0.0']);
    await project.describe(0.5, onlyOld('skip'));
    expect((await project.carryOut('release')).gates).toMatchObject([{ verdict: 'pass', usesLeft: 3 }]);
  },
);

test('absent: fail refuses the first model, and spends nothing', slow, async () => {
  await project.describe(0.8, onlyOld('fail'));
  const first = await project.carryOut('release');
  expect(first.gates).toMatchObject([{ verdict: 'fail', usesLeft: 4 }]);
  expect(first.gates[0]!.says).toContain('old has no model to compare with');
  expect([first.ended.code, first.modelVersion]).toEqual([3, null]);
});

test('a measured objective that is missed stops the release before a use is spent', slow, async () => {
  const measured = better.replace(
    'right: accuracy',
    'good: {that: accuracy > 99%, gate: measured}\n    right: accuracy',
  );
  await project.describe(0.5, measured);
  const released = await project.carryOut('release');
  expect(released.gates).toMatchObject([
    { verdict: 'skipped', usesLeft: 4, says: 'evaluation stops the release: good missed: no use was spent' },
  ]);
  expect([released.ended.code, released.modelVersion]).toEqual([3, null]);
  expect(released.failed[0]!.error.message).toContain('evaluation did not pass the model: good missed');
});

test('a baseline that was trained on rows of the part decides nothing; one that saw others does', slow, async () => {
  const by = 'time(id)';
  await project.describe(0.8, better, by);
  await project.carryOut('release');
  // Of the first half of the rows the latest lie where the validation part of the whole was.
  await project.write('d.csv', rowsFrom(0).split('\n').slice(0, 2_001).join('\n'));
  await project.describe(0.5, better, by);
  expect((await project.carryOut('release')).gates).toMatchObject([{ verdict: 'fail', usesLeft: 3 }]);
  const { stdout } = await project.mlspec(['gate', 'retire', 'promotion', '--yes', '--json']);
  expect(stdout).toContain('old was trained on rows of the part');
  await project.write('d.csv', rowsFrom(1_000_000));
  expect((await project.carryOut('release')).gates).toMatchObject([{ verdict: 'pass', usesLeft: 3 }]);
});
