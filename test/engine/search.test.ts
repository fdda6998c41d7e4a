/*
 * A search over parameters, through the program: each trial a recorded run with what it used, as many at once as declared,
 * ended early where nothing gets better; what was tried and chosen is in the record.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createProject, type Ended, type Project } from './project.ts';

const slow = { timeout: 600_000 };
let project: Project;

/** A cut that says yes above it, logged as it is made; the best is 0.5. */
const train = `import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
export async function train(context) {
  const { cut, log } = context.params;
  appendFileSync(log, 'begin\\n');
  for (let step = 1; step <= 3; step++) context.metric('loss', 1 / step, step);
  await new Promise((resolve) => setTimeout(resolve, 500));
  const folder = context.outputs['model'].path;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'model.json'), JSON.stringify({ cut }));
  writeFileSync(join(folder, 'model.ts'), 'export const predict = ({ cut }: { cut: number }, { x }: { x: number[] }) => ({ prediction: x.map((one) => one > cut) });');
  const mlspec = { format: 1, library: 'typescript', data: 'model.json', file: 'model.ts', features: ['x'], classes: [false, true] };
  writeFileSync(join(folder, 'MLmodel'), JSON.stringify({ flavors: { mlspec } }));
  appendFileSync(log, 'end\\n');
}
`;

beforeEach(async () => {
  project = await createProject();
  const rows = Array.from({ length: 600 }, (_, id) => `${id},${(id % 100) / 100},${id % 100 > 50}`);
  await project.write('d.csv', `id,x,late\n${rows.join('\n')}\n`);
  await project.write('train.ts', train);
});
afterEach(async () => await project.remove());

async function search(tuning: string): Promise<Ended> {
  await project.write(
    'mlspec.yaml',
    `mlspec: 1
name: search
task: {kind: binary, label: late, key: [id]}
ingestion: {sources: {d: {csv: d.csv}}}
splitting: {parts: {train: 50%, validation: 50%}}
features: {include: [x]}
transformation: {x: x}
training:
  typescript: train.ts#train
  params: {log: ${project.log}}
  tuning: {maximize: validation.accuracy, ${tuning}}
`,
  );
  return await project.mlspec(['run', '--json', '--until', 'training'], { MLSPEC_JOBS: '4' });
}

/** The most trials that were made at the same time. */
async function mostAtOnce(): Promise<number> {
  let running = 0;
  const counts = (await project.ran()).map((line) => (running += line === 'begin' ? 1 : -1));
  return Math.max(...counts);
}

interface Report {
  readonly best: string;
  readonly trials: readonly { readonly params: { readonly cut: number }; readonly value: number | null }[];
}

async function report(): Promise<Report> {
  const path = join(project.root, 'search.json');
  await project.mlspec(['show', 'latest', 'training', '--output', 'search', '--to', path]);
  return JSON.parse(await readFile(path, 'utf8')) as Report;
}

test('stops early, one trial at a time; the record tells what was tried and what was chosen', slow, async () => {
  const ended = await search('method: grid, search: {cut: [0.5, 0.6, 0.7, 0.8, 0.9]}, patience: 2, parallel: 1');
  expect(ended.code, ended.stderr).toBe(0);
  expect(ended.states).toMatchObject({
    'training/trial-3': 'complete',
    'training/trial-4': 'skipped',
    'training/score-5': 'skipped',
    training: 'complete',
  });
  expect(await mostAtOnce()).toBe(1);
  const { best, trials } = await report();
  expect(best).toBe('training/trial-1');
  expect(trials.map(({ params }) => params.cut)).toEqual([0.5, 0.6, 0.7, 0.8, 0.9]);
  expect(trials.map(({ value }) => value)).toEqual([1, expect.closeTo(0.9, 1), expect.closeTo(0.8, 1), null, null]);
});

test('as many trials at once as declared; each with its metrics and what it used', slow, async () => {
  const ended = await search('search: {cut: "uniform(0, 1)"}, trials: 6, parallel: 3');
  expect(ended.code, ended.stderr).toBe(0);
  expect(await mostAtOnce()).toBe(3);
  const { trials } = await report();
  expect(new Set(trials.map(({ params }) => params.cut)).size).toBe(6);
  await project.withRecord(async (metadata) => {
    const executions = await metadata.executions((await metadata.getRun('latest')).id);
    const trial = executions.find(({ step }) => step === 'training/trial-2')!;
    expect(trial.params).toMatchObject({ cut: trials[1]!.params.cut });
    expect(trial.usage!['cpuSeconds']).toBeGreaterThan(0);
    expect(trial.usage!['peakMemoryBytes']).toBeGreaterThan(1e6);
    const points = await metadata.metrics(trial.id);
    expect(points.map(({ name, step, value }) => [name, step, value])).toEqual([
      ['loss', 1, 1],
      ['loss', 2, 1 / 2],
      ['loss', 3, 1 / 3],
    ]);
  });
});
