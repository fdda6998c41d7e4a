import type { JsonObject } from '../../encoding/index.ts';
import type { GraphBuilder, PlanOutput } from '../../pipeline/index.ts';
import { splitPredicateType } from '../../provenance/index.ts';
import type { Finding, ResolvedSpec } from '../../spec/index.ts';
import { planFolds } from './folds/plan-folds.ts';

/** What the split depends on; the parameters of its step. */
export interface SplittingParams {
  readonly name: string;
  readonly by: ResolvedSpec['splitting']['by'];
  /** The column of the rule; null only for a hash of the key or, without one, of the whole row. With predefined it names the parts. */
  readonly column: string | null;
  readonly gapMs: number;
  readonly salt: string;
  /** Parts in their order (with time: from the earliest), with their shares; null where a column names the parts. */
  readonly parts: readonly { readonly name: string; readonly share: number | null; readonly sealed: boolean }[];
  readonly key: readonly string[];
}

/** What a declaration says of how rows are divided. */
export function splittingParams(spec: ResolvedSpec): SplittingParams {
  const { by, column, gapMs, salt, sealed } = spec.splitting;
  const parts = spec.splitting.order.map((name) => ({
    name,
    share: spec.splitting.parts[name]!,
    sealed: sealed.includes(name),
  }));
  return { name: spec.name, by, column: columnOf(spec, by, column), gapMs, salt, parts, key: spec.task.key };
}

/** One step that assigns every row to a part, right after ingestion; with folds one that divides the training part again. */
export function planSplitting(spec: ResolvedSpec, graph: GraphBuilder): Finding[] {
  const params = splittingParams(spec);
  const { parts } = params;
  const { sealed } = spec.splitting;
  const outputs = parts.map((part): [string, PlanOutput] => [
    part.name,
    { type: part.sealed ? 'SealedDataset' : 'Dataset' },
  ]);
  graph.add({
    name: 'splitting',
    stage: 'splitting',
    component: { kind: 'builtin', stage: 'splitting' },
    inputs: {
      dataset: {
        type: sealed.length > 0 ? 'SealedDataset' : 'Dataset',
        sources: [{ step: 'ingestion', port: 'dataset' }],
      },
    },
    outputs: { ...Object.fromEntries(outputs), split: { type: 'Split' } },
    params: params as unknown as JsonObject,
    attests: [splitPredicateType],
    unseal: sealed.length > 0,
  });
  planFolds(spec, graph);
  return [];
}

function columnOf(spec: ResolvedSpec, by: SplittingParams['by'], column: string | null): string | null {
  if (column !== null) return column;
  if (by === 'time') return spec.task.time;
  if (by === 'group') return spec.task.group;
  return by === 'stratified' ? spec.task.label : null;
}
