import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Phase } from '../../src/pipeline/index.ts';
import { checkState, createProject, endOf, type Project, processesOfSteps, shellStep, until } from './project.ts';
import { completeSteps, expectRecovered, undisturbedRecord } from './recovered.ts';

const phases: readonly Phase[] = [
  'resolveInputs',
  'executionKey',
  'findCached',
  'openExecution',
  'execute',
  'storeOutputs',
  'attest',
  'publish',
];

const steps = [
  shellStep('first', 'echo one > {outputs.out}'),
  shellStep(
    'second',
    'mkdir {outputs.out}; cat {inputs.in} > {outputs.out}/a; echo b > {outputs.out}/b',
    'inputs: {in: first.out}',
  ),
  shellStep('third', 'cat {inputs.in}/a {inputs.in}/b > {outputs.out}', 'inputs: {in: second.out}'),
].join('');

let project: Project;
let undisturbed: string;

beforeAll(async () => {
  undisturbed = await undisturbedRecord(steps);
});

beforeEach(async () => {
  project = await createProject();
  await project.declare(steps);
});

afterEach(async () => await project.remove());

describe('an engine that is killed', () => {
  const points = phases.flatMap((phase) => [`before:${phase}@second`, `after:${phase}@second`]);

  it.each(points)('at %s: the next run finishes as if nothing had been', async (point) => {
    const killed = await project.run([], { MLSPEC_FAIL_POINT: point });
    expect(killed.signal).toBe('SIGKILL');
    const complete = await completeSteps(project);
    expect(complete).toEqual(point === 'after:publish@second' ? ['first', 'second'] : ['first']);
    await expectRecovered(project, { complete, undisturbed });
  });

  it.each(['before:publish@second', 'after:publish@second'])('at %s of a reused step', async (point) => {
    expect((await project.run()).record).toBe(undisturbed);
    expect((await project.run([], { MLSPEC_FAIL_POINT: point })).signal).toBe('SIGKILL');
    await expectRecovered(project, { complete: ['first', 'second', 'third'], undisturbed });
  });

  it('again and again, at every step', async () => {
    for (const point of ['after:execute@first', 'before:publish@second', 'after:storeOutputs@third'])
      expect((await project.run([], { MLSPEC_FAIL_POINT: point })).signal).toBe('SIGKILL');
    await expectRecovered(project, { complete: ['first', 'second'], undisturbed });
  });
});

describe('an engine whose number another process has now', () => {
  it('counts as dead', async () => {
    expect((await project.run([], { MLSPEC_FAIL_POINT: 'before:storeOutputs@second' })).signal).toBe('SIGKILL');
    const database = new DatabaseSync(join(project.root, '.mlspec', 'metadata.db'));
    database.exec(`update runs set pid = ${process.pid}`);
    database.close();
    await expectRecovered(project, { complete: ['first'], undisturbed });
  });
});

describe('an engine that is killed at any moment', () => {
  it('in the middle of writes to the store and the record, too', async () => {
    const large = [
      shellStep('first', 'head -c 30000000 /dev/zero > {outputs.out}'),
      shellStep(
        'second',
        'mkdir {outputs.out}; for i in 1 2 3 4 5 6 7 8 9; do head -c 3000000 /dev/zero | tr "\\0" $i > {outputs.out}/$i; done',
        'inputs: {in: first.out}',
      ),
      shellStep('third', 'cat {inputs.in}/* | wc -c > {outputs.out}', 'inputs: {in: second.out}'),
    ].join('');
    await project.declare(large);
    for (let delayMs = 180; delayMs < 640; delayMs += 40) {
      const engine = project.start(['run', '--json', '--until', 'steps', '--force']);
      const ending = endOf(engine);
      setTimeout(() => engine.kill('SIGKILL'), delayMs);
      await ending;
    }
    const complete = await completeSteps(project);
    await project.forgetRan();
    const next = await project.run();
    expect(next.code, next.stderr).toBe(0);
    expect((await project.ran()).filter((step) => complete.includes(step))).toEqual([]);
    expect(await checkState(project)).toEqual([]);
    const other = await createProject();
    await other.declare(large);
    expect((await other.run()).record).toBe(next.record);
    await other.remove();
  });
});

describe('a step that is killed', () => {
  const slow = steps.replace('echo b >', 'touch ../started; sleep $(cat wait); echo b >');

  beforeEach(async () => {
    await project.write('wait', '0.9');
    await project.declare(slow);
  });

  async function startAndFindStep(): Promise<{ engine: ReturnType<Project['start']>; step: number }> {
    const engine = project.start(['run', '--json', '--until', 'steps']);
    const started = join(project.root, '..', 'started');
    await until(() =>
      readFile(started).then(
        () => true,
        () => false,
      ),
    );
    for (const id of await processesOfSteps(project)) {
      const line = await readFile(`/proc/${id}/cmdline`, 'latin1').catch(() => '');
      if (line.startsWith('sh\0-ec')) return { engine, step: id };
    }
    throw new Error('the step was not found');
  }

  it('fails by name, and is made the next time', async () => {
    const { engine, step } = await startAndFindStep();
    const ending = endOf(engine);
    process.kill(step, 'SIGKILL');
    const ended = await ending;
    expect(ended.code).toBe(1);
    expect(ended.states).toMatchObject({ first: 'complete', second: 'failed', third: 'skipped' });
    expect(ended.stdout).toContain('PIPELINE_STEP_KILLED');
    expect(await checkState(project)).toEqual([]);
    await project.forgetRan();
    expect((await project.run()).states).toMatchObject({ first: 'cached', second: 'complete', third: 'complete' });
    expect(await project.ran()).toEqual(['second', 'third']);
    expect(await checkState(project)).toEqual([]);
  });

  it('together with its engine: the next run ends the record and goes on', async () => {
    const { engine, step } = await startAndFindStep();
    const ending = endOf(engine);
    engine.kill('SIGKILL');
    process.kill(step, 'SIGKILL');
    await ending;
    await project.forgetRan();
    expect((await project.run()).code).toBe(0);
    expect(await project.ran()).toEqual(['second', 'third']);
    expect(await checkState(project)).toEqual([]);
  });

  it('an engine that is killed alone leaves no step running once the next one came', async () => {
    await project.write('wait', '30');
    const { engine } = await startAndFindStep();
    const ending = endOf(engine);
    engine.kill('SIGKILL');
    await ending.catch(() => undefined);
    await project.write('wait', '0.1');
    await project.forgetRan();
    expect((await project.run()).code).toBe(0);
    expect(await project.ran()).toEqual(['second', 'third']);
    expect(await processesOfSteps(project)).toEqual([]);
    expect(await checkState(project)).toEqual([]);
  });
});
