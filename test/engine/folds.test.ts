/*
 * Cross-validation through the program: a model is trained without each fold in turn, under a transformation that never saw it, and measured on it. What
 * is measured is what scikit-learn measures on the same folds; the final model is of all of the training part.
 */
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createProject, type Ended, type Project } from './project.ts';

const slow = { timeout: 600_000 };
const golden = JSON.parse(readFileSync(new URL('../golden/folds/folds.json', import.meta.url), 'utf8'))
  .cross_validation as {
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly scores: Readonly<Record<'rmse' | 'mae' | 'r2', readonly number[]>>;
};

/** Ridge regression on one column, as scikit-learn fits it: the intercept is not shrunk. */
const train = `import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
export async function train(context) {
  const { alpha, log } = context.params;
  const engine = await context.tables();
  const rows = await engine.rows("SELECT x, y FROM read_parquet('" + context.inputs['train'][0].path + "')");
  appendFileSync(log, rows.length + '\\n');
  const mean = (of) => rows.reduce((sum, row) => sum + of(row), 0) / rows.length;
  const [x, y] = [mean((row) => row.x), mean((row) => row.y)];
  const slope = (rows.length * mean((row) => (row.x - x) * (row.y - y))) / (rows.length * mean((row) => (row.x - x) ** 2) + alpha);
  const folder = context.outputs['model'].path;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'model.json'), JSON.stringify({ slope, intercept: y - slope * x }));
  writeFileSync(join(folder, 'model.ts'), 'export const predict = ({ slope, intercept }: { slope: number; intercept: number }, { x }: { x: number[] }) => ({ prediction: x.map((one) => slope * one + intercept) });');
  const mlspec = { format: 1, library: 'typescript', data: 'model.json', file: 'model.ts', features: ['x'] };
  writeFileSync(join(folder, 'MLmodel'), JSON.stringify({ flavors: { mlspec } }));
}
`;

let project: Project;
beforeEach(async () => {
  project = await createProject();
  const rows = golden.x.map((x, id) => `${id},${x},${golden.y[id]}`);
  await project.write('d.csv', `id,x,y\n${rows.join('\n')}\n`);
  await project.write('train.ts', train);
});
afterEach(async () => await project.remove());

async function run(training: string, folds = '{count: 4, salt: f}'): Promise<Ended> {
  await project.write(
    'mlspec.yaml',
    `mlspec: 1
name: folds
task: {kind: regression, label: y, key: [id]}
ingestion: {sources: {d: {csv: d.csv}}}
splitting: {parts: {train: 80%, test: 20%}, salt: s, folds: ${folds}}
transformation: {x: standardize(x)}
training: {typescript: train.ts#train, ${training}}
evaluation: {on: test}
`,
  );
  return await project.mlspec(['run', '--json'], { MLSPEC_JOBS: '4' });
}

async function output(step: string, port: string): Promise<Record<string, never>> {
  const path = join(project.root, `${step}-${port}.json`.replaceAll('/', '-'));
  await project.mlspec(['show', 'latest', step, '--output', port, '--to', path]);
  return JSON.parse(await readFile(path, 'utf8'));
}

interface Found {
  readonly objective: number | null;
  readonly folds: readonly {
    readonly rowCount: number;
    readonly trainRowCount: number;
    readonly metrics: Readonly<Record<string, number>>;
  }[];
  readonly metrics: Readonly<Record<string, { readonly mean: number; readonly interval: { readonly low: number } }>>;
}

