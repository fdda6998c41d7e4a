/*
 * Steps that are prepared while all places are taken, and results that are recorded while the next step runs already: nothing
 * that was promised of a step by itself may be lost between two of them.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { checkState, createProject, endOf, type Project, shellStep, until } from './project.ts';

/** By then a step that can be prepared is. */
const preparedMs = 700;

let project: Project;

beforeEach(async () => {
  project = await createProject();
});
afterEach(async () => await project.remove());

const gated = shellStep('gated', 'touch ../started; until [ -e ../go ]; do sleep 0.05; done; echo 1 > {outputs.out}');
const other = shellStep('other', 'echo 2 > {outputs.out}');

/** Starts a run with one place, and waits until the first step has it and the second is prepared. */
async function startGated(...args: readonly string[]) {
  const engine = project.start(['run', '--json', '--until', 'steps', '--jobs', '1', ...args]);
  const ending = endOf(engine);
  await until(() => existsSync(join(project.root, '..', 'started')));
  await wait(preparedMs);
  return { engine, ending };
}

it('is told to run when it has its place, not before', async () => {
  await project.declare(gated + other);
  const { ending } = await startGated();
  await project.write('../go', '');
  const ended = await ending;
  const told = ended.events.flatMap((event) => (event.type === 'step' ? [`${event.step} ${event.state}`] : []));
  expect(told.slice(0, 1)).toEqual(['gated running']);
  expect(told.toSorted()).toEqual(['gated complete', 'gated running', 'other complete', 'other running']);
  const [first, second] = await project.withRecord(async (metadata) =>
    metadata.executions((await metadata.getRun('latest')).id),
  );
  expect([first!.step, second!.step]).toEqual(['gated', 'other']);
  // It began when it got its place, and its time does not hold the time that it waited.
  expect(second!.startedAtMs - first!.startedAtMs).toBeGreaterThanOrEqual(preparedMs);
  const duration = ended.events.flatMap((event) =>
    event.type === 'step' && event.step === 'other' && event.state === 'complete' ? [event.durationMs!] : [],
  )[0]!;
  expect(duration).toBeLessThan(preparedMs);
});

it('is skipped where another failed meanwhile and --fail-fast was given', async () => {
  await project.declare(gated.replace('echo 1', 'exit 1; echo 1') + other);
  const { ending } = await startGated('--fail-fast');
  await project.write('../go', '');
  expect((await ending).states).toEqual({ gated: 'failed', other: 'skipped' });
  expect(await project.ran()).toEqual(['gated']);
  expect(await checkState(project)).toEqual([]);
});

it('is skipped where the run was canceled meanwhile', async () => {
  await project.declare(gated + other);
  const { engine, ending } = await startGated();
  engine.kill('SIGINT');
  const ended = await ending;
  expect(ended.code).toBe(130);
  expect(ended.states).toEqual({ gated: 'canceled', other: 'skipped' });
  expect(await project.ran()).toEqual(['gated']);
  expect(await checkState(project)).toEqual([]);
});

it('leaves its claim to the next run where its engine is killed', async () => {
  await project.declare(gated + other);
  const { engine, ending } = await startGated();
  engine.kill('SIGKILL');
  await ending;
  await project.write('../go', '');
  await project.forgetRan();
  const next = await project.run(['--jobs', '1']);
  expect(next.states).toEqual({ gated: 'complete', other: 'complete' });
  expect(next.stdout).not.toContain('is carrying out the same');
  expect(await checkState(project)).toEqual([]);
});

it('is prepared again where what it is made from changed meanwhile', async () => {
  await project.write('work.sh', 'echo old > "$1"');
  await project.declare(`${gated}  work:\n    command: [sh, work.sh, "{outputs.out}"]\n    outputs: {out: Any}\n`);
  const { ending } = await startGated();
  await project.write('work.sh', 'echo new > "$1"');
  await project.write('../go', '');
  expect((await ending).states).toEqual({ gated: 'complete', work: 'complete' });
  // What is recorded under the key of the new file was made by it, and under that of the old file nothing is recorded.
  expect((await project.run()).states).toEqual({ gated: 'cached', work: 'cached' });
  expect((await project.mlspec(['show', 'latest', 'work', '--output', 'out', '--to', '../out'])).code).toBe(0);
  await project.write('work.sh', 'echo old > "$1"');
  expect((await project.run()).states).toEqual({ gated: 'cached', work: 'complete' });
  expect(await checkState(project)).toEqual([]);
});

it.each(['1', '2'])('equal steps of one run are carried out once, with %s at a time', async (jobs) => {
  const command = '[sh, -ec, "echo same >> ../ran.log; sleep 0.4; echo 1 > {outputs.out}"]';
  const equal = ['one', 'two', 'three'].map((name) => `  ${name}: {command: ${command}, outputs: {out: Any}}\n`);
  await project.declare(equal.join('') + other);
  const ended = await project.run(['--jobs', jobs]);
  expect(Object.values(ended.states).toSorted()).toEqual(['cached', 'cached', 'complete', 'complete']);
  expect((await project.ran()).toSorted()).toEqual(['other', 'same']);
  expect(await checkState(project)).toEqual([]);
});

it('an engine that dies before a result is recorded, the next step running already, leaves nothing half', async () => {
  const next = shellStep('next', 'sleep 0.5; echo 2 > {outputs.out}');
  await project.declare(shellStep('first', 'echo 1 > {outputs.out}') + next);
  const killed = await project.run(['--jobs', '1'], { MLSPEC_FAIL_POINT: 'before:publish@first' });
  expect(killed.signal).toBe('SIGKILL');
  const after = await project.run(['--jobs', '1']);
  expect(after.states).toEqual({ first: 'complete', next: 'complete' });
  expect(await checkState(project)).toEqual([]);
});
