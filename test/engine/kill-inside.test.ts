import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type DeathInside, deathInside } from './deaths.ts';
import { createProject, type Project, shellStep } from './project.ts';
import { completeSteps, expectRecovered, undisturbedRecord } from './recovered.ts';

/** `second` leaves a folder of a small file and one that is moved into the store, a metric, and printed words. */
const steps = [
  shellStep('first', 'echo one > {outputs.out}'),
  shellStep(
    'second',
    [
      'echo printed; [ ! -e ../broken ]; mkdir {outputs.out}',
      'echo small > {outputs.out}/small; head -c 2000000 /dev/zero | tr "\\0" x > {outputs.out}/large',
      'echo \'{"type":"metric","name":"rows","value":7,"step":0,"atMs":1}\' >> $MLSPEC_EVENTS',
    ].join('; '),
    'inputs: {in: first.out}',
  ),
  shellStep('third', 'cat {inputs.in}/small > {outputs.out}', 'inputs: {in: second.out}'),
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

const at = (edge: DeathInside['edge'], call: string, nth = 1): DeathInside => ({ edge, call, nth });
const named = (deaths: readonly DeathInside[]): [string, DeathInside][] =>
  deaths.map((death) => [`${death.edge} ${death.call} ${death.nth}`, death]);

async function dieAt(failPoint: string, death: DeathInside): Promise<void> {
  const ended = await project.run([], deathInside(failPoint, death));
  expect(ended.signal, ended.stdout + ended.stderr).toBe('SIGKILL');
}

describe('an engine that dies inside', () => {
  it.each(
    named([
      ...[1, 2, 3].flatMap((nth) => [at('before', 'link', nth), at('after', 'link', nth), at('after', 'remove', nth)]),
      // What was printed comes after what was left.
      at('before', 'link', 4),
      at('after', 'link', 4),
      at('before', 'write'),
      at('after', 'write'),
    ]),
  )('the write of an artifact, %s', async (_, death) => {
    await dieAt('before:storeOutputs@second', death);
    expect(await completeSteps(project)).toEqual(['first']);
    await expectRecovered(project, { complete: ['first'], undisturbed });
  });

  it.each(
    named([
      at('after', 'begin'),
      at('after', 'update executions'),
      at('after', 'insert into artifacts'),
      at('after', 'insert into artifacts', 2),
      at('after', 'insert into events'),
      at('after', 'insert into metrics'),
      at('after', 'update log_size'),
      at('after', 'insert into log_entries'),
      at('after', 'insert into statements'),
      at('after', 'insert into cache_entries'),
      at('before', 'commit'),
    ]),
  )('the transaction that makes a step complete, %s', async (_, death) => {
    await dieAt('before:publish@second', death);
    expect(await completeSteps(project)).toEqual(['first']);
    await expectRecovered(project, { complete: ['first'], undisturbed });
  });

  it('that transaction, once it is committed', async () => {
    await dieAt('before:publish@second', at('after', 'commit'));
    expect(await completeSteps(project)).toEqual(['first', 'second']);
    await expectRecovered(project, { complete: ['first', 'second'], undisturbed });
  });

  it.each(named([at('after', 'insert into executions'), at('after', 'insert into events'), at('before', 'commit')]))(
    'the transaction that opens an execution, %s',
    async (_, death) => {
      await dieAt('before:openExecution@second', death);
      await expectRecovered(project, { complete: ['first'], undisturbed });
    },
  );

  it.each(
    named([
      at('after', 'insert into executions'),
      at('after', 'insert into events'),
      at('after', 'insert into statements'),
      at('before', 'commit'),
    ]),
  )('the transaction that reuses a result, %s', async (_, death) => {
    expect((await project.run()).record).toBe(undisturbed);
    await dieAt('before:publish@second', death);
    await expectRecovered(project, { complete: ['first', 'second', 'third'], undisturbed });
  });

  it.each(named([at('after', 'update executions'), at('after', 'insert into statements'), at('before', 'commit')]))(
    'the transaction that records a failure, %s',
    async (_, death) => {
      await project.write('../broken', '');
      await dieAt('before:execute@second', death);
      await rm(join(project.root, '..', 'broken'));
      await expectRecovered(project, { complete: ['first'], undisturbed });
    },
  );
});
