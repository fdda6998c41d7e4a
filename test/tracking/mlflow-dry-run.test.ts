/* A dry run of the import of what MLflow kept: it reports what the import reports, and leaves nothing. */
import { type ChildProcess, execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { TrackerImport } from '../../src/app/index.ts';
import { createProject, type Ended, endOf, type Project } from '../engine/project.ts';
import { answersOf, archiveOf } from './mlflow-answers.ts';
import { until } from './spool-parts.ts';

let project: Project;
let folder: string;
let temporary: string;
beforeEach(async () => {
  project = await createProject();
  folder = mkdtempSync(join(tmpdir(), 'mlflow-dry-'));
  temporary = join(folder, 'tmp');
  mkdirSync(temporary);
});
afterEach(async () => {
  await project.remove();
  rmSync(folder, { recursive: true });
});

const unpack = (name: string): void => void execFileSync('tar', ['xzf', archiveOf(name), '-C', folder]);
const importing = (path: string, ...more: readonly string[]): Promise<Ended> =>
  project.mlspec(['import', join(folder, path), '--json', ...more], { TMPDIR: temporary });

/** What is in the folder for temporary files, besides what Node keeps of the program there. */
const leftBehind = (): string[] => readdirSync(temporary).filter((name) => name !== 'node-compile-cache');

/** The report of an import that ended. */
function reportOf({ code, stdout, stderr }: Ended): TrackerImport {
  expect(code, stderr + stdout).toBe(0);
  return JSON.parse(stdout) as TrackerImport;
}

/** The report of a dry run, which left nothing: no record, no temporary folder, no keys. */
async function dryReport(path: string): Promise<TrackerImport> {
  const before = readdirSync(project.root);
  const report = reportOf(await importing(path, '--dry-run'));
  expect(readdirSync(project.root)).toEqual(before);
  expect(leftBehind()).toEqual([]);
  expect(readdirSync(join(project.root, '..'))).not.toContain('keys');
  return report;
}

describe.each([
  ['mlflow-3.17.2', 'mlflow.db', 'mlartifacts/1'],
  ['mlruns-3.17.2', 'mlruns', null],
] as const)('a dry run over %s', (name, path, artifacts) => {
  test('reports what the import reports', async () => {
    unpack(name);
    const dry = await dryReport(path);
    expect(dry).toMatchObject({ store: '', runs: { new: 5, more: 0, same: 0 }, isInterrupted: false });
    expect(dry.artifacts.files).toBeGreaterThan(3);
    const real = reportOf(await importing(path));
    expect(real.store).not.toBe('');
    expect({ ...dry, store: real.store }).toEqual(real);
  });

  test('names what the import leaves out', async () => {
    unpack(name);
    const { run_id, experiment_id } = answersOf(name).runs[0]!.info;
    const place =
      artifacts === null
        ? join(folder, path, String(experiment_id), String(run_id), 'artifacts')
        : join(folder, artifacts, String(run_id), 'artifacts');
    symlinkSync('/etc/passwd', join(place, 'link.txt'));
    writeFileSync(join(place, 'c#d'), 'x');
    writeFileSync(join(place, 'MLmodel'), 'signature: [');
    if (artifacts !== null) {
      const database = new DatabaseSync(join(folder, path));
      database.exec(`update tags set value = 'x', key = '../up' where key = 'mlflow.user'`);
      database.close();
    }
    const dry = await dryReport(path);
    expect(dry.leftCount).toBeGreaterThan(1);
    const real = reportOf(await importing(path));
    expect({ ...dry, store: real.store }).toEqual(real);
  });
});

test('a tracker that has it all already is not looked at', async () => {
  unpack('mlflow-3.17.2');
  const real = reportOf(await importing('mlflow.db'));
  const before = readdirSync(join(project.root, '.mlspec'), { recursive: true }).sort();
  const dry = reportOf(await importing('mlflow.db', '--dry-run'));
  expect({ ...dry, store: real.store }).toEqual(real);
  expect(readdirSync(join(project.root, '.mlspec'), { recursive: true }).sort()).toEqual(before);
});

test('one that fails or is interrupted leaves nothing', async () => {
  unpack('mlruns-3.17.2');
  const missing = await importing('nothing', '--from', 'mlflow', '--dry-run');
  expect(missing.stdout).toContain('IMPORT_NO_SOURCE');
  const child = project.start(['import', join(folder, 'mlruns'), '--json', '--dry-run'], { TMPDIR: temporary });
  const ended = endOf(child);
  await until('its folder', async () => child.exitCode !== null || leftBehind().length > 0);
  child.kill('SIGINT');
  // Where the signal came after the last run it ended as usual.
  expect([0, 130]).toContain((await ended).code);
  expect(leftBehind()).toEqual([]);
});

test('what a killed one left is removed by the next; what one that lives has stays', async () => {
  unpack('mlruns-3.17.2');
  const path = join(folder, 'mlruns');
  const [killed, stopped] = [1, 2].map(() =>
    project.start(['import', path, '--json', '--dry-run'], { TMPDIR: temporary }),
  ) as [ChildProcess, ChildProcess];
  const ends = [endOf(killed), endOf(stopped)];
  const mine = ({ pid }: ChildProcess): string[] => leftBehind().filter((name) => name.includes(`-${pid}-`));
  await until('both folders', async () =>
    [killed, stopped].every((one) => one.exitCode !== null || mine(one).length > 0),
  );
  stopped.kill('SIGSTOP');
  killed.kill('SIGKILL');
  await ends[0];
  const left = leftBehind();
  expect(left.length).toBeGreaterThan(1);
  reportOf(await importing('mlruns', '--dry-run'));
  expect(leftBehind()).toEqual(mine(stopped));
  stopped.kill('SIGCONT');
  expect((await ends[1]!).code).toBe(0);
  expect(leftBehind()).toEqual([]);
});
