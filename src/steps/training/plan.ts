import type { JsonObject } from '../../encoding/index.ts';
import type { GraphBuilder } from '../../pipeline/index.ts';
import type { Finding, ResolvedSpec } from '../../spec/index.ts';
import { addFoldSteps, addFoldSummary, foldSummary } from './plan-folds.ts';
import { addRows } from './plan-rows.ts';
import { planSearch } from './plan-search.ts';
import { trainingStep } from './training-step.ts';

/**
 * One step that trains the model. With folds one more for each, one that measures it on what the fold holds out, and one that sums up. With tuning one
 * a trial, each measured alone, and one that chooses.
 */
export function planTraining(spec: ResolvedSpec, graph: GraphBuilder): Finding[] {
  const { training } = spec;
  if (training === null || training.implementation === null) return [];
  if (training.tuning !== null) return planSearch(spec, training, graph);
  const params = training.params as JsonObject;
  const rows = addRows({ of: 'training', transformation: 'transformation' }, { spec, training, graph });
  graph.add({ ...trainingStep(spec, training, rows), name: 'training', params });
  if (spec.splitting.folds === null) return [];
  const scores = addFoldSteps({ below: 'training', params, metric: null }, { spec, training, graph });
  addFoldSummary({ name: foldSummary, scores, metric: null }, graph);
  return [];
}
