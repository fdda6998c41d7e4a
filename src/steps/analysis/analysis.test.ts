import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DataProject, dataProject, planOf } from '../../../test/steps/data-project.ts';
import { tableSchemaFile } from '../../data-quality/index.ts';
import { analysisResult } from './result.ts';

let project: DataProject;
beforeAll(async () => {
  project = await dataProject();
  await project.copy(
    join(import.meta.dirname, '../../../node_modules/vega-datasets/data/penguins.json'),
    'penguins.json',
  );
});
afterAll(() => project.dispose());

const sections = (analysis: string): string => `task: {kind: multiclass, label: Species, key: [row]}
ingestion: {sources: {p: penguins.json}, query: "SELECT row_number() OVER () AS row, * FROM p"}
splitting: {by: stratified(Species), parts: {train: 60%, validation: 20%, test: 20%}, sealed: [test]}
analysis: ${analysis}`;

const slices = `{slices: [Island, {"Body Mass (g)": [3500, 4500]}]}`;

test('open parts are profiled whole and by slice; sealed ones are not looked at', async () => {
  const run = await project.run(sections(slices), { until: 'analysis' });
  const result = analysisResult.parse(await run.json('analysis', 'statistics'));
  expect(Object.keys(result.parts).sort()).toEqual(['train', 'validation']);
  expect(result.parts['train']!.columns.map((column) => column.name)).toEqual([
    'row',
    'Species',
    'Island',
    'Beak Length (mm)',
    'Beak Depth (mm)',
    'Flipper Length (mm)',
    'Body Mass (g)',
    'Sex',
  ]);
  const [island, mass] = result.slices['train']!;
  expect(island!.groups.map((group) => group.value).sort()).toEqual(['Biscoe', 'Dream', 'Torgersen']);
  expect(island!.groups.reduce((sum, group) => sum + group.rowCount, 0)).toBe(result.parts['train']!.rowCount);
  const species = island!.groups.find((group) => group.value === 'Torgersen')!.columns[1]!;
  expect(species.top.map((one) => one.value)).toEqual(['Adelie']);
  expect(mass!.slice).toBe('Body Mass (g)');
  expect(run.steps['analysis']!.values).toEqual({
    'train.rows': result.parts['train']!.rowCount,
    'validation.rows': result.parts['validation']!.rowCount,
  });
  const schema = tableSchemaFile.parse(await run.json('analysis', 'schema'));
  expect(schema.columns['Species']).toMatchObject({ domain: ['Adelie', 'Chinstrap', 'Gentoo'], nullable: false });
});

test('statistics are the same bytes on any number of threads', async () => {
  const digests = [];
  for (const threads of [1, 3]) {
    const run = await project.run(sections(slices), { until: 'analysis', threads });
    digests.push(
      createHash('sha256')
        .update(readFileSync(run.path('analysis', 'statistics')))
        .digest('hex'),
    );
  }
  expect(digests[0]).toBe(digests[1]);
});

test('outliers are told as declared, and a slice of no column is refused', async () => {
  for (const [outliers, method] of [
    ['robust_z', 'robust_z'],
    ['none', undefined],
  ] as const) {
    const run = await project.run(sections(`{outliers: ${outliers}}`), { until: 'analysis' });
    const result = analysisResult.parse(await run.json('analysis', 'statistics'));
    expect(result.parts['train']!.columns[3]!.numbers!.outliers?.method).toBe(method);
  }
  for (const slice of ['Isle', '{Island: [1]}'])
    await expect(project.run(sections(`{slices: [${slice}]}`), { until: 'analysis' })).rejects.toMatchObject({
      code: 'ANALYSIS_COLUMN_MISSING',
    });
});

