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
  /** The column that pairs are told with; null where they are not asked for, or there is no single label. */
  readonly label: string | null;
}

/** One step that counts what the open parts hold, and writes down a first schema. */
export function planAnalysis(spec: ResolvedSpec, graph: GraphBuilder): Finding[] {
  const open = spec.splitting.order.filter((part) => !spec.splitting.sealed.includes(part));
  const parts = ['train', ...open.filter((part) => part !== 'train')];
  const { slices, outliers, pairs, weight } = spec.analysis;
  const params: AnalysisParams = {
    parts,
    slices,
    outliers,
    weight,
    pairs,
    label: pairs === 'none' ? null : spec.task.label,
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
