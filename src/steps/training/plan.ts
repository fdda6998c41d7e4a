import type { JsonObject } from '../../encoding/index.ts';
import {
  type Component,
  type GraphBuilder,
  modelEnvironment,
  type PlanInput,
  type PlanStepDraft,
} from '../../pipeline/index.ts';
import type { Finding, ResolvedSpec, TrainingSpec } from '../../spec/index.ts';
import { unknownMetric } from '../unknown-metric.ts';
import { gridTrials, parseSearchSpace, randomTrials } from './search-space.ts';

const defaultTrials = 20;

/** What choosing among trials depends on; the parameters of its step. */
export interface SelectionParams {
  readonly objective: string;
  readonly direction: 'maximize' | 'minimize';
  readonly trials: readonly { readonly step: string; readonly params: JsonObject }[];
}

/** One step that trains the model; with tuning one a trial, one that scores each, and one that chooses. */
export function planTraining(spec: ResolvedSpec, graph: GraphBuilder): Finding[] {
  const { training } = spec;
  if (training === null || training.implementation === null) return [];
  if (training.tuning === null || training.tuning === undefined) {
    graph.add({ ...trainingStep(spec, training), name: 'training', params: training.params as JsonObject });
    return [];
  }
  return planSearch(spec, training, graph);
}

function trainingStep(spec: ResolvedSpec, training: TrainingSpec): Omit<PlanStepDraft, 'name'> {
  return {
    stage: 'training',
    component: training.implementation as Component,
    inputs: {
      ...Object.fromEntries(
        openParts(spec).map((part): [string, PlanInput] => [
          part,
          { type: 'Dataset', sources: [{ step: 'transformation', port: part }] },
        ]),
      ),
      transform: { type: 'Transform', sources: [{ step: 'transformation', port: 'transform' }] },
    },
    outputs: { model: { type: 'Model' } },
    environment: modelEnvironment(training),
    seed: training.seed,
    limits: training.limits,
    timeoutMs: training.timeoutMs,
    retries: training.retries,
    secrets: training.secrets,
    files: training.files,
    cache: training.cache,
    deterministic: training.deterministic,
  };
}

/** Parts that are not sealed, in the order declared. */
export function openParts(spec: ResolvedSpec): string[] {
  return Object.keys(spec.splitting.parts).filter((part) => !spec.splitting.sealed.includes(part));
}

function planSearch(spec: ResolvedSpec, training: TrainingSpec, graph: GraphBuilder): Finding[] {
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
  addSelection(trials, { training, graph });
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

/** The goal of a search is a metric of the task on an open part. */
function checkObjective(spec: ResolvedSpec, { objective, direction }: TrainingSpec['tuning'] & object): Finding[] {
  const path = [...tuningPath, direction];
  const [part, metric] = splitObjective(objective);
  const parts = openParts(spec);
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

function addTrial(
  trial: Trial,
  work: {
    readonly spec: ResolvedSpec;
    readonly training: TrainingSpec;
    readonly graph: GraphBuilder;
    readonly part: string;
    readonly metric: string;
  },
): void {
  const { spec, training, graph } = work;
  const { direction, patience, parallel } = training.tuning!;
  const search = { name: 'training', value: 'objective', direction, patience, parallel };
  graph.add({
    ...trainingStep(spec, training),
    name: trial.step,
    params: trial.params,
    search: { ...search, role: 'trial' },
  });
  graph.add({
    name: scoreName(trial.step),
    stage: 'training',
    component: { kind: 'builtin', stage: 'evaluation' },
    inputs: {
      model: { type: 'Model', sources: [{ step: trial.step, port: 'model' }] },
      part: { type: 'Dataset', sources: [{ step: 'transformation', port: work.part }] },
    },
    outputs: { metrics: { type: 'Metrics' } },
    params: {
      task: spec.task as unknown as JsonObject,
      costs: spec.objectives.costs as unknown as JsonObject,
      only: work.metric,
    },
    environment: modelEnvironment(training),
    search: { ...search, role: 'measure' },
  });
}

function addSelection(
  trials: readonly Trial[],
  work: { readonly training: TrainingSpec; readonly graph: GraphBuilder },
): void {
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
    outputs: { model: { type: 'Model' }, search: { type: 'Report' } },
    params: params as unknown as JsonObject,
  });
}
