/*
 * Licence, intended use and limits, from a declaration into every format that has a place for them, each held to the validators of
 * the formats' makers; and into the card, as what was declared.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { exportFormats, type GovernanceReport } from '../../src/exports/index.ts';
import { formatsPython } from '../../tools/python-env.ts';
import { complaints, copyExample, type ExampleProject, none } from './runs.ts';

const timeout = 15 * 60_000;
const use = 'Keepers who count penguins: a first guess, which a person confirms.';
const limits = ['Chicks, which the data do not have.', 'Species of other islands | <b>and seas</b>.'];
const several = `license: {model: Apache-2.0 OR MIT, data: 'ask the station, by letter'}
intended_use: '${use}'
limitations: ${JSON.stringify(limits)}
`;
const one = 'license: CC-BY-4.0\n';
let project: ExampleProject;

async function declare(more: string): Promise<void> {
  const file = join(project.root, 'mlspec.yaml');
  const before = (await readFile(file, 'utf8')).replace(several, '');
  await writeFile(file, before.replace('owners:', `${more}owners:`));
}

async function exportAll(): Promise<{ readonly documents: string[]; readonly texts: Record<string, string> }> {
  const documents: string[] = [];
  const texts: Record<string, string> = {};
  for (const { name } of exportFormats) {
    const path = join(project.root, `as-${name}`);
    expect(await project.mlspec('export', 'latest', path, '--as', name)).toMatchObject({ code: 0 });
    documents.push(`${name}=${path}`);
    texts[name] = await readFile(path, 'utf8');
  }
  return { documents, texts };
}

beforeAll(async () => {
  formatsPython();
  project = await copyExample('penguins');
  await declare(several);
  expect(await project.mlspec('release', '--yes', '--profile', 'quick')).toMatchObject({ code: 0 });
}, timeout);

it('are in every format that has a place for them', { timeout }, async () => {
  const { documents, texts } = await exportAll();
  expect(await complaints(...documents)).toEqual(none(documents));
  const { licenses, modelCard } = JSON.parse(texts['cyclonedx']!).metadata.component;
  expect(licenses).toEqual([{ expression: 'Apache-2.0 OR MIT' }]);
  expect(modelCard.considerations).toEqual({ useCases: [use], technicalLimitations: limits });
  expect(JSON.parse(texts['croissant']!).license).toBe('ask the station, by letter');
  const elements = JSON.parse(texts['spdx']!)['@graph'] as { readonly spdxId?: string; readonly to?: string[] }[];
  const expression = elements.find((found) => JSON.stringify(found).includes('"Apache-2.0 OR MIT"'));
  const text = elements.find((found) => JSON.stringify(found).includes('"ask the station, by letter"'));
  for (const licence of [expression, text])
    expect(elements.some(({ to = [] }) => to.includes(licence!.spdxId!))).toBe(true);
  for (const said of [use, limits[0]!, 'Apache-2.0 OR MIT']) expect(texts['fair4ml']).toContain(JSON.stringify(said));
  expect(texts['model-card']).toContain('license: "other"\nlicense_name: "Apache-2.0 OR MIT"');
  expect(texts['model-card']).toContain(`## Intended use\n\n${use}`);
  expect(texts['model-card']).toContain('## Limitations');
  expect(texts['model-card']).not.toContain('<b>');
});

/** The cells of a report by id: their states, and what they say. */
async function reported(
  ...args: readonly string[]
): Promise<Record<string, { state: string; lines: readonly string[] }>> {
  const file = join(project.root, 'cells.json');
  expect(await project.mlspec('report', ...args, '--as', 'json', '--out', file)).toMatchObject({ code: 0 });
  const { sections } = JSON.parse(await readFile(file, 'utf8')) as GovernanceReport;
  const cells = sections.flatMap(({ points }) => points.flatMap((point) => point.cells));
  return Object.fromEntries(cells.map(({ id, state, lines: said }) => [id, { state, lines: said }]));
}

it('stand in the templates that follow legal and other texts, where these ask for them', { timeout }, async () => {
  const licences = { state: 'declared', lines: ['data: ask the station, by letter', 'model: Apache-2.0 OR MIT'] };
  const [uses, told] = [
    { state: 'declared', lines: [use] },
    { state: 'declared', lines: limits },
  ];
  const annex = await reported('governance', 'latest', '--template', 'eu-ai-act-annex-iv');
  expect(annex).toMatchObject({ '1a.intended': uses, '2d.license': licences, '3.limitations': told });
  const nist = await reported('governance', 'latest', '--template', 'nist-ai-rmf');
  expect(nist).toMatchObject({ 'govern-6.1.license': licences, 'map-4.1.license': licences, 'map-1.1.intended': uses });
  expect(nist).toMatchObject({ 'map-2.2.limitations': told, 'measure-2.5.limitations': told });
});

it('stand in the card as what was declared, and in the crate', { timeout }, async () => {
  const lines = await reported('card', 'penguins');
  expect(lines['use.intended']).toEqual({ state: 'declared', lines: [use] });
  expect(lines['limits.declared']).toEqual({ state: 'declared', lines: limits });
  const licences = ['data: ask the station, by letter', 'model: Apache-2.0 OR MIT'];
  expect(lines['use.license']).toEqual({ state: 'declared', lines: licences });
  const folder = join(project.root, '..', 'exported');
  expect(await project.mlspec('export', 'latest', folder)).toMatchObject({ code: 0 });
  const crate = await readFile(join(folder, 'ro-crate-metadata.json'), 'utf8');
  expect(crate).toContain('Model: Apache-2.0 OR MIT. Data: ask the station, by letter.');
});

it('change nothing of what is carried out; one licence is that of both', { timeout }, async () => {
  await declare(one);
  const ran = await project.mlspec('release', '--yes', '--profile', 'quick');
  expect(ran.stdout + ran.stderr).toContain('8 cached');
  const { documents, texts } = await exportAll();
  expect(await complaints(...documents)).toEqual(none(documents));
  const page = 'https://spdx.org/licenses/CC-BY-4.0';
  expect(JSON.parse(texts['croissant']!).license).toBe(page);
  expect(texts['fair4ml']).toContain(page);
  expect(texts['model-card']).toContain('license: "cc-by-4.0"');
  expect(texts['model-card']).not.toContain('## Limitations');
});
