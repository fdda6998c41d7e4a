import type { JsonObject } from '../../../encoding/index.ts';
import type { GraphBuilder } from '../../../pipeline/index.ts';
import { splitPredicateType } from '../../../provenance/index.ts';
import type { ResolvedSpec } from '../../../spec/index.ts';

/** What the folds depend on; the parameters of their step. */
export interface FoldParams {
  readonly folds: number;
  readonly by: 'hash' | 'stratified' | 'group' | 'rolling';
  /** The column of the rule; null only for a hash of the key or, without one, of the whole row. */
  readonly column: string | null;
  readonly gapMs: number;
  readonly salt: string;
  readonly key: readonly string[];
  /** The column whose values are told of each fold; null where there is no single label. */
  readonly label: string | null;
  /** Columns in which folds are not compared with the rest, because they differ in them by their making; null: nothing is compared. */
  readonly apart: readonly string[] | null;
}

/** What a declaration says of folds; null where it asks for none. */
export function foldParams({ splitting, task, analysis }: ResolvedSpec): FoldParams | null {
  const { folds } = splitting;
  if (folds === null) return null;
  const usual = { hash: null, stratified: task.label, group: task.group, rolling: task.time }[folds.by];
  const column = folds.column ?? usual;
  const divided = folds.by === 'stratified' ? null : column;
  const apart = [...new Set([...task.key, divided, task.group])].filter((name) => name !== null).sort();
  const { by, gapMs, salt } = folds;
  return {
    folds: folds.count,
    ...{ by, column, gapMs, salt },
    key: task.key,
    label: task.label,
    apart: analysis.drift === 'none' ? null : apart,
  };
}

/** One step that assigns every row of the training part to a fold. It is given no other part, so that none can be in a fold. */
export function planFolds(spec: ResolvedSpec, graph: GraphBuilder): void {
  const params = foldParams(spec);
  if (params === null) return;
  graph.add({
    name: 'splitting/folds',
    stage: 'splitting',
    component: { kind: 'builtin', stage: 'splitting' },
    inputs: { train: { type: 'Dataset', sources: [{ step: 'splitting', port: 'train' }] } },
    outputs: { folds: { type: 'Dataset' }, split: { type: 'Split' } },
    params: params as unknown as JsonObject,
    attests: [splitPredicateType],
  });
}
