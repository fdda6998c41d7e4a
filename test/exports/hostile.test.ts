/*
 * What people and data can call things: quotes, line ends, markup, scripts, characters of every plane; a run that failed;
 * a run without metrics; secrets in parameters. Every document must stay valid, and hold no secret.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { exportFormats } from '../../src/exports/index.ts';
import { formatsPython } from '../../tools/python-env.ts';
import { createReleaseProject, type ReleaseProject } from '../release/project.ts';
import { complaints, none } from './runs.ts';

const timeout = 10 * 60_000;
const odd = 'a "b" \'c\' \\ d\n---\n| <script>alert(1)</script> & é 𝒳 \u2028 \u0085 * _x_ `y` <!-- #';
const secret = 'Geheimnis-4711-é"x';
let project: ReleaseProject;
let foldersMade = 0;

/** Rows of which one column has an odd name and odd values. */
function oddTable(): string {
  const rows = Array.from({ length: 2_000 }, (_, row) => {
    const x = ((row * 377) % 1000) / 1000;
    const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
    return `${row},${x},${x > 0.5},${quoted(x < 0.4 ? odd : 'plain')}`;
  });
  return `id,x,late,"ki""nd\n\u00fc 𝒳"\n${rows.join('\n')}\n`;
}

const column = JSON.stringify('ki"nd\nü 𝒳');

/** A declaration of which training does something. */
async function declare(answer: string, more = ''): Promise<void> {
  await project.write(
    'mlspec.yaml',
    `mlspec: 1
name: odd-1.0_x
description: ${JSON.stringify(odd)}
owners: [${JSON.stringify(odd)}, {name: "N <script>", email: ml@example.org}]
secrets: [TOKEN]
params: {note: {type: string, default: ${JSON.stringify(odd)}}}
task: {kind: binary, label: late, key: [id]}
ingestion: {sources: {d: {csv: "odd name's.csv"}}}
features: {include: [x]}
splitting: {by: hash, parts: {train: 40%, validation: 40%, test: 20%}, sealed: [test]}
transformation: {x: x}
evaluation: {on: validation, slices: [${column}]}
training: {typescript: train.ts#train, params: {cut: 0.5, note: $note, token: ${JSON.stringify(secret)}, classes: [false, true], answer: ${JSON.stringify(answer)}}}
packaging: {format: [mlmodel]}
${more}
`,
  );
}

const good =
  'const s = columns.x!.map((x) => (x > cut ? 0.9 : 0.1)); return { score_0: s.map((one) => 1 - one), score_1: s };';

async function exported(formats: readonly string[]): Promise<string[]> {
  const documents: string[] = [];
  for (const name of formats) {
    const path = join(project.root, `as-${name}`);
    const ended = await project.mlspec(['export', 'latest', path, '--as', name], { TOKEN: secret });
    expect(ended, ended.stderr).toMatchObject({ code: 0 });
    documents.push(`${name}=${path}`);
  }
  const folder = join(project.root, '..', `folder-${foldersMade++}`);
  const ended = await project.mlspec(['export', 'latest', folder], { TOKEN: secret });
  expect(ended, ended.stderr).toMatchObject({ code: 0 });
  return [...documents, `ro-crate=${folder}`];
}

async function expectNoSecret(documents: readonly string[]): Promise<void> {
  for (const document of documents) {
    const path = document.split('=')[1]!;
    const text = await readFile(document.startsWith('ro-crate=') ? join(path, 'ro-crate-metadata.json') : path, 'utf8');
    expect(text).not.toContain('Geheimnis');
  }
}

beforeAll(async () => {
  formatsPython();
  project = await createReleaseProject();
  await project.write("odd name's.csv", oddTable());
}, timeout);
afterAll(() => project.remove());

it('is valid in every format with odd names and values, and holds no secret', { timeout }, async () => {
  await declare(good);
  const ended = await project.mlspec(['release', '--yes'], { TOKEN: secret });
  expect(ended, ended.stderr).toMatchObject({ code: 0 });
  const documents = await exported(exportFormats.map(({ name }) => name));
  expect(await complaints(...documents)).toEqual(none(documents));
  await expectNoSecret(documents);
});

it('is valid in every format where the run failed before it measured anything', { timeout }, async () => {
  await declare(`throw new Error(${JSON.stringify(`${odd} ${secret}`)});`);
  const ended = await project.mlspec(['run', '--force'], { TOKEN: secret });
  expect(ended.code).toBe(1);
  const documents = await exported(exportFormats.map(({ name }) => name));
  expect(await complaints(...documents)).toEqual(none(documents));
  await expectNoSecret(documents);
});

it('is valid, or refused, where the run failed before it made a model', { timeout }, async () => {
  await declare(good, 'validation: {checks: [x > 5]}');
  const ended = await project.mlspec(['run'], { TOKEN: secret });
  expect(ended.code).toBe(1);
  const ofModels = ['model-card', 'fair4ml'];
  for (const format of ofModels) {
    const refused = await project.mlspec(['export', 'latest', 'model', '--as', format]);
    expect(refused.stderr).toContain('EXPORT_NOTHING');
  }
  const documents = await exported(exportFormats.map(({ name }) => name).filter((name) => !ofModels.includes(name)));
  expect(await complaints(...documents)).toEqual(none(documents));
});
