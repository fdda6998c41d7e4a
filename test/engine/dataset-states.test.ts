/*
 * States of datasets, through the program: nothing is trained on a deprecated dataset unless the declaration says so, nothing reads an archived one; each change is kept with who made
 * it, when and why.
 */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createProject, type Ended, type Project } from './project.ts';

const slow = { timeout: 600_000 };
let project: Project;

const train = `import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
export async function train(context) {
  appendFileSync(context.params.log, 'trained\\n');
  const folder = context.outputs['model'].path;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'model.json'), '{}');
  writeFileSync(join(folder, 'model.ts'), 'export const predict = (_: object, { x }: { x: number[] }) => ({ prediction: x });');
  const mlspec = { format: 1, library: 'typescript', data: 'model.json', file: 'model.ts', features: ['x'] };
  writeFileSync(join(folder, 'MLmodel'), JSON.stringify({ flavors: { mlspec } }));
}
`;

beforeEach(async () => {
  project = await createProject();
  await project.write(
    'd.csv',
    `id,x,y\n${Array.from({ length: 200 }, (_, id) => `${id},${id % 9},${id % 7}`).join('\n')}\n`,
  );
  await project.write('train.ts', train);
  await declare('');
});
afterEach(async () => await project.remove());

async function declare(allowed: string): Promise<void> {
  await project.write(
    'mlspec.yaml',
    `mlspec: 1
name: rents
task: {kind: regression, label: y, key: [id]}
ingestion: {sources: {flats: {csv: d.csv${allowed}}}}
splitting: {parts: {train: 70%, test: 30%}}
features: {include: [x]}
training: {typescript: train.ts#train, params: {log: ${project.log}}}
evaluation: {on: test}
`,
  );
}

const set = (state: string, ...more: string[]): Promise<Ended> =>
  project.mlspec(['data', 'state', 'flats', state, '--reason', 'rents of 2019 are net', ...more]);

test(
  'training on a deprecated dataset is refused, also where all would be reused, unless its source allows it',
  slow,
  async () => {
    expect((await project.mlspec(['run', '--json'])).code).toBe(0);
    expect(await set('deprecated')).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('rents/flats is deprecated'),
    });
    for (const args of [['run'], ['run', '--dry-run'], ['run', '--only', 'training', '--force', 'training']]) {
      const refused = await project.mlspec(args);
      expect(refused.code, args.join(' ')).toBe(1);
      expect(refused.stderr).toMatch(
        /DATASET_DEPRECATED[\s\S]*rents\/flats, deprecated since \d{4}-.* by .+ at .+: rents of 2019 are net/,
      );
      expect(refused.stderr).toContain('allow_deprecated: true at ingestion.sources.flats');
    }
    expect((await project.mlspec(['run', '--until', 'analysis'])).code).toBe(0);
    expect((await project.mlspec(['run', '--only', 'evaluation', '--force', 'evaluation'])).code).toBe(0);
    await declare(', allow_deprecated: true');
    await project.forgetRan();
    const allowed = await project.mlspec(['run', '--json']);
    expect(allowed.code, allowed.stderr).toBe(0);
    expect(allowed.stdout).toContain('training on rents/flats, deprecated since');
    // What may be trained on decides no result.
    expect(await project.ran()).toEqual([]);
  },
);

test('an archived dataset is read by no run, whatever is allowed; set back, it is', slow, async () => {
  await declare(', allow_deprecated: true');
  expect((await set('archived')).code).toBe(0);
  for (const args of [['run'], ['run', '--until', 'ingestion'], ['plan']]) {
    const refused = await project.mlspec(args);
    expect(refused.code, args.join(' ')).toBe(1);
    expect(refused.stderr).toMatch(/DATASET_ARCHIVED[\s\S]*rents\/flats, archived since/);
  }
  expect((await set('active')).code).toBe(0);
  expect((await project.mlspec(['run', '--until', 'ingestion'])).code).toBe(0);
});

test('every change is kept and shown: by data state, ls and show', slow, async () => {
  expect((await project.mlspec(['run', '--until', 'ingestion'])).code).toBe(0);
  await set('deprecated');
  await project.mlspec(['data', 'state', 'rents/flats', 'archived', '--reason', 'gone']);
  const shown = await project.mlspec(['data', 'state', 'flats', '--json']);
  const { changes } = JSON.parse(shown.stdout);
  expect(changes).toMatchObject([
    {
      dataset: 'rents/flats',
      state: 'deprecated',
      reason: 'rents of 2019 are net',
      setBy: expect.stringContaining(' at '),
    },
    { dataset: 'rents/flats', state: 'archived', reason: 'gone' },
  ]);
  expect((await project.mlspec(['ls', 'datasets'])).stdout).toMatch(/rents\/flats +archived +\d{4}-.* gone/);
  expect((await project.mlspec(['show', 'latest'])).stdout).toMatch(/dataset +rents\/flats, archived since/);
  // Another declaration's source of the same name is another dataset.
  await project.mlspec(['data', 'state', 'houses/flats', 'deprecated', '--reason', 'x']);
  await set('active');
  expect((await project.mlspec(['show', 'latest'])).stdout).not.toMatch(/^dataset /m);
});

test('what says no dataset, no state or no reason is refused, and nothing is kept', slow, async () => {
  for (const [args, message] of [
    [['flat', 'deprecated', '--reason', 'x'], /DATASET_UNKNOWN[\s\S]*flats/],
    [['flats', 'obsolete', '--reason', 'x'], /CLI_USAGE[\s\S]*active, deprecated, archived/],
    [['flats', 'deprecated'], /CLI_USAGE[\s\S]*--reason/],
    [['flats', 'deprecated', 'now', '--reason', 'x'], /CLI_USAGE/],
  ] as const) {
    const refused = await project.mlspec(['data', 'state', ...args]);
    expect(refused.code, args.join(' ')).not.toBe(0);
    expect(refused.stderr).toMatch(message);
  }
  expect((await project.mlspec(['data', 'state', 'flats'])).stdout).toContain('its state was never changed');
});