test('pairs with the label are told of every open part where they are asked for', async () => {
  const run = await project.run(sections('{pairs: label}'), { until: 'analysis' });
  const { pairs } = analysisResult.parse(await run.json('analysis', 'statistics'));
  expect(Object.keys(pairs)).toEqual(['train', 'validation']);
  expect(pairs['train']!.label).toBe('Species');
  expect(pairs['train']!.pairs.every(({ a, b }) => a === 'Species' || b === 'Species')).toBe(true);
  expect(pairs['train']!.power.find(({ column }) => column === 'Beak Length (mm)')!.power).toBeGreaterThan(0.5);
  const without = await project.run(sections('{}'), { until: 'analysis' });
  expect(analysisResult.parse(await without.json('analysis', 'statistics')).pairs).toEqual({});
});

test('an isolation forest tells of rows, beside the fences of each column', async () => {
  const run = await project.run(sections('{outliers: isolation_forest}'), { until: 'analysis' });
  const { outlyingRows, parts } = analysisResult.parse(await run.json('analysis', 'statistics'));
  expect(outlyingRows['train']!.columns).toContain('Body Mass (g)');
  expect(outlyingRows['train']!.rows).toHaveLength(20);
  expect(parts['train']!.columns[3]!.numbers!.outliers?.method).toBe('tukey');
});

test('a weight is told of every open part where one is named, and one that is none is refused', async () => {
  const run = await project.run(sections('{weight: "Body Mass (g)"}'), { until: 'analysis' }).catch((error) => error);
  // Two penguins were not weighed.
  expect(run).toMatchObject({ code: 'WEIGHTS_INVALID' });
  const { weighted, parts } = analysisResult.parse(
    await (await project.run(sections('{weight: row}'), { until: 'analysis' })).json('analysis', 'statistics'),
  );
  expect(Object.keys(weighted)).toEqual(['train', 'validation']);
  const row = parts['train']!.columns[0]!;
  expect(weighted['train']!.total).toBe(row.numbers!.mean! * row.rowCount);
});

test('the step depends on slices and outliers, on nothing else of the declaration', () => {
  const step = planOf(sections(slices)).find((one) => one.name === 'analysis')!;
  expect(step.params).toEqual({
    parts: ['train', 'validation'],
    slices: [
      { name: 'Island', column: 'Island', edges: null },
      { name: 'Body Mass (g)', column: 'Body Mass (g)', edges: [3500, 4500] },
    ],
    outliers: 'tukey',
    weight: null,
    pairs: 'none',
    label: 'Species',
    apart: ['row'],
  });
});

test('open parts are compared with the training part, but for what names rows and what divides them', async () => {
  const rows = Array.from({ length: 4_000 }, (_, row) => {
    const isLate = row >= 2_400;
    return `${row},${row},${isLate ? 5 + (row % 7) : row % 7},${row % 11},${row % 3 === 0}`;
  });
  await project.write('rows.csv', `id,t,moved,same,late\n${rows.join('\n')}\n`);
  const declared = (analysis: string, by: string): string =>
    `task: {kind: binary, label: late, key: [id], time: t}\ningestion: {sources: {r: rows.csv}}\nsplitting: {by: ${by}, parts: {train: 60%, validation: 20%, test: 20%}, sealed: [test]}\nanalysis: ${analysis}`;
  const run = await project.run(declared('{}', 'time(t)'), { until: 'analysis' });
  const { drift } = analysisResult.parse(await run.json('analysis', 'statistics'));
  expect(Object.keys(drift)).toEqual(['validation']);
  expect(drift['validation']!.leftOut).toEqual(['id', 't']);
  expect(drift['validation']!.columns.map(({ name, drifted }) => [name, drifted])).toEqual([
    ['moved', true],
    ['same', false],
    ['late', false],
  ]);
  expect(run.steps['analysis']!.logs).toEqual([expect.stringContaining('validation is unlike train in moved')]);
  const hashed = await project.run(declared('{}', 'hash'), { until: 'analysis' });
  const alike = analysisResult.parse(await hashed.json('analysis', 'statistics')).drift['validation']!;
  expect(alike.columns.filter(({ drifted }) => drifted)).toEqual([]);
  const none = await project.run(declared('{drift: none}', 'time(t)'), { until: 'analysis' });
  expect(analysisResult.parse(await none.json('analysis', 'statistics')).drift).toEqual({});
});
