/* Offline runs that wandb wrote, taken over: our server answers what wandb's own reader finds in their logs. */
import { execFileSync } from 'node:child_process';
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readLog } from '../../src/app/import/wandb/log-records.ts';
import { readWandbRun } from '../../src/app/import/wandb/read-run.ts';
import { readRecord } from '../../src/app/import/wandb/record.ts';
import type { TrackerImport } from '../../src/app/index.ts';
import { seededRandom } from '../../src/encoding/index.ts';
import { isPlatformError } from '../../src/errors/index.ts';
import type { SourcePosition } from '../../src/tracking/index.ts';
import { newSqlite } from '../contract/databases.ts';
import { type ImportFixture, openImportFixture } from './import-fixture.ts';
import { type AnsweredRun, ask, type Loose, runFrom } from './mlflow-answers.ts';

interface Expected {
  readonly config: Record<string, string>;
  readonly history: readonly Record<string, string>[];
  readonly stats: readonly [number, Record<string, string>][];
  readonly summary: Record<string, string>;
  readonly run: {
    id: string;
    project: string;
    name: string;
    notes: string;
    tags: string[];
    group: string;
    job: string;
    start: number;
  };
  readonly exit: number | null;
  readonly output: string;
}
const golden = join(import.meta.dirname, '../golden/import');

/** A value as the tracker has it; undefined for what is no number. */
const numberOf = (json: string): number | undefined => {
  const text = json.replace(/^"(NaN|-?Infinity)"$/, '$1');
  if (text === 'NaN') return Number.NaN;
  if (text.endsWith('Infinity')) return text.startsWith('-') ? -Number.MAX_VALUE : Number.MAX_VALUE;
  const value = JSON.parse(text) as unknown;
  if (typeof value === 'boolean') return Number(value);
  return typeof value === 'number' ? value : undefined;
};

describe.each(['0.31.0', '0.19.11'])('runs of wandb %s', (version) => {
  const expected: Record<string, Expected> = JSON.parse(readFileSync(join(golden, `wandb-${version}.json`), 'utf8'));
  const of = (id: string): Expected[] => Object.values(expected).filter(({ run }) => run.id === id);
  let folder: string;
  let fixture: ImportFixture;
  let report: TrackerImport;
  let runs: Map<string, AnsweredRun>;
  const read = async (): Promise<Map<string, AnsweredRun>> => {
    const { experiment_id } = (await ask(fixture.url, 'experiments/get-by-name?experiment_name=churn')).experiment;
    const answer = await ask(fixture.url, 'runs/search', { experiment_ids: [experiment_id], max_results: 100 });
    const found = new Map<string, AnsweredRun>();
    for (const { info } of answer.runs as Loose[]) {
      const run = await runFrom(fixture.url, info.run_id);
      found.set(run.tags['wandb.id']!, run);
    }
    return found;
  };
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'wandb-'));
    execFileSync('tar', ['xzmf', join(golden, `wandb-${version}.tar.gz`), '-C', folder]);
    const past = new Date('2026-01-01');
    execFileSync('find', [folder, '-name', '*.wandb', '-exec', 'touch', '-d', past.toISOString(), '{}', '+']);
    // The link that `wandb.save` made leads to where the run was; here to the same file in this folder.
    const first = join(folder, 'wandb', Object.keys(expected).find((name) => name.endsWith('first001'))!, 'files');
    unlinkSync(join(first, 'saved.txt'));
    symlinkSync(join(folder, 'saved.txt'), join(first, 'saved.txt'));
    fixture = await openImportFixture(newSqlite);
    report = await fixture.runs(folder, { artifacts: folder });
    runs = await read();
  });
  afterAll(async () => {
    await fixture.close();
    rmSync(folder, { recursive: true });
  });

  test('runs, with what names and describes them', () => {
    expect([...runs.keys()].sort()).toEqual(['failed02', 'first001', 'killed03']);
    const { run } = of('first001')[0]!;
    const found = runs.get('first001')!;
    expect(found.info).toMatchObject({ run_name: run.name, status: 'FINISHED' });
    expect(Number(found.info['start_time'])).toBe(run.start);
    expect(found.tags).toMatchObject({
      'mlflow.note.content': run.notes,
      'wandb.tags': run.tags.join(', '),
      'wandb.group': run.group,
      'wandb.job_type': run.job,
      'wandb.project': 'churn',
      'wandb.summary.verdict': 'good',
    });
    expect(runs.get('killed03')!.info['status']).toBe('KILLED');
  });

  test('the configuration is the params', () => {
    expect(runs.get('first001')!.params).toEqual({
      ...{ lr: '0.1', 'deep.er': '[1,2]', 'deep.x.y': 'null', text: 't', flag: 'true', later: '2' },
    });
  });

  test.each(['first001', 'failed02', 'killed03'])('every point of %s', (id) => {
    const wanted: Record<string, [number, number, number][]> = {};
    for (const { history } of of(id)) {
      for (const entry of history) {
        for (const [name, json] of Object.entries(entry)) {
          const value = numberOf(json);
          if (name.startsWith('_') || value === undefined) continue;
          wanted[name] = [
            ...(wanted[name] ?? []),
            [value, Math.round(Number(entry['_timestamp']) * 1000), Number(entry['_step'])],
          ];
        }
      }
    }
    const { histories } = runs.get(id)!;
    const inOrder = (points: [number, number, number][]) => points.toSorted((a, b) => a[1] - b[1] || a[2] - b[2]);
    for (const [name, points] of Object.entries(wanted)) {
      const found = histories[name]!.map(
        ([value, at, step]) => [Number(value), at, Number(step)] as [number, number, number],
      );
      expect(inOrder(found), name).toEqual(inOrder(points));
    }
    const rest = Object.keys(histories).filter((name) => !(name in wanted) && !name.startsWith('system/'));
    expect(rest.sort()).toEqual(id === 'first001' ? ['best'] : []);
  });

  test('system metrics', () => {
    const { histories } = runs.get('first001')!;
    const [{ stats }] = of('first001') as [Expected];
    expect(stats.length).toBeGreaterThan(0);
    for (const [index, [at, values]] of stats.entries()) {
      for (const [name, json] of Object.entries(values)) {
        const key = `system/${name.replaceAll(/[^/\w.\- :]/g, '_')}`;
        expect(histories[key]).toContainEqual([String(Number(json)), at, String(index)]);
      }
    }
  });

  test('files and console output', async () => {
    const { files, info } = runs.get('first001')!;
    expect(Object.keys(files)).toEqual(expect.arrayContaining(['own.json', 'saved.txt', 'output.log']));
    const log = Object.keys(files).find((file) => file.startsWith('console/'))!;
    const answered = await fetch(`${fixture.url}/get-artifact?run_uuid=${info['run_id']}&path=${log}`);
    expect(await answered.text()).toBe(of('first001')[0]!.output);
  });

  test('the report names what was not taken over', () => {
    const left = report.left.map(({ what, why }) => `${what}: ${why}`).join('\n');
    expect(left).toMatch(/first001: texts in the history: \d+ left out/);
    expect(left).toMatch(/first001: values of the type histogram in the history: 1 left out/);
  });

  test('again changes nothing', async () => {
    const again = await fixture.runs(folder, { artifacts: folder });
    expect(again.runs).toEqual({ new: 0, more: 0, same: 3 });
    expect(again.metricPoints).toBe(0);
    expect(await read()).toEqual(runs);
  });
});

