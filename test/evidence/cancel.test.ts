/* The commands of evidence over content that takes a while, interrupted: they end at once, as interrupted, and leave nothing half done. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProject, endOf, type Project } from '../engine/project.ts';

let project: Project;
let exported: string;
beforeAll(async () => {
  project = await createProject();
  const made = await project.mlspec(['exec', '--out', 'big.bin', '--', 'truncate', '-s', '1G', 'big.bin']);
  expect(made.code, made.stderr).toBe(0);
  exported = join(project.root, '..', 'exported');
  expect(await project.mlspec(['export', 'latest', exported])).toMatchObject({ code: 0 });
}, 120_000);
afterAll(async () => await project.remove());

/** Starts a command, and interrupts it once it is at its work. */
async function interrupted(words: readonly string[], isAtWork: (child: ChildProcess) => Promise<boolean>) {
  const child = project.start(words);
  const ended = endOf(child);
  const gone = once(child, 'exit');
  await expect.poll(() => isAtWork(child), { timeout: 20_000, interval: 10 }).toBe(true);
  child.kill('SIGINT');
  const took = await Promise.race([gone.then(() => 'ended'), wait(20_000, 'went on')]);
  return { took, ...(await ended) };
}

/** Whether a process has begun to read what is large. */
async function isReading({ pid }: ChildProcess): Promise<boolean> {
  const counters = await readFile(`/proc/${pid}/io`, 'utf8').catch(() => '');
  return Number(/^rchar: (\d+)/m.exec(counters)?.[1] ?? 0) > 100_000_000;
}

const artifactsIn = (folder: string) => async (): Promise<boolean> =>
  (await readdir(join(folder, 'artifacts')).catch(() => [])).length > 0;

describe('export', () => {
  it('into a new folder leaves none', async () => {
    const folder = join(project.root, '..', 'new');
    expect(await interrupted(['export', 'latest', folder], artifactsIn(folder))).toMatchObject({
      took: 'ended',
      code: 130,
    });
    expect(await readdir(join(project.root, '..'))).not.toContain('new');
  });

  it('into an empty folder leaves it empty, so that it can be tried again', async () => {
    const folder = join(project.root, '..', 'empty');
    await mkdir(folder);
    expect(await interrupted(['export', 'latest', folder], artifactsIn(folder))).toMatchObject({
      took: 'ended',
      code: 130,
    });
    expect(await readdir(folder)).toEqual([]);
    await rm(folder, { recursive: true });
  });
});

describe.each([
  ['a run', () => ['verify', 'latest']],
  ['an exported run', () => ['verify', exported]],
  [
    'an exported run that is carried out again',
    () => ['reproduce', exported, '--into', join(project.root, '..', 'again')],
  ],
])('verifying %s', (_what, words) => {
  it('gives no verdict', async () => {
    const ended = await interrupted(words(), isReading);
    expect(ended).toMatchObject({ took: 'ended', code: 130 });
    expect(ended.stdout).not.toMatch(/verified|✓|✗/);
    expect(await readdir(join(project.root, '..'))).not.toContain('again');
  });
});
