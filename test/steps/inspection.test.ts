/*
 * Inspection through whole runs: steps of the project's own that filter rows or take columns away, its place in the graph, the page about the run, and its proof.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createProject, type Project } from '../engine/project.ts';

let project: Project;
beforeAll(async () => {
  project = await createProject();
  const carriers = ['AA', 'AA', 'AA', 'BA', 'BA', 'NK', 'HA'];
  const rows = Array.from({ length: 3_000 }, (_, row) => {
    const carrier = carriers[(row * 7919) % 7]!;
    return `${row},${carrier},${carrier === 'HA' ? 9000 : 100 + ((row * 31) % 900)},${row % 3 === 0}`;
  });
  await project.write('rows.csv', `id,carrier,distance,late\n${rows.join('\n')}\n`);
});
afterAll(() => project.remove());

const head = `mlspec: 1
name: inspected
task: {kind: binary, label: late, key: [id]}
ingestion: {sources: {r: rows.csv}}
splitting: {by: hash, parts: {train: 60%, validation: 20%, test: 20%}, sealed: [test]}
analysis: {inspect: {columns: [carrier], most_loss: 30%}}
`;

test('a step that filters a group away is named, also where it has taken the column away; whoever is not told is named too', async () => {
  await project.declare(
    `  near: {sql: 'SELECT __row, distance FROM rows WHERE distance < 5000', inputs: {rows: splitting.train}, outputs: {rows: Dataset}}
  known: {sql: 'SELECT id, distance FROM rows WHERE distance < 5000', inputs: {rows: splitting.validation}, outputs: {rows: Dataset}}
  sums: {sql: 'SELECT max(distance) AS most FROM rows', inputs: {rows: near.rows}, outputs: {sums: Dataset}}
  fine: {sql: 'SELECT * FROM rows WHERE id % 2 = 0', inputs: {rows: splitting.train}, outputs: {rows: Dataset}}
`,
    head,
  );
  const run = await project.mlspec(['run', '--until', 'inspection']);
  expect(run.code, run.stderr).toBe(0);
  const shown = await project.mlspec(['show', 'latest', 'inspection', '--output', 'report']);
  const report = JSON.parse(shown.stdout);
  expect(report.losses.map((one: Record<string, string>) => [one['table'], one['group'], one['change']])).toEqual([
    ['known.rows', 'HA', -1],
    ['near.rows', 'HA', -1],
  ]);
  expect(report.notTold).toEqual([{ table: 'sums.sums', column: 'carrier', reason: expect.stringContaining('__row') }]);
  expect(report.columns[0].tables.map((one: Record<string, string>) => [one['table'], one['knownBy']])).toEqual([
    ['splitting.train', 'column'],
    ['splitting.validation', 'column'],
    ['transformation.train', 'row'],
    ['transformation.validation', 'row'],
    ['fine.rows', 'column'],
    ['known.rows', 'key'],
    ['near.rows', 'row'],
  ]);
  expect((await project.mlspec(['show', 'latest', 'inspection'])).stdout).toContain(
    'near (rows): carrier = HA goes from',
  );
  expect((await project.mlspec(['report', 'latest', '--out', 'page.html'])).code).toBe(0);
  const page = await readFile(join(project.root, 'page.html'), 'utf8');
  expect(page).toContain('<h2>Groups after each step</h2>');
  expect(page).toMatch(/<p class="missed">near \(rows\): carrier = HA goes from/);
  const verified = await project.mlspec(['verify', 'latest']);
  expect(verified.code, verified.stdout).toBe(0);
}, 600_000);
