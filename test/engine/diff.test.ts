import { cpSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { prepare } from '../../examples/prepare.mjs';
import { repositoryRoot } from '../../tools/problem.ts';
import { createProject, type Project } from './project.ts';

/** examples/penguins, carried out twice, with one thing of each kind another the second time. */
let project: Project;

interface Row {
  readonly group: string;
  readonly name: string;
  readonly a: string;
  readonly b: string;
  readonly isEqual: boolean;
}

async function replace(file: string, changes: Readonly<Record<string, string>>): Promise<void> {
  let text = await readFile(join(project.root, file), 'utf8');
  for (const [before, after] of Object.entries(changes)) {
    expect(text).toContain(before);
    text = text.replace(before, after);
  }
  await project.write(file, text);
}

beforeAll(async () => {
  project = await createProject();
  const example = join(repositoryRoot, 'examples', 'penguins');
  cpSync(example, project.root, { recursive: true, filter: (path) => !/[\\/](\.mlspec|data)$/.test(path) });
  prepare('penguins', project.root);
  const before = await project.mlspec(['run', '--param', 'rounds=30']);
  expect(before.code, before.stderr).toBe(0);
  await replace('mlspec.yaml', {
    'train: 60%, validation: 20%': 'train: 50%, validation: 30%',
    'new.accuracy >= 0.9': 'new.accuracy >= 0.8',
    'standardize(impute(body_mass_g, mean))': 'minmax(impute(body_mass_g, mean))',
  });
  await replace('train.ts', { 'round % 10 === 0': 'round % 20 === 0' });
  const after = await project.mlspec(['run', '--param', 'rounds=40']);
  expect(after.code, after.stderr).toBe(0);
});

afterAll(async () => await project.remove());

it('two runs stand side by side: settings of every stage, data, code, metrics and objectives', async () => {
  const { rows } = JSON.parse((await project.mlspec(['diff', '--json'])).stdout) as { rows: readonly Row[] };
  const differing = rows.filter(({ isEqual }) => !isEqual);
  const of = (group: string): readonly Row[] => differing.filter((row) => row.group === group);
  const named = (group: string, name: RegExp): Row | undefined => of(group).find((row) => name.test(row.name));
  expect(named('parameters', /^--param rounds$/)).toMatchObject({ a: '30', b: '40' });
  expect(named('parameters', /^training\..*rounds$/)).toMatchObject({ a: '30', b: '40' });
  expect(named('parameters', /^splitting\.parts\.train\.share$/)).toMatchObject({ a: '0.6', b: '0.5' });
  expect(named('parameters', /^transformation\./)).toBeDefined();
  expect(of('data').map(({ name }) => name)).toContain('splitting.train');
  expect(of('code').map(({ name }) => name)).toEqual(['train.ts']);
  expect(named('metrics', /log_loss/)).toBeDefined();
  expect(named('objectives', /^accurate$/)).toMatchObject({
    a: expect.stringContaining('0.9'),
    b: expect.stringContaining('0.8'),
  });
  expect(rows.find(({ name }) => name === 'accurate: met')).toMatchObject({ group: 'objectives', b: 'yes' });
  expect(differing.filter(({ name }) => name.startsWith('ingestion.'))).toEqual([]);
});

it('what differs is told in groups, as a table or as Markdown; --all tells the rest too', async () => {
  const told = (await project.mlspec(['diff', 'latest~1', 'latest'])).stdout;
  expect([...told.matchAll(/^(\w+) +run_/gm)].map(([, group]) => group)).toEqual([
    'parameters',
    'data',
    'code',
    'metrics',
    'objectives',
  ]);
  expect(told).not.toContain('seed');
  const markdown = (await project.mlspec(['diff', '--md'])).stdout;
  expect(markdown).toMatch(/^\| objectives \| run_\w+ \| run_\w+ \|/m);
  expect(markdown).toMatch(/^\| --param rounds \| 30 \| 40 \| \+10 \|$/m);
  expect((await project.mlspec(['diff', '--all'])).stdout.length).toBeGreaterThan(told.length);
  expect((await project.mlspec(['diff', 'latest', 'latest'])).stdout).toBe('nothing differs\n');
});
