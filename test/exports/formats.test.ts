/*
 * Real runs in every format, held to the validators of the formats' makers; and that each document is bound to what it
 * speaks of by a signed statement that verification shows.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { commands } from '../../src/cli/commands.ts';
import { digestFile } from '../../src/encoding/index.ts';
import { exportFormats } from '../../src/exports/index.ts';
import { formatsPython } from '../../tools/python-env.ts';
import { complaints, copyExample, type ExampleProject, none } from './runs.ts';

const timeout = 15 * 60_000;
let penguins: ExampleProject;
let weather: ExampleProject;

beforeAll(async () => {
  formatsPython();
  penguins = await copyExample('penguins');
  weather = await copyExample('lightgbm', (text) =>
    text.replace('\npackaging:', '\nevaluation: {on: validation, slices: [{wind: [2, 4]}]}\npackaging:'),
  );
  for (const project of [penguins, weather]) {
    expect(await project.mlspec('release', '--yes')).toMatchObject({ code: 0 });
  }
}, timeout);

/** Exports a run in every format. @returns `FORMAT=FILE` of each */
async function exportAll({ root, mlspec }: ExampleProject, run = 'latest'): Promise<string[]> {
  const documents: string[] = [];
  for (const { name } of exportFormats) {
    const path = join(root, `as-${name}`);
    expect(await mlspec('export', run, path, '--as', name)).toMatchObject({ code: 0 });
    documents.push(`${name}=${path}`);
  }
  return documents;
}

const read = async (project: ExampleProject, format: string): Promise<string> =>
  await readFile(join(project.root, `as-${format}`), 'utf8');

describe.each([
  ['penguins', () => penguins],
  ['lightgbm with slices', () => weather],
] as const)('%s', (_, projectOf) => {
  it('is valid in every format', { timeout }, async () => {
    const documents = await exportAll(projectOf());
    expect(await complaints(...documents)).toEqual(none(documents));
  });

  it('gives the same bytes again, states them once, and verification shows them', { timeout }, async () => {
    const project = projectOf();
    const [document] = await exportAll(project);
    await exportAll(project);
    const path = document!.split('=')[1]!;
    const { code, stdout } = await project.mlspec('verify', 'latest', '--json');
    expect(code).toBe(0);
    const { references } = JSON.parse(stdout) as {
      references: { name: string; digest: string; place: number | null; subjects: unknown[] }[];
    };
    expect(references.map(({ name }) => name)).toEqual(exportFormats.map(({ name }) => `as-${name}`));
    expect(references[0]!.digest).toBe((await digestFile(path)).digest);
    for (const { place, subjects } of references) {
      expect(place).not.toBeNull();
      expect(subjects.length).toBeGreaterThan(0);
    }
    expect(await project.mlspec('log', 'verify')).toMatchObject({ code: 0 });
  });
});

/** For each format a change after which its validator must complain. */
const spoilt: Readonly<Record<string, readonly [from: string | RegExp, to: string]>> = {
  cyclonedx: ['"machine-learning-model"', '"machine-learning-modell"'],
  'model-card': ['"metrics":[{"type"', '"metrics":[{"typ"'],
  openlineage: ['"inputFields"', '"inputField"'],
  croissant: [/"sha256": "[0-9a-f]+"/, '"sha": ""'],
  spdx: ['"software_packageVersion"', '"software_packageVersionn"'],
  mlschema: [/"mls:realizes"/, '"mls:realises"'],
  'mlschema-turtle': ['mls:specifiedBy', 'mls:specified'],
  fair4ml: ['"fair4ml:trainedOn"', '"fair4ml:trainedUpon"'],
};

it('is refused by every validator where it is spoilt', { timeout }, async () => {
  await exportAll(weather);
  const documents: string[] = [];
  for (const { name } of exportFormats) {
    const text = await read(weather, name);
    const [from, to] = spoilt[name]!;
    const changed = text.replace(from, to);
    expect(changed, name).not.toBe(text);
    const path = join(weather.root, `spoilt-${name}`);
    await writeFile(path, changed);
    documents.push(`${name}=${path}`);
  }
  for (const [document, wrong] of Object.entries(await complaints(...documents))) {
    expect(wrong, document).not.toEqual([]);
  }
});

it('tells metrics by slice with their intervals in the bill of materials', { timeout }, async () => {
  const bom = JSON.parse(await read(weather, 'cyclonedx'));
  const { performanceMetrics } = bom.metadata.component.modelCard.quantitativeAnalysis;
  const sliced = performanceMetrics.filter((one: { slice: string }) => one.slice === 'validation, wind = 2 to 4');
  expect(sliced.length).toBeGreaterThan(5);
  const { value, confidenceInterval } = sliced.find((one: { type: string }) => one.type === 'accuracy');
  expect(Number(value)).toBeGreaterThan(Number(confidenceInterval.lowerBound));
  expect(Number(value)).toBeLessThan(Number(confidenceInterval.upperBound));
  expect(bom.components.map(({ purl }: { purl?: string }) => purl)).toContain('pkg:pypi/lightgbm@4.7.0');
});

it.each([
  ['penguins', () => penguins],
  ['lightgbm', () => weather],
] as const)('%s travels with its statements in a folder that is a run crate', { timeout }, async (_, projectOf) => {
  const project = projectOf();
  const folder = join(project.root, '..', 'folder');
  expect(await project.mlspec('export', 'latest', folder)).toMatchObject({ code: 0 });
  const { code, stdout } = await project.mlspec('verify', folder, '--json');
  expect(code).toBe(0);
  expect(JSON.parse(stdout).references).toHaveLength(exportFormats.length);
  expect(await complaints(`ro-crate=${folder}`)).toEqual(none([`ro-crate=${folder}`]));
  const crate = join(folder, 'ro-crate-metadata.json');
  await writeFile(crate, (await readFile(crate, 'utf8')).replaceAll('"instrument"', '"tool"'));
  expect((await complaints(`ro-crate=${folder}`))[`ro-crate=${folder}`]).not.toEqual([]);
  expect(await project.mlspec('verify', folder)).toMatchObject({ code: 6 });
});

describe('wrongly asked', () => {
  it('names the nearest format', { timeout }, async () => {
    const ended = await penguins.mlspec('export', 'latest', 'x.json', '--as', 'cyclonedxx');
    expect(ended).toMatchObject({ code: 2 });
    expect(ended.stderr).toContain('EXPORT_FORMAT_UNKNOWN');
    expect(ended.stderr).toContain('did you mean cyclonedx?');
  });

  it('writes no file over a folder', { timeout }, async () => {
    const ended = await penguins.mlspec('export', 'latest', '.', '--as', 'cyclonedx');
    expect(ended.code).not.toBe(0);
    expect(ended.stderr).toContain('EXPORT_PLACE_TAKEN');
  });

  it('says that a run without a model has none', { timeout }, async () => {
    await penguins.mlspec('run', '--until', 'splitting');
    const ended = await penguins.mlspec('export', 'latest', 'card.md', '--as', 'model-card');
    expect(ended.code).not.toBe(0);
    expect(ended.stderr).toContain('EXPORT_NOTHING');
  });

  it('has every format in its help', () => {
    const option = commands
      .find(({ name }) => name === 'export')
      ?.options?.find(({ flags }) => flags.startsWith('--as'));
    for (const { name } of exportFormats) expect(option?.description).toContain(name);
  });
});
