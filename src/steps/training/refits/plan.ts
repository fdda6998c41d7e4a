import type { JsonObject } from '../../../encoding/index.ts';
import type { GraphBuilder, PlanInput } from '../../../pipeline/index.ts';
import { notFailed, testResultPredicateType } from '../../../provenance/index.ts';
import type { Finding, ResolvedSpec } from '../../../spec/index.ts';
import { addRows } from '../plan-rows.ts';
import { scoreStep, type TrainingPlan, trainingStep } from '../training-step.ts';

/** A model that is fitted again: on a share of the training part, or on its labels shuffled. */
export interface Refit {
  readonly name: string;
  /** Null: all rows. */
  readonly share: number | null;
  readonly isShuffled: boolean;
}

/** What making the rows of refits depends on. */
export interface RefitRowsParams {
  readonly does: 'rows';
  readonly label: string;
  readonly refits: readonly Refit[];
}

/** What judging refits depends on. */
export interface RefitJudgeParams {
  readonly does: 'judge';
  readonly on: string;
  readonly metric: string | null;
  readonly severity: 'warn' | 'fail';
  readonly refits: readonly Refit[];
}

const rows = 'refitting/rows';

/**
 * Fits the model again where that is declared: one step that makes the rows, for each refit one that fits and one that measures, and one that judges. With tuning the parameters of the
 * chosen trial are not known when the plan is made, and it is refused.
 */
export function planRefits(spec: ResolvedSpec, graph: GraphBuilder): Finding[] {
  const { overfitting, on } = spec.evaluation;
  const { training, task } = spec;
  const refits = refitsOf(overfitting);
  if (refits.length === 0 || training === null || !graph.has('evaluation') || overfitting.severity === 'none')
    return [];
  if (training.tuning !== null || task.label === null || task.kind === 'ranking') return [cannotRefit(spec)];
  const params: RefitRowsParams = { does: 'rows', label: task.label, refits };
  // Sampled and weighed as the rows of the model are.
  const { train } = addRows({ of: 'training', transformation: 'transformation' }, { spec, training, graph });
  graph.add({
    name: rows,
    stage: 'refitting',
    component: { kind: 'builtin', stage: 'refitting' },
    inputs: { train: { type: 'Dataset', sources: [{ step: train, port: 'train' }] } },
    outputs: Object.fromEntries(refits.map(({ name }) => [name, { type: 'Dataset' as const }])),
    params: params as unknown as JsonObject,
  });
  for (const { name } of refits) addRefit(name, { spec, training, graph });
  const judging: RefitJudgeParams = {
    does: 'judge',
    on,
    metric: overfitting.metric,
    severity: overfitting.severity,
    refits,
  };
  graph.add({
    name: 'refitting',
    stage: 'refitting',
    component: { kind: 'builtin', stage: 'refitting' },
    inputs: {
      scores: {
        type: 'Metrics',
        many: true,
        sources: refits.map(({ name }) => ({ step: `refitting/score-${name}`, port: 'metrics' })),
      },
      rows: { type: 'Dataset', many: true, sources: refits.map(({ name }) => ({ step: rows, port: name })) },
      train: { type: 'Dataset', sources: [{ step: train, port: 'train' }] },
      evaluation: { type: 'Metrics', sources: [{ step: 'evaluation', port: 'metrics' }] },
    },
    outputs: { report: { type: 'Report' } },
    params: judging as unknown as JsonObject,
    attests: [testResultPredicateType],
    results: notFailed,
  });
  return [];
}

function refitsOf({ learning_curve, shuffled_labels }: ResolvedSpec['evaluation']['overfitting']): Refit[] {
  const shares = [...new Set(learning_curve)].sort((a, b) => a - b);
  return [
    ...shares.map((share, at) => ({ name: `share_${at + 1}`, share, isShuffled: false })),
    ...Array.from({ length: shuffled_labels }, (_, at) => ({
      name: `shuffled_${at + 1}`,
      share: null,
      isShuffled: true,
    })),
  ];
}

function cannotRefit({ training, task }: ResolvedSpec): Finding {
  const isTuned = training?.tuning != null;
  return {
    rule: 'evaluation/cannot-refit',
    severity: 'error',
    path: ['evaluation', 'overfitting'],
    message: isTuned
      ? 'a model with tuning is not fitted again: which trial is chosen is not known when the plan is made'
      : `a model of ${task.kind === 'ranking' ? 'rankings' : 'several labels'} is not fitted again yet`,
    suggestion: isTuned
      ? 'write the parameters under training.params and leave tuning out, or learning_curve and shuffled_labels'
      : 'leave learning_curve and shuffled_labels out',
  };
}

function addRefit(name: string, plan: TrainingPlan): void {
  const { spec, training, graph } = plan;
  const stage = 'refitting';
  const step = trainingStep(spec, training, { transformation: 'transformation', train: 'transformation' });
  const train: PlanInput = { type: 'Dataset', sources: [{ step: rows, port: name }] };
  const model = `refitting/${name}`;
  graph.add({ ...step, name: model, stage, inputs: { ...step.inputs, train }, params: training.params as JsonObject });
  graph.add({
    ...scoreStep(plan, {
      model,
      rows: { step: 'transformation', port: spec.evaluation.on },
      params: { isRefit: true },
    }),
    name: `refitting/score-${name}`,
    stage,
  });
}
