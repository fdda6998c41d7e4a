import type { JsonObject } from '../../encoding/index.ts';
import type { GraphBuilder, PlanInput } from '../../pipeline/index.ts';
import type { Finding, ResolvedSpec, SliceSpec } from '../../spec/index.ts';

/** What analysis depends on; the parameters of its step. */
export interface AnalysisParams {
  /** Open parts, the training part first: the schema is inferred from it. */
  readonly parts: readonly string[];
  readonly slices: readonly SliceSpec[];
  readonly outliers: ResolvedSpec['analysis']['outliers'];
  readonly weight: string | null;
  readonly pairs: ResolvedSpec['analysis']['pairs'];
  /** The column to be learnt, with which pairs are told; null where there is no single label. */
  readonly label: string | null;
  /** Columns that are no part of the comparison with the training part, because parts differ in them by their making; null: nothing is compared. */
  readonly apart: readonly string[] | null;
}

/** One step that counts what the open parts hold, and writes down a first schema. */
export function planAnalysis(spec: ResolvedSpec, graph: GraphBuilder): Finding[] {
  const open = spec.splitting.order.filter((part) => !spec.splitting.sealed.includes(part));
  const parts = ['train', ...open.filter((part) => part !== 'train')];
  const { slices, outliers, pairs, weight, drift } = spec.analysis;
  const params: AnalysisParams = {
    parts,
    slices,
    outliers,
    weight,
    pairs,
    label: spec.task.label,
    apart: drift === 'none' ? null : columnsApart(spec),
  };
  graph.add({
    name: 'analysis',
    stage: 'analysis',
    component: { kind: 'builtin', stage: 'analysis' },
    inputs: Object.fromEntries(
      parts.map((part): [string, PlanInput] => [
        part,
        { type: 'Dataset', sources: [{ step: 'splitting', port: part }] },
      ]),
    ),
    outputs: { statistics: { type: 'Statistics' }, schema: { type: 'Schema' } },
    params: params as unknown as JsonObject,
  });
  return [];
}

/** What names rows, and what parts were divided by: in these no two parts are alike. */
function columnsApart({ task, splitting }: ResolvedSpec): string[] {
  const divided = splitting.by === 'stratified' ? null : splitting.column;
  const byTime = splitting.by === 'time' ? task.time : null;
  return [...new Set([...task.key, divided, byTime, task.group].filter((name) => name !== null))].sort();
}
