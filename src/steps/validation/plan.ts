import type { JsonObject } from '../../encoding/index.ts';
import type { GraphBuilder, PlanInput, PlanOutput } from '../../pipeline/index.ts';
import { testResultPredicateType } from '../../provenance/index.ts';
import type { Finding, ResolvedSpec } from '../../spec/index.ts';
import { type LeakageParams, planLeakage } from './plan-leakage.ts';

/** What validation depends on; the parameters of its step. */
export interface ValidationParams {
  /** Open parts. */
  readonly parts: readonly string[];
  readonly schema: string | null;
  readonly checks: ResolvedSpec['validation']['checks'];
  /** The moment that `now()` stands for; null: the beginning of the step. */
  readonly as_of: string | null;
  readonly on_failure: 'stop' | 'warn' | 'quarantine';
  /** Columns by which an example of a failing row is known. */
  readonly key: readonly string[];
  /** Null where no leakage is looked for. */
  readonly leakage: LeakageParams | null;
}

/**
 * One step that holds the open parts to the schema and the checks. With `on_failure: quarantine` it has each part's clean
 * rows as an output of the part's name, and the others as the output `quarantine`.
 */
export function planValidation(spec: ResolvedSpec, graph: GraphBuilder): Finding[] {
  const parts = spec.splitting.order.filter((part) => !spec.splitting.sealed.includes(part));
  const { schema, checks, as_of, on_failure } = spec.validation;
  const { key } = spec.task;
  const leakage = planLeakage(spec);
  const params: ValidationParams = { parts, schema, checks, as_of, on_failure, key, leakage };
  const dataset = (names: readonly string[]): Record<string, PlanOutput> =>
    Object.fromEntries(names.map((name) => [name, { type: 'Dataset' }]));
  graph.add({
    name: 'validation',
    stage: 'validation',
    component: { kind: 'builtin', stage: 'validation' },
    inputs: {
      ...Object.fromEntries(
        parts.map((part): [string, PlanInput] => [
          part,
          { type: 'Dataset', sources: [{ step: 'splitting', port: part }] },
        ]),
      ),
      statistics: { type: 'Statistics', sources: [{ step: 'analysis', port: 'statistics' }] },
    },
    outputs: { report: { type: 'Report' }, ...(on_failure === 'quarantine' ? dataset([...parts, 'quarantine']) : {}) },
    params: params as unknown as JsonObject,
    attests: [testResultPredicateType],
  });
  return [];
}
