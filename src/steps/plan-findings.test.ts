/* What planning finds beyond the static rules: each rule with a declaration that breaks it, and the place that is marked. */
import { expect, test } from 'vitest';
import { planPipeline } from '../pipeline/planning.ts';
import { type Finding, parseSpec, resolveSpec, verifySpec } from '../spec/index.ts';
import { stages } from './index.ts';

const base: Readonly<Record<string, string>> = {
  mlspec: '1',
  name: 'late',
  task: '{kind: binary, label: late, key: [id]}',
  ingestion: '{sources: {d: {csv: d.csv}}}',
  splitting: '{parts: {train: 70%, validation: 15%, test: 15%}, sealed: [test]}',
  training: '{python: "train.py:train"}',
};

/** A declaration with some sections changed, and everything that is found in it once it is planned. */
function planned(changes: Readonly<Record<string, string>>): { text: string; findings: readonly Finding[] } {
  const sections = Object.entries({ ...base, ...changes }).map(([key, value]) => `${key}: ${value}\n`);
  const text = sections.join('');
  const parsed = parseSpec(text, { file: 'mlspec.yaml' });
  const { spec, findings } = resolveSpec(parsed);
  expect([...parsed.findings, ...findings, ...verifySpec(spec!)].filter((one) => one.severity === 'error')).toEqual([]);
  return { text, findings: planPipeline(spec!, stages).findings };
}

function tuning(goal: string, more: string): Readonly<Record<string, string>> {
  return { training: `{python: "train.py:train", tuning: {${goal}, ${more}}}` };
}

function gate(task: string, required: string): Readonly<Record<string, string>> {
  return {
    task: `{kind: ${task}, label: late, key: [id]}`,
    objectives: `{gates: {g: {on: test}}, require: {a: ${required}}}`,
    testing: '{gates: [g]}',
  };
}

test('a declaration that can be carried out has no finding', () => {
  expect(planned({}).findings).toEqual([]);
});

test('training is given the parts that it declares; train alone is what it then learns from, in trials and refits too', () => {
  const planOf = (training: string, evaluation = '{}') => {
    const text = Object.entries({ ...base, training, evaluation })
      .map(([key, value]) => `${key}: ${value}\n`)
      .join('');
    const { plan, findings } = planPipeline(resolveSpec(parseSpec(text, { file: 'mlspec.yaml' })).spec!, stages);
    expect(findings).toEqual([]);
    return plan!.steps
      .filter(({ component }) => component.kind === 'python')
      .map(({ name, inputs, fits }) => [name, Object.keys(inputs).sort(), fits]);
  };
  expect(planOf('{python: "a.py:b"}')).toEqual([['training', ['train', 'transform', 'validation'], undefined]]);
  const alone = ['train', 'transform'];
  expect(planOf('{python: "a.py:b", parts: [train]}', '{overfitting: {learning_curve: [50%]}}')).toEqual([
    ['training', alone, true],
    ['refitting/share_1', alone, true],
  ]);
  const search = 'tuning: {maximize: validation.auc, search: {a: [1, 2]}, method: grid}';
  expect(planOf(`{python: "a.py:b", parts: [train], ${search}}`)).toEqual([
    ['training/trial-1', alone, true],
    ['training/trial-2', alone, true],
  ]);
});

test.each<[string, Readonly<Record<string, string>>, string, string]>([
  ['metrics/unknown', { evaluation: '{metrics: [ndcg_5, acuracy]}' }, 'acuracy', 'did you mean accuracy?'],
  ['metrics/unknown', { evaluation: '{metrics: [rmse]}' }, 'rmse', 'see the reference of metrics'],
  ['metrics/unknown', tuning('maximize: validation.aucc', 'search: {a: [1]}'), 'validation.aucc', 'did you mean auc?'],
  [
    'expression/unknown-function',
    { transformation: '{x: standardize(onehot(x))}' },
    'standardize(onehot(x))',
    'did you mean one_hot?',
  ],
  ['training/objective', tuning('minimize: log_loss', 'search: {a: [1]}'), 'log_loss', 'minimize: validation.log_loss'],
  [
    'training/search-space',
    tuning('maximize: validation.auc', 'search: {a: "choice([])"}'),
    '"choice([])"',
    'log_uniform',
  ],
  [
    'evaluation/cannot-refit',
    { ...tuning('maximize: validation.auc', 'search: {a: [1]}'), evaluation: '{overfitting: {shuffled_labels: 1}}' },
    '{shuffled_labels: 1}',
    'leave tuning out',
  ],
  ['metrics/unknown', { evaluation: '{overfitting: {metric: aucc}}' }, 'aucc', 'did you mean auc?'],
  ['training/grid', tuning('maximize: train.auc', 'method: grid, search: {a: "uniform(0, 1)"}'), 'grid', 'random'],
  ['objectives/form', { objectives: '{require: {a: "true"}}' }, '"true"', 'expression > bound'],
  [
    'objectives/not-measurable',
    { objectives: '{baselines: {t: majority}, require: {a: t.size < 1 MiB}}' },
    't.size',
    'new.latency.p99',
  ],
  ['objectives/gate-empty', gate('binary', 'auc > 0.5'), '{on: test}', 'new.accuracy > 0.8'],
  ['objectives/gate-empty', gate('regression', 'rmse < 0.5'), '{on: test}', 'new.mae(cap=10)'],
  ['objectives/measured-in-gate', gate('regression', 'mae < 0.5'), 'mae < 0.5', 'gate: measured'],
  [
    'ingestion/one-environment',
    {
      ingestion:
        '{query: select 1, sources: {a: {python: "x.py:f", environment: r.txt}, b: {python: "x.py:g", environment: q.txt}}}',
    },
    'q.txt',
    'environment: r.txt',
  ],
  [
    'ingestion/dataset-in-clear',
    { ingestion: '{sources: {d: {csv: d.csv}}, datasets: {copy: {query: SELECT * FROM d}}}' },
    '{query: SELECT',
    'other sources',
  ],
  [
    'plan/sql-input',
    { steps: '{a: {sql: SELECT 1, inputs: {m: training.model}, outputs: {o: Dataset}}}' },
    'training.model',
    'Dataset',
  ],
])('%s: %j', (rule, changes, marked, suggestion) => {
  const { text, findings } = planned(changes);
  const found = findings.filter((finding) => finding.rule === rule).at(-1);
  expect(found, JSON.stringify(findings)).toBeDefined();
  expect(text.slice(found!.position!.offset)).toMatch(new RegExp(`^${marked.replace(/[()[\]{}.*"]/g, '\\$&')}`));
  expect(found!.frame).toContain('^');
  expect(found!.suggestion).toContain(suggestion);
});

test('everything is found at once', () => {
  const wrong = {
    ...tuning('maximize: validation.aucc', 'method: grid, search: {a: "choice([])", b: "uniform(0, 1)"}'),
    evaluation: '{metrics: [acuracy]}',
  };
  expect(planned(wrong).findings.map(({ rule }) => rule)).toEqual([
    'training/search-space',
    'metrics/unknown',
    'training/grid',
    'metrics/unknown',
  ]);
});
