/* Event files of the writers that people use, taken over: our server answers the series that TensorBoard reads in them. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TrackerImport } from '../../src/app/index.ts';
import { hasPostgres, newPostgres, newSqlite } from '../contract/databases.ts';
import { type ImportFixture, openImportFixture } from './import-fixture.ts';
import { type AnsweredRun, ask, type Loose, runFrom } from './mlflow-answers.ts';

type Series = readonly (readonly [number, number, string])[];
const golden = join(import.meta.dirname, '../golden/import');
const expected: Record<string, Record<string, Series>> = JSON.parse(
  readFileSync(join(golden, 'tensorboard-2.21.0.json'), 'utf8'),
);
const withPostgres = await hasPostgres();

/** A value as TensorBoard has it: the nearest 32-bit float; infinities are the largest double in MLflow's API. */
const asFloat = (value: string): number => {
  const number = Number(value.replace('nan', 'NaN').replace('inf', 'Infinity'));
  return Number.isFinite(number) || Number.isNaN(number) ? Math.fround(number) : Math.sign(number) * Number.MAX_VALUE;
};
const point = (step: number | string, atMs: number, value: number) => ({ step: Number(step), atMs, value: value + 0 });
const inOrder = (points: readonly ReturnType<typeof point>[]) =>
  points.toSorted((a, b) => a.atMs - b.atMs || a.step - b.step);

/** The runs of an experiment by their names. */
export const runsOf = async (url: string, experiment: string): Promise<Map<string, AnsweredRun>> => {
  const query = `experiments/get-by-name?experiment_name=${experiment}`;
  const { experiment_id } = (await ask(url, query)).experiment;
  const { runs } = await ask(url, 'runs/search', { experiment_ids: [experiment_id], max_results: 100 });
  const found = new Map<string, AnsweredRun>();
  for (const { info } of runs as Loose[]) found.set(info.run_name, await runFrom(url, info.run_id));
  return found;
};

for (const [kind, create] of [
  ['sqlite', newSqlite],
  ['postgres', newPostgres],
] as const) {
  describe.skipIf(kind === 'postgres' && !withPostgres)(`event files taken over on ${kind}`, () => {
    let folder: string;
    let fixture: ImportFixture;
    let report: TrackerImport;
    let runs: Map<string, AnsweredRun>;
    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'tensorboard-'));
      execFileSync('tar', ['xzf', join(golden, 'tensorboard-2.21.0.tar.gz'), '-C', folder]);
      fixture = await openImportFixture(create);
      report = await fixture.runs(join(folder, 'logs'));
      runs = await runsOf(fixture.url, 'logs');
    });
    afterAll(async () => {
      await fixture.close();
      rmSync(folder, { recursive: true });
    });

    test('runs are the folders', () => {
      expect([...runs.keys()].sort()).toEqual(Object.keys(expected).sort());
      expect(report.runs).toEqual({ new: 8, more: 0, same: 0 });
    });

    test.each(Object.keys(expected))('series of %s', (name) => {
      const found = runs.get(name)!.histories;
      const wanted = Object.entries(expected[name]!).map(([tag, points]) => [
        tag,
        inOrder(points.map(([at, step, value]) => point(step, Math.round(at * 1000), asFloat(value)))),
      ]);
      const kept = Object.entries(found).map(([tag, points]) => [
        tag,
        inOrder(
          points.map(([value, at, step]) =>
            point(step, at, Math.abs(Number(value)) === Number.MAX_VALUE ? Number(value) : Math.fround(Number(value))),
          ),
        ),
      ]);
      expect(Object.fromEntries(kept)).toEqual(Object.fromEntries(wanted));
    });

    test('floats are the shortest decimals that name them', () => {
      expect(runs.get('torch/pair_a')!.metrics).toEqual({ pair: '0.1' });
      expect(runs.get('torch')!.metrics['tiny']).toBe('1e-42');
    });

    test('hyperparameters are the params of a nested run', () => {
      const trial = runs.get('torch/trial')!;
      expect(trial.params).toEqual({ lr: '0.1', layers: '3', opt: 'adam', nesterov: '1' });
      expect(trial.tags['mlflow.parentRunId']).toBe(runs.get('torch')!.info['run_id']);
      expect(trial.info['status']).toBe('FINISHED');
    });

    test('pictures and texts are files', async () => {
      const { files, info } = runs.get('torch')!;
      expect(Object.keys(files).sort()).toEqual(['images/picture/7.png', 'text/note/2.md']);
      const asked = `${fixture.url}/get-artifact?run_uuid=${info['run_id']}&path=text/note/2.md`;
      expect(await (await fetch(asked)).text()).toBe('**bold** räume\n');
    });

    test('the report names what was not taken over', () => {
      const left = report.left.map(({ what, why }) => `${what}: ${why}`).sort();
      expect(left).toEqual([
        'run torch: histograms: 1 left out; this tracker has no place for them',
        expect.stringMatching(
          /^truncated\/events\S*: byte \d+: expected a record of \d+ bytes, found the end of the file/,
        ),
      ]);
    });

    test('again changes nothing', async () => {
      const again = await fixture.runs(join(folder, 'logs'));
      expect(again.runs).toEqual({ new: 0, more: 0, same: 8 });
      expect(again.metricPoints).toBe(0);
      expect(await runsOf(fixture.url, 'logs')).toEqual(runs);
    });
  });
}
