import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import type { StepContext } from '../../pipeline/index.ts';
import { runSelection } from './run.ts';

const folder = mkdtempSync(join(tmpdir(), 'selection-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Carries out the choice among trials whose objectives are given; null is a trial without a value. */
async function choose(name: string, direction: 'minimize' | 'maximize', objectives: readonly (number | null)[]) {
  const root = join(folder, name);
  const paths = objectives.map((objective, index) => {
    const model = join(root, `model-${index}`);
    mkdirSync(model, { recursive: true });
    writeFileSync(join(model, 'name'), String(index));
    writeFileSync(join(root, `score-${index}.json`), JSON.stringify({ objective }));
    return { model, score: join(root, `score-${index}.json`) };
  });
  const values: Record<string, unknown> = {};
  const output = (path: string) => ({ path: join(root, path), setProperties: () => {} });
  const context = {
    params: {
      objective: 'loss',
      direction,
      trials: objectives.map((_, index) => ({ step: `training/trial-${index}`, params: { depth: index } })),
    },
    inputs: {
      scores: paths.map(({ score }, index) => ({ path: score, from: { step: `training/score-${index}` } })),
      models: paths.map(({ model }, index) => ({
        path: model,
        from: { step: `training/trial-${index}` },
        properties: {},
      })),
    },
    outputs: { model: output('model'), search: output('search.json') },
    value: (key: string, value: unknown) => Object.assign(values, { [key]: value }),
  };
  await runSelection(context as unknown as StepContext);
  return { values, chosen: readFileSync(join(root, 'model', 'name'), 'utf8') };
}

it.each([
  ['minimize', [0.5, 0.2, null, 0.2], 1],
  ['maximize', [null, 0.5, 0.7, 0.7], 2],
] as const)('%s takes the best trial, the first of equal ones, and passes by those without a value', async (...row) => {
  const [direction, objectives, best] = row;
  const { values, chosen } = await choose(direction, direction, objectives);
  expect(values).toMatchObject({ best: `training/trial-${best}`, objective: objectives[best] });
  expect(chosen).toBe(String(best));
});

it('says so where no trial has a value of the objective', async () => {
  await expect(choose('none', 'minimize', [null, null])).rejects.toMatchObject({
    code: 'TRAINING_NO_TRIAL',
    message: expect.stringContaining('none of the 2 trials'),
  });
});
