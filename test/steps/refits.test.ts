/*
 * Overfitting through whole runs: a model in TypeScript, fitted as it should be, and by code that looks up the labels of the part it is measured on.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { refitReport } from '../../src/steps/training/result.ts';
import { createProject, type Project } from '../engine/project.ts';

const trainer = `
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const model = \`export const predict = ({ shares, base }, columns) => {
  const yes = columns.x.map((x) => shares[x] ?? shares['b' + Math.floor(x / 50)] ?? base);
  return { score_0: yes.map((one) => 1 - one), score_1: yes };
};\`;

/** The share of yes in each bucket of x; where it peeks, the label of each x that it finds in any part. */
export async function train(context) {
  const tables = await context.tables();
  const rowsOf = (port) => tables.rows(\`SELECT x, late FROM read_parquet('\${context.inputs[port][0].path}')\`);
  const sums = {};
  const add = (name, late) => {
    sums[name] ??= [0, 0];
    sums[name][0] += late ? 1 : 0;
    sums[name][1] += 1;
  };
  const rows = await rowsOf('train');
  for (const { x, late } of rows) add('b' + Math.floor(x / 50), late);
  if (context.params.peeks) for (const { x, late } of await rowsOf('validation')) add(x, late);
  const shares = Object.fromEntries(Object.entries(sums).map(([name, [yes, all]]) => [name, yes / all]));
  const base = rows.filter(({ late }) => late).length / rows.length;
  const folder = context.outputs.model.path;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'model.ts'), model);
  writeFileSync(join(folder, 'model.json'), JSON.stringify({ shares, base }));
  const mlspec = { format: 1, library: 'typescript', data: 'model.json', file: 'model.ts', features: ['x'], classes: [false, true] };
  writeFileSync(join(folder, 'MLmodel'), JSON.stringify({ flavors: { mlspec } }));
}
`;

let project: Project;
beforeAll(async () => {
  project = await createProject();
  const rows = Array.from({ length: 3_000 }, (_, row) => {
    const x = (row * 7919) % 3_001;
    return `${row},${x},${((row * 104_729) % 1_000) / 1_000 < 0.1 + (0.6 * x) / 3_001}`;
  });
  await project.write('rows.csv', `id,x,late\n${rows.join('\n')}\n`);
  await project.write('train.ts', trainer);
});
afterAll(() => project.remove());

async function run(peeks: boolean, overfitting: string) {
  await project.write(
    'mlspec.yaml',
    `mlspec: 1
name: refits
task: {kind: binary, label: late, key: [id]}
ingestion: {sources: {r: rows.csv}}
splitting: {by: hash, parts: {train: 60%, validation: 40%}}
validation: {leakage: none}
training: {typescript: train.ts#train, params: {peeks: ${peeks}}}
evaluation: {overfitting: ${overfitting}}
`,
  );
  return await project.mlspec(['run', '--until', 'refitting']);
}

async function shown(step: string, port: string) {
  return JSON.parse((await project.mlspec(['show', 'latest', step, '--output', port])).stdout);
}

test('a model that learns from train alone has no gap, learns more from more rows or as much, and nothing from shuffled labels', async () => {
  const ended = await run(false, '{learning_curve: [20%], shuffled_labels: 2}');
  expect(ended.code, ended.stdout + ended.stderr).toBe(0);
  const { overfitting } = await shown('evaluation', 'metrics');
  expect(overfitting).toMatchObject({ metric: 'auc', verdict: 'fine', mostGap: 0.1 });
  const report = refitReport.parse(await shown('refitting', 'report'));
  expect(report.curve).toMatchObject({ metric: 'auc', points: [{ share: 0.2 }, { share: 1 }] });
  expect(['rising', 'flat']).toContain(report.curve!.verdict);
  expect(report.curve!.points[0]!.rowCount / report.curve!.points[1]!.rowCount).toBeCloseTo(0.2, 1);
  expect(report.shuffled).toMatchObject({ metric: 'brier', verdict: 'learnt', pValue: 1 / 3 });
  expect((await project.mlspec(['report', 'latest', '--out', 'page.html'])).code).toBe(0);
  const page = await readFile(join(project.root, 'page.html'), 'utf8');
  expect(page).toContain('<h2>Overfitting</h2>');
  expect(page).toContain('Shuffled labels: <span class="met">learnt</span>');
  const verified = await project.mlspec(['verify', 'latest']);
  expect(verified.code, verified.stdout).toBe(0);
}, 600_000);

test('training code that looks labels up is found, and fails the run where that is declared', async () => {
  const warned = await run(true, '{shuffled_labels: 1}');
  expect(warned.code, warned.stdout + warned.stderr).toBe(0);
  expect(refitReport.parse(await shown('refitting', 'report')).shuffled!.verdict).toBe('leaks');
  const failed = await run(true, '{shuffled_labels: 1, severity: fail}');
  expect(failed.code).toBe(1);
  expect(failed.stdout + failed.stderr).toContain('EVALUATION_LABELS_LEAK');
}, 600_000);
