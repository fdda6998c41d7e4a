import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mountMemory } from '../mount.ts';
import { checkState, createProject, type Ended, endOf, type Project, said, shellStep, until } from './project.ts';

let project: Project;

const steps = [
  shellStep('first', 'echo one > {outputs.out}'),
  shellStep('second', 'mkdir {outputs.out}; cat {inputs.in} > {outputs.out}/a', 'inputs: {in: first.out}'),
  shellStep('third', 'cat {inputs.in}/a > {outputs.out}; echo 3 >> {outputs.out}', 'inputs: {in: second.out}'),
].join('');

beforeEach(async () => {
  project = await createProject();
  await project.declare(steps);
});

afterEach(async () => await project.remove());

describe('two engines at once', () => {
  it('both succeed, and identical steps run once', async () => {
    await project.declare(steps.replaceAll('sh, -ec, "', 'sh, -ec, "sleep 0.3; '));
    const all = await Promise.all([project.run(), project.run(), project.run()]);
    expect(all.map((ended) => ended.code)).toEqual([0, 0, 0]);
    expect(new Set(all.map((ended) => ended.record)).size).toBe(1);
    expect((await project.ran()).sort()).toEqual(['first', 'second', 'third']);
    expect(await checkState(project)).toEqual([]);
  });

  it('that force everything both run everything', async () => {
    const all = await Promise.all([project.run(['--force']), project.run(['--force'])]);
    expect(all.map((ended) => ended.code)).toEqual([0, 0]);
    expect(await project.ran()).toHaveLength(6);
    expect(await checkState(project)).toEqual([]);
  });

  it('where one is killed: the other takes over', async () => {
    await project.declare(
      steps.replace('echo one', 'touch ../started; until [ -e ../go ]; do sleep 0.05; done; echo one'),
    );
    const killed = project.run([], { MLSPEC_FAIL_POINT: 'before:storeOutputs@first' });
    await until(() => existsSync(join(project.root, '..', 'started')));
    const other = project.start(['run', '--json', '--until', 'steps']);
    const ending = endOf(other);
    await said(other, /is carrying out the same","stage":"steps","state":"waiting","step":"first"/);
    await project.write('../go', '');
    expect((await killed).signal).toBe('SIGKILL');
    const ended = await ending;
    expect(ended.states, ended.stdout).toEqual({ first: 'complete', second: 'complete', third: 'complete' });
    expect(await project.ran()).toEqual(['first', 'first', 'second', 'third']);
    expect(await checkState(project)).toEqual([]);
  });
});

/** Every blob and tree manifest of the store. */
async function stored(): Promise<string[]> {
  const root = join(project.root, '.mlspec', 'artifacts');
  const folders = ['blobs', 'trees'].map((name) => join(root, name));
  const entries = await Promise.all(folders.map((path) => readdir(path, { recursive: true, withFileTypes: true })));
  return entries.flat().flatMap((entry) => (entry.isFile() ? [join(entry.parentPath, entry.name)] : []));
}

async function flipOneBit(path: string): Promise<void> {
  await chmod(path, 0o600);
  const bytes = await readFile(path);
  bytes[0] = bytes[0]! ^ 1;
  await writeFile(path, bytes);
}

describe('a file where the folder of the record should be', () => {
  it.each([['run'], ['exec', '--', 'true'], ['server', '--port', '0']])(
    '%s: a clear error, and it stays',
    async (...words) => {
      await project.declare(steps);
      await project.write('.mlspec', 'mine');
      const ended = await project.mlspec(words);
      expect([ended.code, ended.stderr]).toEqual([2, expect.stringContaining('error[PLACE_NOT_WRITABLE]')]);
      expect(await readFile(join(project.root, '.mlspec'), 'utf8')).toBe('mine');
    },
  );
});

describe('a corrupted artifact', () => {
  it.each(['one\n', 'one\n3\n'])('%j: a clear error, and the run after it makes it again', async (content) => {
    const first = await project.run();
    const blobs = await stored();
    const texts = await Promise.all(blobs.map((path) => readFile(path, 'utf8')));
    await flipOneBit(blobs[texts.indexOf(content)]!);
    await project.declare(
      steps +
        shellStep('fourth', 'cat {inputs.a} {inputs.b}/a > {outputs.out}', 'inputs: {a: third.out, b: second.out}'),
    );
    const found = await project.run();
    expect(found.code).toBe(1);
    expect(found.stdout).toMatch(/ARTIFACT_(CORRUPT|MISSING)/);
    expect(found.stdout).toMatch(/sha256:[0-9a-f]{64}/);
    const next = await project.run();
    expect(next.code, next.stdout).toBe(0);
    expect(await checkState(project)).toEqual([]);
    await project.declare(steps);
    expect((await project.run()).record).toBe(first.record);
  });
});

describe('trouble with the state folder', () => {
  it('a metadata file of a newer version is refused by name, and left alone', async () => {
    await project.run();
    const path = join(project.root, '.mlspec', 'metadata.db');
    const database = new DatabaseSync(path);
    const tables = database.prepare("select name from sqlite_master where type = 'table'").all() as { name: string }[];
    const table = tables.map((one) => one.name).find((name) => /schema|migration|version/i.test(name));
    if (table === undefined) database.exec('pragma user_version = 9999');
    else newerVersion(database, table);
    database.close();
    const ended = await project.run();
    expect(ended.code).toBe(1);
    expect(ended.stdout).toMatch(/NEWER/);
    expect(ended.stdout).not.toContain('INTERNAL');
  });

  it('a metadata file that is none', async () => {
    await project.run();
    await writeFile(join(project.root, '.mlspec', 'metadata.db'), 'this is no database'.repeat(1000));
    const ended = await project.run();
    expect(ended.code).toBe(1);
    expect(ended.stdout).not.toContain('INTERNAL');
    expect(ended.stdout).toMatch(/DATABASE_/);
  });

  it('an unwritable folder', async (context) => {
    const state = join(project.root, '.mlspec');
    await mkdir(state);
    if (!mountMemory(state, 'ro')) return context.skip();
    try {
      const ended = await project.run();
      expect(ended.code).toBe(1);
      expect(ended.stdout).not.toContain('"INTERNAL"');
      expect(ended.stdout).toContain(state);
    } finally {
      execFileSync('umount', [state]);
    }
  });

  it('a project on a file system that cannot be written', async (context) => {
    const place = join(project.root, '..', 'frozen');
    await mkdir(place);
    if (!mountMemory(place, 'ro')) return context.skip();
    try {
      const ended = await project.mlspec(['exec', '--json', '--', 'true'], { MLSPEC_STATE_DIR: join(place, 'state') });
      expect(ended.code).toBe(1);
      expect(ended.stdout + ended.stderr).toContain('PIPELINE_NOT_WRITABLE');
    } finally {
      execFileSync('umount', [place]);
    }
  });

  it('an unwritable folder in which steps work', async (context) => {
    const scratch = join(project.root, '.mlspec', 'scratch');
    await project.run();
    if (!mountMemory(scratch, 'ro')) return context.skip();
    try {
      const ended = await project.run(['--force']);
      expect(ended.code).toBe(1);
      expect(ended.stdout).toContain('PIPELINE_NOT_WRITABLE');
      expect(ended.states).toEqual({ first: 'failed', second: 'skipped', third: 'skipped' });
    } finally {
      execFileSync('umount', [scratch]);
    }
    expect((await project.run()).code).toBe(0);
    expect(await checkState(project)).toEqual([]);
  });

  it('a full disk: a clear error, nothing lost, and all is well once there is room', async (context) => {
    const state = join(project.root, '.mlspec');
    await mkdir(state);
    if (!mountMemory(state, 'size=6m')) return context.skip();
    try {
      const large =
        steps + shellStep('large', 'head -c 20000000 /dev/zero | tr "\\0" x > {outputs.out}', 'needs: [third]');
      await project.declare(large);
      const full = await project.run();
      expect(full.code).toBe(1);
      expect(full.stdout).not.toContain('"INTERNAL"');
      expect(full.stdout).toMatch(/_FULL|No space left|no space left/);
      execFileSync('mount', ['-o', 'remount,size=200m', state]);
      await project.forgetRan();
      const next = await project.run();
      expect(next.code, next.stdout).toBe(0);
      expect(await project.ran()).toEqual(['large']);
      expect(await checkState(project)).toEqual([]);
    } finally {
      execFileSync('umount', [state]);
    }
  });

  it.for([1, 2, 3, 4, 5])('a disk that is full while the output of a step is kept, %i', async (part, context) => {
    const state = join(project.root, '.mlspec');
    await mkdir(state);
    if (!mountMemory(state, `size=${part * 300 + 600}k`)) return context.skip();
    try {
      await project.declare(
        steps + shellStep('loud', 'head -c 3000000 /dev/zero | tr "\\0" y; echo 1 > {outputs.out}'),
      );
      const full = await project.run();
      expect(full.code).toBe(1);
      expect(withoutOutput(full)).not.toMatch(/"INTERNAL"|Unhandled|node:internal/);
      execFileSync('mount', ['-o', 'remount,size=200m', state]);
      const next = await project.run();
      expect(next.code, next.stdout).toBe(0);
      expect(await checkState(project)).toEqual([]);
    } finally {
      execFileSync('umount', [state]);
    }
  });
});

function newerVersion(database: DatabaseSync, table: string): void {
  const columns = database.prepare(`pragma table_info("${table}")`).all() as { name: string; type: string }[];
  const number = columns.find((column) => /int/i.test(column.type))!.name;
  database.exec(`update "${table}" set "${number}" = 9999`);
}

function withoutOutput(ended: Ended): string {
  return [...ended.stdout.split('\n'), ended.stderr].filter((line) => !line.includes('"stream":')).join('\n');
}

describe('the files of the state', () => {
  it('are readable by the user alone', async () => {
    await project.run();
    expect((await stat(join(project.root, '.mlspec'))).mode & 0o077).toBe(0);
  });
});
