/*
 * Runs of other shapes than a plain one: all reused, a search, a command without a declaration. Each is
 * valid in every format that it has something for, and names the models that count.
 */
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { exportFormats } from '../../src/exports/index.ts';
import { formatsPython } from '../../tools/python-env.ts';
import { createReleaseProject, type ReleaseProject } from '../release/project.ts';
import { complaints, none } from './runs.ts';

const timeout = 10 * 60_000;
let project: ReleaseProject;

beforeAll(async () => {
  formatsPython();
  project = await createReleaseProject();
}, timeout);
afterAll(() => project.remove());

const answer =
  'const s = columns.x!.map((x) => (x > cut ? 0.9 : 0.1)); return { score_0: s.map((one) => 1 - one), score_1: s };';
const params = (cut: number): string => `{cut: ${cut}, classes: [false, true], answer: ${JSON.stringify(answer)}}`;

async function declare(rest: string): Promise<void> {
  await project.write(
    'mlspec.yaml',
    `mlspec: 1
name: cuts
task: {kind: binary, label: late, key: [id]}
ingestion: {sources: {d: {csv: d.csv}}}
features: {include: [x]}
splitting: {by: hash, parts: {train: 50%, validation: 50%}}
transformation: {x: x}
${rest}
`,
  );
}

/** Exports the last run in every format that has something to say of it, and checks each. @returns the bill of materials */
async function checkAll(
  without: readonly string[] = [],
): Promise<{ metadata: { component: Component }; components: Component[] }> {
  const documents: string[] = [];
  for (const { name } of exportFormats.filter((format) => !without.includes(format.name))) {
    const path = join(project.root, `as-${name}`);
    const ended = await project.mlspec(['export', 'latest', path, '--as', name]);
    expect(ended, ended.stderr).toMatchObject({ code: 0 });
    documents.push(`${name}=${path}`);
  }
  expect(await complaints(...documents)).toEqual(none(documents));
  return JSON.parse(await readFile(join(project.root, 'as-cyclonedx'), 'utf8'));
}

interface Component {
  readonly type: string;
  readonly name: string;
  readonly version?: string;
  readonly properties?: readonly { readonly name: string; readonly value: string }[];
}

const models = ({ metadata, components }: Awaited<ReturnType<typeof checkAll>>): Component[] =>
  [metadata.component, ...components].filter(({ type }) => type === 'machine-learning-model');
const param = ({ properties }: Component, name: string): string | undefined =>
  properties?.find((one) => one.name === `mlspec:param:${name}`)?.value;

it('a run in which everything is reused says the same of its model as the first', { timeout }, async () => {
  await declare(`training: {typescript: train.ts#train, params: ${params(0.5)}}\npackaging: {format: [mlmodel]}`);
  await project.carryOut('release');
  const first = models(await checkAll());
  const again = await project.carryOut('release');
  expect(Object.keys(again.counts)).toEqual(['cached']);
  const second = models(await checkAll());
  expect(second.map(({ name, version }) => [name, version])).toEqual([['cuts', '1.0.0']]);
  expect(param(second[0]!, 'cut')).toBe('0.5');
  expect(second[0]!.name).toBe(first[0]!.name);
});

it('a search tells the model that was chosen, not its trials', { timeout }, async () => {
  await declare(`training:
  typescript: train.ts#train
  params: ${params(0.9)}
  tuning: {maximize: validation.accuracy, search: {cut: [0.2, 0.5, 0.8]}, method: grid}
packaging: {format: [mlmodel]}`);
  await project.carryOut('run');
  const found = models(await checkAll());
  expect(found.map((one) => param(one, 'cut'))).toEqual(['0.5']);
});

it('a run whose content is gone tells what the record still knows', { timeout }, async () => {
  await rm(join(project.root, '.mlspec', 'artifacts'), { recursive: true });
  const found = models(await checkAll());
  expect(found.map((one) => [one.name, param(one, 'cut')])).toEqual([['cuts', '0.5']]);
});

it('a recorded command is a run without models and data', { timeout }, async () => {
  const ended = await project.mlspec(['exec', '--in', 'd.csv', '--out', 'copy.csv', '--', 'cp', 'd.csv', 'copy.csv']);
  expect(ended, ended.stderr).toMatchObject({ code: 0 });
  const bom = await checkAll(['model-card', 'croissant', 'fair4ml']);
  expect(models(bom)).toEqual([]);
});
