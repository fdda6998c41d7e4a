import type { JsonObject } from '../../encoding/index.ts';
import type { TrainingSpec } from '../../spec/index.ts';
import type { TrainedRows, TrainingPlan } from './training-step.ts';

/** How rows are sampled and weighed; the parameters of the step. */
export interface RowParams {
  readonly sampling: TrainingSpec['sampling'];
  readonly classWeights: TrainingSpec['class_weights'];
  /** Weights are of its values. */
  readonly label: string | null;
}

/**
 * Adds the step that samples and weighs the training part that a transformation leaves, where the declaration asks for either. It is given that part alone: no
 * other part, and in a fold nothing that the fold holds out.
 * @param of the whole training part: `training`; a fold: `training/fold-1`
 */
export function addRows(
  { of, transformation }: { readonly of: string; readonly transformation: string },
  { spec, training, graph }: TrainingPlan,
): TrainedRows {
  const { sampling, class_weights: classWeights } = training;
  if (sampling === null && classWeights === null) return { transformation, train: transformation };
  const name = `${of}/rows`;
  const params: RowParams = { sampling, classWeights, label: spec.task.label };
  // The folds of all trials of a search train on the same rows.
  if (!graph.has(name))
    graph.add({
      name,
      stage: 'training',
      component: { kind: 'builtin', stage: 'training' },
      inputs: { train: { type: 'Dataset', sources: [{ step: transformation, port: 'train' }] } },
      outputs: { train: { type: 'Dataset' }, report: { type: 'Report' } },
      params: params as unknown as JsonObject,
    });
  return { transformation, train: name };
}
