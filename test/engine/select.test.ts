import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkState, createProject, type Project, shellStep } from './project.ts';

let project: Project;

/** one → two → three, and side, which stands alone. */
const steps =
  shellStep('one', 'echo {params.n} > {outputs.out}', 'params: {n: $size}') +
  shellStep('two', 'cat {inputs.in} > {outputs.out}', 'inputs: {in: one.out}') +
  shellStep('three', 'cat {inputs.in} > {outputs.out}', 'inputs: {in: two.out}') +
  shellStep('side', 'echo 1 > {outputs.out}');

beforeEach(async () => {
  project = await createProject();
  await project.declare(steps);
});

afterEach(async () => {
  expect(await checkState(project)).toEqual([]);
  await project.remove();
});

const run = async (...args: string[]) => await project.mlspec(['run', '--json', ...args]);

describe('a part of a plan', () => {
  it('--until: everything up to the steps that are named, and nothing else', async () => {
    expect((await run('--until', 'two')).states).toEqual({ one: 'complete', two: 'complete' });
    expect((await run('--until', 'two', '--until', 'side')).states).toEqual({
      one: 'cached',
      two: 'cached',
      side: 'complete',
    });
  });

  it('--from: the step and all after it; what comes before is taken from the record and never run', async () => {
    const early = await run('--from', 'two', '--until', 'steps');
    expect(early.code).toBe(1);
    expect(early.stdout).toContain('PIPELINE_NOT_RECORDED');
    expect(early.states).toEqual({ one: 'failed', two: 'skipped', three: 'skipped' });
    expect(await project.ran()).toEqual([]);
    await run('--until', 'one');
    await project.forgetRan();
    expect((await run('--from', 'two')).states).toEqual({ one: 'cached', two: 'complete', three: 'complete' });
    expect(await project.ran()).toEqual(['two', 'three']);
    await project.forgetRan();
    const forced = await run('--from', 'two', '--force');
    expect(forced.states).toEqual({ one: 'cached', two: 'complete', three: 'complete' });
    expect(await project.ran()).toEqual(['two', 'three']);
  });

  it('--from and --until: what lies between', async () => {
    await run('--until', 'one');
    expect((await run('--from', 'two', '--until', 'two')).states).toEqual({ one: 'cached', two: 'complete' });
  });

  it('--from with a parameter that the record does not know: nothing runs with what does not fit', async () => {
    await run('--until', 'steps');
    await project.forgetRan();
    const ended = await run('--from', 'two', '--param', 'size=9');
    expect(ended.code).toBe(1);
    expect(ended.states).toMatchObject({ one: 'failed', two: 'skipped' });
    expect(await project.ran()).toEqual([]);
  });

  it('a name that is no step is refused, with the names that there are', async () => {
    for (const option of ['--from', '--until', '--only']) {
      const ended = await run(option, 'tow');
      expect(ended.code).toBe(2);
      expect(ended.stdout).toContain('PIPELINE_UNKNOWN_STEP');
      for (const step of ['one', 'two', 'three', 'side'])
        expect(ended.stdout).toMatch(new RegExp(`steps are: .*\\b${step}\\b`));
    }
  });

  it('--force with a stage: all its steps', async () => {
    await run('--until', 'steps');
    await project.forgetRan();
    expect((await run('--until', 'steps', '--force', 'steps')).code).toBe(0);
    expect((await project.ran()).sort()).toEqual(['one', 'side', 'three', 'two']);
  });

  it('--force with a name that is none: an error, and nothing runs', async () => {
    for (const more of [[], ['--dry-run']]) {
      const ended = await run('--until', 'steps', '--force', 'too', ...more);
      expect(ended.code).toBe(2);
      expect(ended.stdout + ended.stderr).toMatch(/PIPELINE_UNKNOWN_STEP.*"too"[\s\S]*two/);
    }
    expect(await project.ran()).toEqual([]);
  });

  it('--dry-run with --json answers programs, with every option that a run takes', async () => {
    await run('--until', 'steps');
    await project.forgetRan();
    const dry = await project.mlspec(['run', '--json', '--dry-run', '--from', 'two', '--param', 'size=9']);
    expect(dry.code, dry.stderr).toBe(0);
    const { steps: previews } = JSON.parse(dry.stdout.trim().split('\n').at(-1)!);
    expect(previews.map((one: { step: string; would: string }) => [one.step, one.would])).toEqual([
      ['one', 'run'],
      ['two', 'depends'],
      ['three', 'depends'],
    ]);
    expect(previews[0].reasons).toEqual(['parameter n changed from 3 to 9']);
    expect(await project.ran()).toEqual([]);
  });

  it('--param: a name or a value that does not fit is refused before anything runs', async () => {
    for (const [given, expected] of [
      ['siez=4', 'size'],
      ['size=many', 'integer'],
    ] as const) {
      const ended = await run('--until', 'steps', '--param', given);
      expect(ended.code, given).toBe(2);
      expect(ended.stdout, given).toContain(expected);
    }
    expect(await project.ran()).toEqual([]);
  });
});
