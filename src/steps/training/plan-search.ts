import type { JsonObject } from '../../encoding/index.ts';
import type { GraphBuilder, Search } from '../../pipeline/index.ts';
import type { Finding, ResolvedSpec, TrainingSpec } from '../../spec/index.ts';
import { unknownMetric } from '../unknown-metric.ts';
import { addFoldSteps, addFoldSummary } from './plan-folds.ts';
import { addRows } from './plan-rows.ts';
import { gridTrials, parseSearchSpace, randomTrials } from './search-space.ts';
import { openParts, scoreStep, type TrainingPlan, trainingStep } from './training-step.ts';

const defaultTrials = 20;

/** What choosing among trials depends on; the parameters of its step. */
export interface SelectionParams {
  readonly objective: string;
  readonly direction: 'maximize' | 'minimize';
  readonly trials: readonly { readonly step: string; readonly params: JsonObject }[];
}

/** The steps of a search: one trains a trial on all of the training part, one or more measure it, and one chooses. */
export function planSearch(spec: ResolvedSpec, training: TrainingSpec, graph: GraphBuilder): Finding[] {
  const tuning = training.tuning!;
  const { dimensions, findings } = parseSearchSpace(tuning.search as JsonObject as never, [...tuningPath, 'search']);
  const [part, metric] = splitObjective(tuning.objective);
  const drawn =
    tuning.method === 'grid'
      ? gridTrials(dimensions, tuning.trials)
      : randomTrials(dimensions, { count: tuning.trials ?? defaultTrials, seed: training.seed });
  const wrong = [...findings, ...checkObjective(spec, tuning), ...(drawn === null ? [noGrid] : [])];
  if (wrong.length > 0) return wrong;
  const width = String(drawn!.length).length;
  const trials = drawn!.map((drawnParams, index) => ({
    step: `training/trial-${String(index + 1).padStart(width, '0')}`,
    params: { ...(training.params as JsonObject), ...drawnParams },
  }));
  for (const trial of trials) addTrial(trial, { spec, training, graph, part, metric });
  addSelection(trials, { spec, training, graph });
  return [];
}

const tuningPath = ['training', 'tuning'];

const noGrid: Finding = {
  rule: 'training/grid',
  severity: 'error',
  path: [...tuningPath, 'method'],
  message: 'a grid needs lists or whole numbers in every dimension, and at most 10,000 combinations',
  suggestion: 'write lists, or method: random',
};

/** The goal of a search is a metric of the task on an open part, or on the folds where there are any. */
function checkObjective(spec: ResolvedSpec, { objective, direction }: TrainingSpec['tuning'] & object): Finding[] {
  const path = [...tuningPath, direction];
  const [part, metric] = splitObjective(objective);
  const parts = spec.splitting.folds === null ? openParts(spec) : ['folds'];
  if (parts.includes(part)) return [unknownMetric(metric, spec.task, path) ?? []].flat();
  return [
    {
      rule: 'training/objective',
      severity: 'error',
      path,
      message: `expected <open part>.<metric>, found ${objective}`,
      expected: parts.map((one) => `${one}.<metric>`).join(', '),
      found: objective,
      suggestion: `write for example ${direction}: ${parts[1] ?? parts[0]}.${objective}`,
    },
  ];
}

function splitObjective(objective: string): [string, string] {
  const [part, ...metric] = objective.split('.');
  return metric.length === 0 ? ['', objective] : [part!, metric.join('.')];
}

function scoreName(trial: string): string {
  return trial.replace('/trial-', '/score-');
}

type Trial = SelectionParams['trials'][number];

interface Searching extends TrainingPlan {
  readonly part: string;
  readonly metric: string;
}

function addTrial(trial: Trial, work: Searching): void {
  const { spec, training, graph } = work;
  const { direction, patience, parallel } = training.tuning!;
  const search = { name: 'training', value: 'objective', direction, patience, parallel };
  graph.add({
    ...trainingStep(spec, training, addRows({ of: 'training', transformation: 'transformation' }, work)),
    name: trial.step,
    params: trial.params,
    search: { ...search, role: 'trial' },
  });
  const measure: Search = { ...search, role: 'measure' };
  const { part, metric } = work;
  if (spec.splitting.folds === null) {
    const score = scoreStep(work, {
      model: trial.step,
      rows: { step: 'transformation', port: part },
      params: { only: metric },
    });
    graph.add({ ...score, name: scoreName(trial.step), search: measure });
  } else {
    const scores = addFoldSteps({ below: trial.step, params: trial.params, metric, search: measure }, work);
    const ofTrial = { model: trial.step, search: measure };
    addFoldSummary({ name: scoreName(trial.step), scores, metric, trial: ofTrial }, graph);
  }
}

function addSelection(trials: readonly Trial[], work: TrainingPlan): void {
  const { objective, direction } = work.training.tuning!;
  const params: SelectionParams = { objective, direction, trials };
  work.graph.add({
    name: 'training',
    stage: 'training',
    component: { kind: 'builtin', stage: 'training' },
    inputs: {
      models: { type: 'Model', many: true, sources: trials.map((trial) => ({ step: trial.step, port: 'model' })) },
      scores: {
        type: 'Metrics',
        many: true,
        sources: trials.map((trial) => ({ step: scoreName(trial.step), port: 'metrics' })),
      },
    },
    outputs: {
      model: { type: 'Model' },
      search: { type: 'Report' },
      ...(work.spec.splitting.folds === null ? {} : { folds: { type: 'Metrics' as const } }),
    },
    params: params as unknown as JsonObject,
  });
}