test('metrics by fold are those of cross_val_score; they are in record, metrics, report and proof', slow, async () => {
  const ended = await run(`params: {alpha: 50, log: ${project.log}}`);
  expect(ended.code, ended.stderr).toBe(0);
  const found = (await output('training/folds', 'metrics')) as unknown as Found;
  for (const name of ['rmse', 'mae', 'r2'] as const) {
    const values = found.folds.map(({ metrics }) => metrics[name]!);
    for (const [at, value] of values.entries()) expect(value, name).toBeCloseTo(golden.scores[name][at]!, 9);
    const mean = golden.scores[name].reduce((sum, one) => sum + one, 0) / 4;
    expect(found.metrics[name]!.mean, name).toBeCloseTo(mean, 9);
    expect(found.metrics[name]!.interval.low).toBeLessThan(mean);
  }
  // Each fold trains on the others, and the final model on all of the training part.
  const all = found.folds.reduce((sum, { rowCount }) => sum + rowCount, 0);
  expect(found.folds.every(({ rowCount, trainRowCount }) => rowCount + trainRowCount === all)).toBe(true);
  const trained = (await project.ran()).map(Number).sort((a, b) => a - b);
  expect(trained).toEqual([...found.folds.map(({ trainRowCount }) => trainRowCount), all].sort((a, b) => a - b));

  const shown = await project.mlspec(['metrics', '--metric', 'rmse']);
  expect(shown.stdout).toMatch(
    /4 folds of train +mean +deviation +fold 1 +fold 2 +fold 3 +fold 4\nrmse +\d+\.\d{4} \[/,
  );
  const json = JSON.parse((await project.mlspec(['metrics', '--json'])).stdout);
  expect(json.metrics.folds.folds).toHaveLength(4);
  await project.mlspec(['report', 'latest', '--out', 'report.html']);
  const page = await readFile(join(project.root, 'report.html'), 'utf8');
  expect(page).toContain('Metrics over 4 folds');
  expect(page).toMatch(/<h2>Folds<\/h2>.*by <code>hash<\/code>; keys in several folds: none/s);
  await project.withRecord(async (metadata) => {
    const executions = await metadata.executions((await metadata.getRun('latest')).id);
    const points = await metadata.metrics(executions.find(({ step }) => step === 'training/folds')!.id);
    expect(points.filter(({ name }) => name === 'rmse').map(({ step }) => step)).toEqual([1, 2, 3, 4]);
    expect(points.find(({ name }) => name === 'rmse.mean')!.value).toBe(found.metrics['rmse']!.mean);
  });
  const verified = await project.mlspec(['verify', 'latest', '--json']);
  const rules = JSON.stringify(JSON.parse(verified.stdout.trim().split('\n').at(-1)!));
  expect(verified.code, verified.stdout + verified.stderr).toBe(0);
  expect(rules).toContain('split/disjoint');

  await project.forgetRan();
  const again = await project.mlspec(['run', '--json']);
  expect(again.code).toBe(0);
  expect(await project.ran()).toEqual([]);
});

test(
  'a search chooses by the mean over folds; the model is of all rows, the record has the folds of the best',
  slow,
  async () => {
    const tuning = 'tuning: {minimize: folds.rmse, search: {alpha: [5000, 0, 900]}, method: grid, parallel: 1}';
    const ended = await run(`params: {log: ${project.log}}, ${tuning}`, '{count: 2, salt: f}');
    expect(ended.code, ended.stderr).toBe(0);
    const search = (await output('training', 'search')) as unknown as {
      best: string;
      note: string;
      trials: { value: number; params: { alpha: number } }[];
    };
    expect(search.best).toBe('training/trial-2');
    expect(search.note).toContain('on the same folds');
    const values = search.trials.map(({ value }) => value);
    expect(Math.min(...values)).toBe(values[1]);
    const best = (await output('training', 'folds')) as unknown as Found;
    expect(best.objective).toBe(values[1]);
    const all = best.folds.reduce((sum, { rowCount }) => sum + rowCount, 0);
    const trained = (await project.ran()).map(Number);
    expect(trained).toHaveLength(9);
    // One trial at a time: the next is not begun before the folds of the one before are measured.
    expect(trained.map((rows) => rows === all)).toEqual([0, 1, 2].flatMap(() => [true, false, false]));
    const shown = await project.mlspec(['metrics', '--metric', 'rmse']);
    expect(shown.stdout).toContain('2 folds of train');
  },
);