test('a log that may go on is looked at again once it was silent for long', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'wandb-silent-'));
  execFileSync('tar', ['xzf', join(golden, 'wandb-0.31.0.tar.gz'), '-C', folder]);
  const name = readdirSync(join(folder, 'wandb')).find((one) => one.endsWith('killed03'))!;
  const file = join(folder, 'wandb', name, 'run-killed03.wandb');
  const [changedAtMs, sizeBytes] = [1_790_000_000_000, readFileSync(file).length];
  const log = { name, folder: join(folder, 'wandb', name), file, sizeBytes, changedAtMs };
  const nobody = () => undefined;
  const listener = { leave: nobody, leaveKind: nobody, onBytes: nobody };
  const positions = new Map<string, SourcePosition>();
  const endAt = async (nowMs: number) => {
    const parts = readWandbRun([log], positions, { listener, nowMs, linksInto: null });
    let count = 0;
    for (let part = await parts.next(); ; part = await parts.next()) {
      if (part.done === true) return [count, part.value?.status ?? null];
      const { position } = part.value;
      if (position !== undefined) positions.set(position.source, position);
      count += 1;
    }
  };
  expect(await endAt(changedAtMs + 1000)).toEqual([1, null]);
  expect(await endAt(changedAtMs + 2000)).toEqual([0, null]);
  expect(await endAt(changedAtMs + 3_600_000)).toEqual([1, 'KILLED']);
  expect(await endAt(changedAtMs + 3_700_000)).toEqual([0, null]);
  rmSync(folder, { recursive: true });
});

describe('broken logs', () => {
  test('random damage never stops the reader, and a link leads nowhere', { timeout: 120_000 }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'wandb-broken-'));
    execFileSync('tar', ['xzf', join(golden, 'wandb-0.31.0.tar.gz'), '-C', folder]);
    const name = readdirSync(join(folder, 'wandb')).find((one) => one.endsWith('first001'))!;
    const log = join(folder, 'wandb', name, 'run-first001.wandb');
    const original = readFileSync(log);
    const random = seededRandom('wandb-fuzz');
    const below = (limit: number): number => Math.floor(random() * limit);
    const count = async (): Promise<{ records: number; damage: string[] }> => {
      const handle = await open(log);
      const damage: string[] = [];
      let records = 0;
      for await (const { bytes } of readLog(handle, (at, why) => damage.push(`${at} ${why}`))) {
        try {
          readRecord(bytes);
          records += 1;
        } catch (error) {
          if (!isPlatformError(error)) throw error;
        }
      }
      await handle.close();
      return { records, damage };
    };
    const whole = await count();
    expect(whole.damage).toEqual([]);
    for (let round = 0; round < 500; round++) {
      const bytes = Buffer.from(original);
      for (let change = 0; change <= below(4); change++) bytes.writeUInt8(below(256), below(bytes.length));
      writeFileSync(log, bytes);
      if (round % 3 === 0) truncateSync(log, below(bytes.length));
      expect((await count()).records).toBeLessThanOrEqual(whole.records);
    }
    truncateSync(log, 3000);
    const fixture = await openImportFixture(newSqlite);
    const report = await fixture.runs(folder);
    await fixture.close();
    const left = report.left.map(({ what, why }) => `${what}: ${why}`);
    expect(left).toContainEqual(expect.stringMatching(/first001: byte \d+: the log ends inside of a record/));
    expect(left).toContainEqual(expect.stringMatching(/first001: saved\.txt: a link/));
    rmSync(folder, { recursive: true });
  });
});
