import { spawnSync } from 'node:child_process';
import { readFile, rename, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { program } from '../program.ts';
import { createProject, type Project, shellStep } from './project.ts';

let project: Project;

/**
 * words.txt → make → keep (first line only) → last; side stands alone. `keep` throws most of its input away, so that
 * changes behind the first line stop there.
 */
function steps(change: Partial<Record<'make' | 'keep' | 'last' | 'side', string>> = {}): string {
  return [
    shellStep(
      'make',
      'sh lib/make.sh words.txt > {outputs.out}',
      `files: [words.txt, lib/make.sh]\n${change.make ?? ''}`,
    ),
    shellStep('keep', 'head -n 1 {inputs.in} > {outputs.out}', `inputs: {in: make.out}\n${change.keep ?? ''}`),
    shellStep('last', 'cat {inputs.in} > {outputs.out}', `inputs: {in: keep.out}\n${change.last ?? ''}`),
    shellStep('side', 'echo side > {outputs.out}', change.side ?? ''),
  ].join('');
}

async function ranAfter(change: () => Promise<void>): Promise<string[]> {
  await project.forgetRan();
  await change();
  const ended = await project.run();
  expect(ended.code, ended.stderr).toBe(0);
  return (await project.ran()).sort();
}

async function why(step: string): Promise<string> {
  return (await project.mlspec(['why', step])).stdout;
}

/** The key of each step and the digests of what it made. */
async function keysOf(of: Project): Promise<unknown> {
  return await of.withRecord(async (metadata) => {
    const executions = await metadata.executions((await metadata.getRun('latest')).id);
    const keyed = executions.map(async (execution) => {
      const outputs = (await metadata.events([execution.id])).filter((event) => event.direction === 'OUTPUT');
      const made = await metadata.artifacts(outputs.map((event) => event.artifactId));
      return [execution.step, { key: execution.key, made: made.map((artifact) => artifact.digest) }] as const;
    });
    return Object.fromEntries(await Promise.all(keyed));
  });
}

beforeEach(async () => {
  project = await createProject();
  await project.write('words.txt', 'one\ntwo\n');
  await project.write('lib/make.sh', 'cat "$1"\n');
  await project.declare(steps());
  expect((await project.run()).code).toBe(0);
  expect((await project.ran()).sort()).toEqual(['keep', 'last', 'make', 'side']);
});

afterEach(async () => await project.remove());

describe('what makes a step run again, and what does not', () => {
  it('nothing: nothing runs', async () => {
    expect(await ranAfter(async () => undefined)).toEqual([]);
    expect(await why('make')).toMatch(/was reused: .* equal those of run_/);
  });

  it('the bytes of a declared file; what comes after a part that stays equal is not made again', async () => {
    const change = async () => await project.write('words.txt', 'one\nthree\n');
    expect(await ranAfter(change)).toEqual(['keep', 'make']);
    expect(await why('make')).toContain('file words.txt changed');
    expect(await why('keep')).toContain('input in has other content');
    expect(await why('last')).toContain('was reused');
    expect(await ranAfter(async () => await project.write('words.txt', 'one\ntwo\n'))).toEqual([]);
    expect(await ranAfter(async () => await project.write('words.txt', 'two\n'))).toEqual(['keep', 'last', 'make']);
  });

  it('a file that was only touched changes nothing', async () => {
    expect(await ranAfter(async () => await utimes(join(project.root, 'words.txt'), 1, 1))).toEqual([]);
  });

  it('equal size and time, other bytes', async () => {
    const path = join(project.root, 'words.txt');
    const change = async () => {
      await project.write('words.txt', 'owe\ntwo\n');
      await utimes(path, 1_000_000, 1_000_000);
    };
    await utimes(path, 1_000_000, 1_000_000);
    await project.run();
    expect(await ranAfter(change)).toEqual(['keep', 'last', 'make']);
  });

  it('a byte of the code', async () => {
    expect(await ranAfter(async () => await project.write('lib/make.sh', 'cat "$1" # \n'))).toEqual(['make']);
    expect(await why('make')).toContain('file lib/make.sh changed');
    expect(await ranAfter(async () => await project.write('lib/make.sh', 'cat "$1"\n'))).toEqual([]);
  });

  it('a file that a command names without declaring it', async () => {
    const own = '  own:\n    command: [sh, own.sh, "{outputs.out}"]\n    outputs: {out: Any}\n';
    await project.write('own.sh', 'echo own >> ../ran.log; echo 1 > "$1"\n');
    expect(await ranAfter(async () => await project.declare(steps() + own))).toEqual(['own']);
    expect(await ranAfter(async () => undefined)).toEqual([]);
    const change = async () => await project.write('own.sh', 'echo own >> ../ran.log; echo 2 > "$1"\n');
    expect(await ranAfter(change)).toEqual(['own']);
    expect(await why('own')).toContain('file own.sh changed');
  });

  it.each<[string, string, string]>([
    ['a parameter', 'params: {n: 1}', 'parameter n is new: 1'],
    ['a seed', 'seed: 1', 'the seed changed from 0 to 1'],
    ['a further declared file', 'files: [d.csv]', 'file d.csv is new'],
    ['a further input', 'inputs: {more: keep.out}', 'input more is new'],
  ])('%s, both ways', async (_, change, sentence) => {
    expect(await ranAfter(async () => await project.declare(steps({ side: change })))).toEqual(['side']);
    expect(await why('side')).toContain(sentence);
    expect(await ranAfter(async () => await project.declare(steps()))).toEqual([]);
    expect(await why('side')).toContain('was reused');
  });

  it('a value of a parameter, a type of output, the command: the reason is named', async () => {
    await ranAfter(async () => await project.declare(steps({ side: 'params: {n: 1, deep: {m: [1]}}' })));
    const value = async () => await project.declare(steps({ side: 'params: {n: 1, deep: {m: [2]}}' }));
    expect(await ranAfter(value)).toEqual(['side']);
    expect(await why('side')).toContain('parameter deep.m changed from [1] to [2]');
    const typed = async () => await project.declare(steps().replace('echo side >', 'echo  side >'));
    expect(await ranAfter(typed)).toEqual(['side']);
    expect(await why('side')).toContain('component argv changed');
  });

  it('--param: only the steps that use it', async () => {
    await project.declare(steps({ side: 'params: {n: $size}' }));
    await project.run();
    await project.forgetRan();
    await project.run(['--param', 'size=4']);
    expect(await project.ran()).toEqual(['side']);
    expect(await why('side')).toContain('parameter n changed from 3 to 4');
    await project.forgetRan();
    await project.run(['--param', 'size=3']);
    expect(await project.ran()).toEqual([]);
  });

  it.each<[string, (text: string) => string]>([
    ['a comment', (text) => `# a comment\n${text.replace('name: tiny', 'name: tiny # another')}`],
    ['a description', (text) => text.replace('name: tiny', 'name: tiny\ndescription: other words')],
    ['an owner', (text) => text.replace('name: tiny', 'name: tiny\nowners: [me]')],
    ['the name of the system', (text) => text.replace('name: tiny', 'name: other')],
    ['retries', (text) => text.replace('  side:\n', '  side:\n    retries: 3\n')],
    ['a timeout', (text) => text.replace('  side:\n', '  side:\n    timeout: 1 h\n')],
    ['limits', (text) => text.replace('  side:\n', '  side:\n    limits: {memory: 8 GiB, cpu: 1 h, stall: 2 h}\n')],
    ['a condition that holds', (text) => text.replace('  side:\n', '  side:\n    when: 2 > 1\n')],
    ['needs', (text) => text.replace('  side:\n', '  side:\n    needs: [make]\n')],
    [
      'JSON for YAML',
      (text) => text.replace('task: {kind: regression, label: y}', 'task:\n  kind: "regression"\n  label: "y"'),
    ],
  ])('not %s', async (_, edit) => {
    const text = await readFile(join(project.root, 'mlspec.yaml'), 'utf8');
    expect(await ranAfter(async () => await project.write('mlspec.yaml', edit(text)))).toEqual([]);
  });

  it('not the order of the steps, nor the name of a step', async () => {
    const parts = steps().split(/^(?= {2}[a-z])/m);
    expect(await ranAfter(async () => await project.declare([...parts].reverse().join('')))).toEqual([]);
    const renamed = steps().replace('  make:\n', '  produce:\n').replace('make.out', 'produce.out');
    expect(await ranAfter(async () => await project.declare(renamed))).toEqual([]);
    expect(await why('produce')).toContain('was reused');
  });

  it('not the folder in which the project lies', async () => {
    const moved = `${project.root}-moved`;
    await rename(project.root, moved);
    await project.forgetRan();
    const { status, stderr } = spawnSync(program, ['run', '--until', 'steps'], { cwd: moved, env: project.env });
    await rename(moved, project.root);
    expect(status, String(stderr)).toBe(0);
    expect(await project.ran()).toEqual([]);
  });

  it('not the folder, the user, the time or the run: equal projects have equal keys and digests', async () => {
    const other = await createProject();
    try {
      await other.write('words.txt', 'one\ntwo\n');
      await other.write('lib/make.sh', 'cat "$1"\n');
      await other.declare(steps());
      await other.run(['--jobs', '1'], { TZ: 'Asia/Tokyo', LANG: 'C', USER: 'somebody' });
      expect(await keysOf(other)).toEqual(await keysOf(project));
    } finally {
      await other.remove();
    }
  });

  it('not the value of a secret; that a step gets one, yes', async () => {
    const secret = steps({ side: 'secrets: [TOKEN]' });
    await project.declare(secret);
    await project.forgetRan();
    await project.run([], { TOKEN: 'first-secret' });
    expect(await project.ran()).toEqual(['side']);
    await project.forgetRan();
    await project.run([], { TOKEN: 'second-secret' });
    expect(await project.ran()).toEqual([]);
  });

  it('--force: one step, a stage, all; what comes out equal stops there', async () => {
    await project.forgetRan();
    await project.run(['--force', 'make']);
    expect(await project.ran()).toEqual(['make']);
    expect(await why('make')).toContain('it was forced');
    await project.forgetRan();
    await project.run(['--force']);
    expect((await project.ran()).sort()).toEqual(['keep', 'last', 'make', 'side']);
  });

  it('cache: false runs every time', async () => {
    await ranAfter(async () => await project.declare(steps({ side: 'cache: false' })));
    expect(await ranAfter(async () => undefined)).toEqual(['side']);
  });

  it('--dry-run says what would run, and runs nothing', async () => {
    await project.forgetRan();
    await project.write('words.txt', 'other\n');
    const { stdout, stderr, code } = await project.mlspec(['run', '--until', 'steps', '--dry-run']);
    expect(code).toBe(0);
    expect(stdout + stderr).toMatch(/make[^\n]*words\.txt changed/);
    expect(await project.ran()).toEqual([]);
  });

  it('--only takes the rest from the record, and says so where there is none', async () => {
    const only = await project.mlspec(['run', '--json', '--only', 'last', '--force', 'last']);
    expect(only.code, only.stderr).toBe(0);
    expect(only.states).toEqual({ make: 'cached', keep: 'cached', last: 'complete' });
    await project.write('words.txt', 'never seen\n');
    const missing = await project.mlspec(['run', '--json', '--only', 'last']);
    expect(missing.code).toBe(1);
    expect(missing.stdout).toContain('PIPELINE_NOT_RECORDED');
    expect(missing.states).toMatchObject({ make: 'failed', keep: 'skipped', last: 'skipped' });
  });
});
