/* An export in the layout of neptune-exporter, taken over: our server answers what the script that made it put in. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TrackerImport } from '../../src/app/index.ts';
import { newSqlite } from '../contract/databases.ts';
import { type ImportFixture, openImportFixture } from './import-fixture.ts';
import { type AnsweredRun, ask, type Loose, runFrom } from './mlflow-answers.ts';

const startMs = Date.UTC(2025, 5, 1, 12, 0, 0, 250);
const valueAt = (step: number): string => String(step === 3 ? Number.NaN : step === 4 ? Number.MAX_VALUE : step / 7);

describe("Neptune's export", () => {
  let folder: string;
  let fixture: ImportFixture;
  let report: TrackerImport;
  let runs: Map<string, AnsweredRun>;
  const read = async (): Promise<Map<string, AnsweredRun>> => {
    const { experiment_id } = (await ask(fixture.url, 'experiments/get-by-name?experiment_name=team/churn')).experiment;
    const answer = await ask(fixture.url, 'runs/search', { experiment_ids: [experiment_id], max_results: 10 });
    const found = new Map<string, AnsweredRun>();
    for (const { info } of answer.runs as Loose[]) found.set(info.run_name, await runFrom(fixture.url, info.run_id));
    return found;
  };
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'neptune-'));
    const archive = join(import.meta.dirname, '../golden/import/neptune-export.tar.gz');
    execFileSync('tar', ['xzf', archive, '-C', folder]);
    fixture = await openImportFixture(newSqlite);
    report = await fixture.runs(join(folder, 'exports'));
    runs = await read();
  });
  afterAll(async () => {
    await fixture.close();
    rmSync(folder, { recursive: true });
  });

  test('runs, with what names them', () => {
    expect([...runs.keys()].sort()).toEqual(['named RUN 2', 'named RUN-1']);
    const { info, tags } = runs.get('named RUN-1')!;
    expect([info['status'], Number(info['start_time']), Number(info['end_time']), info['user_id']]).toEqual([
      ...['FINISHED', startMs, startMs + 100_000, 'ann'],
    ]);
    expect(tags).toMatchObject({
      ...{ 'neptune.run_id': 'RUN-1', 'neptune.experiment': 'baseline', 'neptune.tags': '["a","b"]' },
    });
    expect(runs.get('named RUN 2')!.info['status']).toBe('FAILED');
  });

  test('parameters', () => {
    expect(runs.get('named RUN-1')!.params).toMatchObject({
      ...{ 'params/lr': '0.1', 'params/layers': String(2n ** 60n), 'params/flag': 'true' },
      ...{ 'params/räume _m²_': 'x\ny', 'sys/creation_time': '2025-06-01T12:00:00.250Z' },
    });
  });

  test('series, also such with steps that are not whole', () => {
    const expected = (count: number) =>
      Array.from({ length: count }, (_, step) => [valueAt(step), startMs + step * 1000]);
    const pointsOf = (name: string) => runs.get(name)!.histories['metrics/loss']!;
    expect(pointsOf('named RUN-1').map(([value, at]) => [value, at])).toEqual(expected(6000));
    expect(pointsOf('named RUN-1').map(([, , step]) => Number(step))).toEqual(
      Array.from({ length: 6000 }, (_, i) => i),
    );
    expect(pointsOf('named RUN 2').map(([value, at]) => [value, at])).toEqual(expected(20));
    expect(pointsOf('named RUN 2').map(([, , step]) => Number(step))).toEqual(
      Array.from({ length: 20 }, (_, i) => i * 25),
    );
    expect(runs.get('named RUN 2')!.tags['neptune.step_multiplier']).toBe('100');
  });

  test('files, series of files, texts and histograms', async () => {
    const { files, info } = runs.get('named RUN-1')!;
    expect(Object.keys(files).sort()).toEqual([
      ...['data/sample/sample.csv', 'data/set/a.txt', 'data/set/deep/b.txt', 'histograms/logs/grads.jsonl'],
      ...['images/sample/0/sample_0.png', 'images/sample/1/sample_1.png', 'images/sample/2/sample_2.png'],
      'strings/logs/out.jsonl',
    ]);
    const textOf = async (path: string) =>
      await (await fetch(`${fixture.url}/get-artifact?run_uuid=${info['run_id']}&path=${path}`)).text();
    const lines = async (path: string) =>
      (await textOf(path))
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
    expect((await lines('strings/logs/out.jsonl'))[1]).toEqual({
      step: 1,
      timestamp_ms: startMs + 1000,
      value: 'line "1"',
    });
    expect((await lines('histograms/logs/grads.jsonl'))[2].value).toEqual({
      type: 'COUNTING',
      edges: [0, 1, 2],
      values: [1, 2],
    });
    expect(await textOf('data/set/deep/b.txt')).toBe('RUN-1 set/deep/b.txt');
  });

  test('a path that leads out is refused, and the report names what is missing', () => {
    const left = report.left.map(({ what, why }) => `${what}: ${why}`).join('\n');
    expect(left).toMatch(/RUN-1\S*: file data\/stolen: \S*etc\/passwd leads out of/);
    expect(left).toMatch(/RUN-1\S*: file data\/gone: gone\.txt is below none of/);
    expect(left).toMatch(/the name params\/räume \(m²\): no key may be called so/);
  });

  test('again changes nothing, and a broken part costs its run alone', async () => {
    const again = await fixture.runs(join(folder, 'exports'));
    expect([again.runs, again.metricPoints, again.artifacts.files]).toEqual([{ new: 0, more: 0, same: 2 }, 0, 0]);
    expect(await read()).toEqual(runs);
    const [project] = readdirSync(join(folder, 'exports', 'data'));
    writeFileSync(join(folder, 'exports', 'data', project!, 'broken-1_part_0.parquet'), 'PAR1 no more');
    const third = await fixture.runs(join(folder, 'exports'));
    expect(third.runs).toEqual({ new: 0, more: 0, same: 2 });
    expect(third.left.map(({ what }) => what)).toContain(`${project}/broken-1`);
  });
});
