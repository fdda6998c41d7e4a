/* Folders of MLflow's that are broken or made to do harm. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { newSqlite } from '../contract/databases.ts';
import { openImportFixture } from './import-fixture.ts';
import { answersOf, archiveOf } from './mlflow-answers.ts';

const { experiment_id: experimentId, run_id: runId } = answersOf('mlruns-3.17.2').runs[0]!.info;
let folder: string;
let run: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mlruns-hostile-'));
  execFileSync('tar', ['xzf', archiveOf('mlruns-3.17.2'), '-C', folder]);
  run = join(folder, 'mlruns', String(experimentId), String(runId));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** What is left out, and how many runs are taken over. */
async function take(): Promise<{ readonly left: readonly string[]; readonly runs: number }> {
  const own = await openImportFixture(newSqlite);
  try {
    const { report } = await own.take(join(folder, 'mlruns'));
    return { left: report.left.map(({ what, why }) => `${what}: ${why}`), runs: report.runs.new };
  } finally {
    await own.close();
  }
}

test.each([
  ['aliases upon aliases', 'a: &a [x,x,x]\nb: &b [*a,*a,*a]\nc: &c [*b,*b,*b]\nstatus: *c\n', 'its status is ""'],
  ['a deep nest', `a: ${'['.repeat(100_000)}`, 'is no YAML'],
  ['a list', '- a\n- b\n', 'expected a map'],
  ['an object of Python', 'status: !!python/object/apply:os.system ["true"]\n', 'its status is'],
  ['a status of the wrong type', 'status: {a: b}\n', 'its status is ""'],
  ['nothing', '', 'expected a map'],
  ['bytes', '\u0000\u0001\u0002', 'expected a map'],
])('meta.yaml with %s', async (_, text, why) => {
  writeFileSync(join(run, 'meta.yaml'), text);
  const { left: all, runs } = await take();
  // Without the run its files are not here, which versions of models lie among.
  const left = all.filter((one) => !one.startsWith('registered model forest: files of version'));
  expect(left).toHaveLength(1);
  expect(left[0]).toContain(`run ${runId}: meta.yaml: `);
  expect(left[0]).toContain(why);
  expect(runs).toBe(4);
});

test('files that are missing, links, and lines that are no points', async () => {
  rmSync(join(folder, 'mlruns', '0', 'meta.yaml'));
  symlinkSync('/etc', join(folder, 'mlruns', '99'));
  symlinkSync('/etc/hostname', join(run, 'params', 'link'));
  writeFileSync(join(run, 'metrics', 'bad'), 'now 1 2\n1 two 3\n1 2 3\n');
  writeFileSync(join(run, 'metrics', 'long'), '1'.repeat(100_000));
  const { left, runs } = await take();
  expect(runs).toBe(4);
  expect(left.toSorted()).toEqual([
    'experiment 0: meta.yaml: the file is missing',
    'experiment 99: a link',
    `run ${runId}: metrics/bad: expected time, value and step, found "1 two 3"`,
    `run ${runId}: metrics/bad: expected time, value and step, found "now 1 2"`,
    expect.stringContaining(`run ${runId}: metrics/long: has a line of more than`),
    `run ${runId}: params/link: no plain file`,
  ]);
  expect(readdirSync(run)).toContain('meta.yaml');
});
