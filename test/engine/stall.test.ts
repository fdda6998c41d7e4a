import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkState, createProject, endOf, type Project, processesOfSteps, shellStep, until } from './project.ts';

let project: Project;

beforeEach(async () => {
  project = await createProject();
});

afterEach(async () => {
  expect(await processesOfSteps(project)).toEqual([]);
  expect(await checkState(project)).toEqual([]);
  await project.remove();
});

const python = (body: string): string => `import os, time
from mlspec import OutputArtifact, Report
def make(out: OutputArtifact[Report]):
    open("../started", "w").close()
${body.replaceAll(/^/gm, '    ')}
    out.write([])
`;
const typescript = (body: string): string => `import { writeFileSync } from 'node:fs';
export async function make(context) {
  writeFileSync('../started', '');
  ${body}
  writeFileSync(context.outputs.out.path, '[]');
}
`;

async function declarePython(body: string, rest = 'limits: {stall: 3 s}'): Promise<void> {
  await project.write('jobs.py', python(body));
  await project.declare(`  make: {python: 'jobs.py:make', outputs: {out: Report}, ${rest}}\n`);
}

async function declareTypescript(body: string, rest = 'limits: {stall: 3 s}'): Promise<void> {
  await project.write('jobs.ts', typescript(body));
  await project.declare(`  make: {typescript: 'jobs.ts#make', outputs: {out: Report}, ${rest}}\n`);
}

/** Starts a run and sends a signal to the whole group of its step, once that works. */
async function signalStep(signal: NodeJS.Signals) {
  const engine = project.start(['run', '--json', '--until', 'steps']);
  const ending = endOf(engine);
  await until(() => existsSync(join(project.root, '..', 'started')));
  for (const id of await processesOfSteps(project)) process.kill(id, signal);
  return { engine, ending };
}

describe('a step that gives no sign of life', () => {
  it.each([
    ['python', () => declarePython('time.sleep(60)')],
    ['typescript', () => declareTypescript('await new Promise((done) => setTimeout(done, 60_000));')],
    ['command', () => project.declare(shellStep('make', 'touch ../started; sleep 60', 'limits: {stall: 3 s}'))],
  ])('because it was stopped is ended by name and may be tried again: %s', async (_, declare) => {
    await declare();
    const { ending } = await signalStep('SIGSTOP');
    const ended = await ending;
    expect(ended.code).toBe(1);
    expect(ended.states).toEqual({ make: 'failed' });
    expect(ended.stdout).toContain('"code":"PIPELINE_STALLED"');
    expect(ended.stdout).toContain('no sign of life for 3.0 s');
    expect(ended.stdout).toMatch(/"level":"warn","message":"no sign of life for/);
  });

  it('is warned of before it is ended, also where lines are printed', async () => {
    await project.declare(shellStep('make', 'sleep 60', 'limits: {stall: 1 s}'));
    const ended = await project.mlspec(['run', '--until', 'steps']);
    expect(ended.code).toBe(1);
    expect(ended.stderr).toMatch(/^ {2}make warn: no sign of life for \d+ ms/m);
    expect(ended.stderr.indexOf('make warn')).toBeLessThan(ended.stderr.indexOf('PIPELINE_STALLED'));
  });

  it('although nobody stopped it, because it waits for what never comes', async () => {
    await declareTypescript('Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);');
    const ended = await project.run();
    expect(ended.states).toEqual({ make: 'failed' });
    expect(ended.stdout).toContain('PIPELINE_STALLED');
  });

  it('is tried again where retries are declared', async () => {
    await project.declare(
      shellStep(
        'make',
        '[ -e ../second ] || { touch ../second; sleep 60; }; echo 1 > {outputs.out}',
        'limits: {stall: 1 s}\nretries: {limit: 1, backoff: 10 ms}',
      ),
    );
    expect((await project.run()).states).toEqual({ make: 'complete' });
    expect(await project.ran()).toEqual(['make', 'make']);
  });

  it('is ended by Ctrl-C and by a timeout all the same', async () => {
    await declarePython('time.sleep(60)', 'limits: {stall: 1 h}');
    const { engine, ending } = await signalStep('SIGSTOP');
    engine.kill('SIGINT');
    expect((await ending).states).toEqual({ make: 'canceled' });
    await project.declare(
      shellStep('make', 'kill -STOP 0; sleep 60', 'timeout: 1 s\nlimits: {stall: 1 h}\nretries: 0'),
    );
    expect((await project.run()).stdout).toContain('PIPELINE_TIMEOUT');
  });
});

describe('a step that lives', () => {
  it.each([
    ['and waits, in Python', () => declarePython('time.sleep(5)')],
    ['and waits, in TypeScript', () => declareTypescript('await new Promise((done) => setTimeout(done, 5000));')],
    ['and works without a pause', () => declareTypescript('const end = Date.now() + 5000; while (Date.now() < end);')],
    [
      'and prints, as a command',
      () =>
        project.declare(
          shellStep(
            'make',
            'for i in 1 2 3 4 5; do echo $i; sleep 1; done; echo 1 > {outputs.out}',
            'limits: {stall: 3 s}',
          ),
        ),
    ],
    [
      'and is silent, as a command without a limit',
      () => project.declare(shellStep('make', 'sleep 4; echo 1 > {outputs.out}')),
    ],
  ])('%s, is left alone', async (_, declare) => {
    await declare();
    const ended = await project.run();
    expect(ended.states, ended.stdout).toEqual({ make: 'complete' });
  });

  it('while its engine is stopped: the time in which nobody looked does not count', async () => {
    await declarePython('time.sleep(7)');
    const engine = project.start(['run', '--json', '--until', 'steps']);
    const ending = endOf(engine);
    await until(() => existsSync(join(project.root, '..', 'started')));
    engine.kill('SIGSTOP');
    await wait(4500);
    engine.kill('SIGCONT');
    const ended = await ending;
    expect(ended.states, ended.stdout).toEqual({ make: 'complete' });
  });
});

describe('the limit', () => {
  it('is at least a second', async () => {
    await declarePython('pass', 'limits: {stall: 10 ms}');
    const ended = await project.mlspec(['check', '--json']);
    expect(ended.code).toBe(2);
    expect(ended.stdout).toContain('limits.stall');
  });
});

describe('warnings of a step', () => {
  it('are printed with the lines of a run, of each step the first few; all of them with --verbose', async () => {
    await declareTypescript(
      "for (let n = 1; n <= 30; n++) context.log('warn', 'odd row ' + n); context.log('info', 'fine');",
    );
    const lines = async (...args: string[]): Promise<string[]> => {
      const { stderr } = await project.mlspec(['run', '--until', 'steps', ...args]);
      return stderr.split('\n').filter((line) => /make (warn|info|warned)/.test(line));
    };
    const few = await lines();
    expect(few.slice(0, 2)).toEqual(['  make warn: odd row 1', '  make warn: odd row 2']);
    expect(few).toHaveLength(21);
    expect(few.at(-1)).toContain('--verbose');
    expect(await lines('--force', '--verbose')).toHaveLength(31);
  });
});
