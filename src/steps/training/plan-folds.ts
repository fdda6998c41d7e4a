/**
 * Cross-validation: for each fold one step that trains on the rows that are not held out, under the transformation that was fitted on those same rows, and one
 * that measures it on those that are; then one that sums up. No step here reads the transformation of the whole training part: it has seen every fold.
 */
import type { JsonObject } from '../../encoding/index.ts';
import type { GraphBuilder, Search } from '../../pipeline/index.ts';
import { foldNames } from '../fold-rows.ts';
import { addRows } from './plan-rows.ts';
import { scoreStep, type TrainingPlan, trainingStep } from './training-step.ts';

/** The step that sums up what was measured on the folds of a model that no search chose. */
export const foldSummary = 'training/folds';

/** What summing up folds depends on; the parameters of its step. */
export interface FoldSummaryParams {
  /** The steps that measured, in the order of the folds. */
  readonly folds: readonly string[];
  /** The metric whose mean a search chooses by; null where there is none. */
  readonly metric: string | null;
}

/** A model that is trained again in each fold. */
export interface FoldedModel {
  /** The steps of its folds are named below this one; with a search they wait for it, so that as many trials are under way as may be. */
  readonly below: string;
  readonly params: JsonObject;
  /** The metric that a search chooses by; null where there is none. */
  readonly metric: string | null;
  /** The search that it is a trial of. */
  readonly search?: Search;
}

/** Adds the steps that train and measure in each fold. Returns the names of those that measure. */
export function addFoldSteps({ below, params, metric, search }: FoldedModel, plan: TrainingPlan): string[] {
  const { spec, training, graph } = plan;
  const ofSearch = search === undefined ? {} : { search };
  const metrics = [...new Set([...spec.evaluation.metrics, ...(metric === null ? [] : [metric])])];
  return foldNames(spec.splitting.folds!.count).map((fold, index) => {
    const transformation = `transformation/${fold}`;
    const name = `${below}/${fold}`;
    const rows = addRows({ of: `training/${fold}`, transformation }, plan);
    const step = trainingStep(spec, training, rows);
    graph.add({
      ...step,
      name,
      params,
      needs: [...(step.needs ?? []), ...(search === undefined ? [] : [below])],
      ...ofSearch,
    });
    graph.add({
      ...scoreStep(plan, {
        model: name,
        rows: { step: transformation, port: 'held_out' },
        params: { fold: index + 1, metrics },
      }),
      name: `${name}/score`,
      ...ofSearch,
    });
    return `${name}/score`;
  });
}

/** Adds the step that sums up what was measured on folds. */
export function addFoldSummary(
  summary: {
    readonly name: string;
    readonly scores: readonly string[];
    readonly metric: string | null;
    readonly trial?: { readonly model: string; readonly search: Search };
  },
  graph: GraphBuilder,
): void {
  const { name, scores, metric, trial } = summary;
  const params: FoldSummaryParams = { folds: scores, metric };
  graph.add({
    name,
    stage: 'training',
    component: { kind: 'builtin', stage: 'training' },
    inputs: {
      scores: { type: 'Metrics', many: true, sources: scores.map((step) => ({ step, port: 'metrics' })) },
      ...(trial === undefined
        ? {}
        : { model: { type: 'Model' as const, sources: [{ step: trial.model, port: 'model' }] } }),
    },
    outputs: { metrics: { type: 'Metrics' } },
    params: params as unknown as JsonObject,
    ...(trial === undefined ? {} : { search: trial.search }),
  });
}
