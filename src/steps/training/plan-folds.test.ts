/* Leakage between folds, as the plan would allow it: what a step of a fold can reach, through any number of steps. */
import { expect, test } from 'vitest';
import type { PlanStep } from '../../pipeline/index.ts';
import { planPipeline } from '../../pipeline/planning.ts';
import { rowsRead } from '../../provenance/index.ts';
import { parseSpec, resolveSpec, verifySpec } from '../../spec/index.ts';
import { stages } from '../index.ts';
import { wiredSteps } from '../wired-steps.ts';

function planned(training: string, more = ''): Map<string, PlanStep> {
  const text = `mlspec: 1
name: folds
task: {kind: binary, label: late, key: [id]}
ingestion: {sources: {d: {csv: d.csv}}}
splitting: {parts: {train: 60%, validation: 10%, test: 15%, holdback: 15%}, sealed: [test, holdback], folds: 3}
training: {python: "train.py:train", ${training}}
${more}`;
  const parsed = parseSpec(text, { file: 'mlspec.yaml' });
  const { spec, findings } = resolveSpec(parsed);
  expect([...parsed.findings, ...findings, ...verifySpec(spec!)]).toEqual([]);
  const { plan, findings: found } = planPipeline(spec!, stages);
  expect(found).toEqual([]);
  return new Map(plan!.steps.map((step) => [step.name, step]));
}

const sourcesOf = (step: PlanStep): string[] =>
  Object.values(step.inputs).flatMap(({ sources }) => sources.map(({ step: from, port }) => `${from}.${port}`));

/** The steps that do something for one fold. */
const inFold = (steps: Map<string, PlanStep>, fold: number): PlanStep[] =>
  [...steps.values()].filter(({ name }) => name.includes(`fold-${fold}`));

const tuned = 'tuning: {maximize: folds.auc, search: {a: [1, 2]}, method: grid}';
const forms = [
  'params: {a: 1}',
  'class_weights: balanced, sampling: {up: late}',
  tuned,
  `class_weights: balanced, ${tuned}`,
];

test.each(forms)(
  '%s: no step of a fold reaches a transformation, model or table of another one or of all rows',
  (form) => {
    const steps = planned(form);
    for (const fold of [1, 2, 3]) {
      const found = inFold(steps, fold);
      expect(found.length).toBeGreaterThanOrEqual(3);
      for (const step of found) {
        const isDividing = step.name === `transformation/fold-${fold}`;
        for (const source of sourcesOf(step)) {
          if (isDividing)
            expect(source).toMatch(/^(splitting|validation)\.(train|validation)$|^splitting\/folds\.folds$/);
          else expect(source).toContain(`fold-${fold}`);
        }
      }
    }
    const sealed = [...steps.values()].filter(({ name }) => name.includes('fold'));
    for (const step of sealed) expect(sourcesOf(step).join()).not.toMatch(/\.(test|holdback)\b/);
  },
);

test('what a model is trained with in a fold is never what the fold holds out', () => {
  const steps = planned(`class_weights: balanced, ${tuned}`);
  for (const step of steps.values())
    if (step.component.kind === 'python') expect(sourcesOf(step).join()).not.toContain('held_out');
  expect(sourcesOf(steps.get('training/trial-1/fold-2')!)).toEqual([
    'training/fold-2/rows.train',
    'transformation/fold-2.validation',
    'transformation/fold-2.transform',
  ]);
  expect(sourcesOf(steps.get('training/trial-1/fold-2/score')!)).toEqual([
    'training/trial-1/fold-2.model',
    'transformation/fold-2.held_out',
  ]);
});

test('the final model is of all of the training part; a search has its trials made there, and waits with their folds', () => {
  const plain = planned('params: {a: 1}');
  expect(sourcesOf(plain.get('training')!)).toContain('transformation.train');
  expect(plain.get('training/folds')!.inputs['scores']!.sources).toHaveLength(3);
  const searched = planned(`${tuned}`);
  expect(sourcesOf(searched.get('training/trial-2')!)).toContain('transformation.train');
  expect(searched.get('training/trial-2/fold-1')).toMatchObject({
    needs: ['training/trial-2'],
    search: { role: 'measure' },
  });
  expect(searched.get('training/score-2')).toMatchObject({ params: { metric: 'auc' }, search: { role: 'measure' } });
  expect(searched.get('training')!.outputs).toMatchObject({ folds: { type: 'Metrics' } });
  expect(searched.has('training/folds')).toBe(false);
});

test('rows are sampled and weighed in one step for each table that models are trained on', () => {
  const steps = planned(`sampling: {down: late, to: 50%}, ${tuned}`);
  const rows = [...steps.values()].filter(({ name }) => name.endsWith('/rows'));
  expect(rows.map(({ name }) => name).sort()).toEqual([
    'training/fold-1/rows',
    'training/fold-2/rows',
    'training/fold-3/rows',
    'training/rows',
  ]);
  for (const step of rows) expect(Object.keys(step.inputs)).toEqual(['train']);
  expect(rows[0]!.params).toMatchObject({
    sampling: { direction: 'down', column: 'late', ratio: 0.5 },
    classWeights: null,
  });
});

test('with parts: [train] every model of a fold learns from train alone, through whatever samples its rows', () => {
  const steps = planned(`parts: [train], class_weights: balanced, ${tuned}`);
  const wired = wiredSteps([...steps.values()]);
  const models = [...steps.values()].filter(({ component }) => component.kind === 'python');
  expect(models).toHaveLength(2 * (1 + 3));
  for (const { name, fits } of models) {
    expect(fits, name).toBe(true);
    expect([...rowsRead(wired, wired.get(name)!)], name).toEqual(['train']);
  }
  for (const fold of [1, 2, 3]) {
    const transformation = wired.get(`transformation/fold-${fold}`)!;
    expect([...rowsRead(wired, transformation, ['train'])]).toEqual(['train']);
    expect([...rowsRead(wired, wired.get(`training/trial-1/fold-${fold}/score`)!, ['part'])]).toContain('train');
  }
  // Without it the trials and their folds are given the validation part too, as the final model is.
  const given = wiredSteps([...planned(tuned).values()]);
  for (const name of ['training/trial-1', 'training/trial-1/fold-2'])
    expect([...rowsRead(given, given.get(name)!)].sort()).toEqual(['train', 'validation']);
});

test('where a lost group fails the run, no model of a fold is trained before the inspection; folds are no tables of it', () => {
  const inspect = (severity: string): Map<string, PlanStep> =>
    planned(tuned, `analysis: {inspect: {columns: [late], severity: ${severity}}}\n`);
  const models = (steps: Map<string, PlanStep>): PlanStep[] =>
    [...steps.values()].filter(({ component }) => component.kind === 'python');
  const failing = inspect('fail');
  expect(models(failing)).toHaveLength(2 * (1 + 3));
  for (const { name, needs } of models(failing)) expect(needs, name).toContain('inspection');
  for (const { needs } of models(inspect('warn'))) expect(needs).not.toContain('inspection');
  expect(sourcesOf(failing.get('inspection')!).join()).not.toContain('fold');
});
