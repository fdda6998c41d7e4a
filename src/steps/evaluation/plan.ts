import type { JsonObject } from '../../encoding/index.ts';
import type { DeclaredCost, TrivialKind } from '../../metrics/index.ts';
import { type GraphBuilder, modelEnvironment } from '../../pipeline/index.ts';
import { notFailed, testResultPredicateType } from '../../provenance/index.ts';
import type { Finding, ResolvedSpec, SliceSpec, TaskSpec } from '../../spec/index.ts';
import { draftRegistered, type RegisteredParams } from '../registered-models.ts';
import { unknownMetric } from '../unknown-metric.ts';
import { type DeclaredObjective, misplacedQuantities, needsOf, timedModels } from './objectives.ts';

/** What evaluation depends on; the parameters of its step. */
export interface EvaluationParams {
  readonly task: TaskSpec;
  readonly costs: Readonly<Record<string, DeclaredCost>>;
  /** Baselines that are registered models, by name. */
  readonly registered?: Readonly<Record<string, RegisteredParams>>;
  /** Measures one metric alone, as the value `objective`: for scoring a trial. */
  readonly only?: string;
  /** Measures the metrics alone, and what a constant answer would come to: of a model that was fitted again. */
  readonly isRefit?: true;
  /** Measures the rows that this fold holds out, without intervals. */
  readonly fold?: number;
  readonly on?: string;
  readonly slices?: readonly SliceSpec[];
  /** Slices that only objectives ask for. */
  readonly objectiveSlices?: readonly SliceSpec[];
  /** Metrics beside those that are always there, by name. */
  readonly metrics?: readonly string[];
  readonly explain?: readonly string[];
  /** Absent where training rows are not predicted. */
  readonly overfitting?: {
    readonly severity: 'warn' | 'fail';
    readonly metric: string | null;
    readonly mostGap: number;
  };
  /** Objectives to measure, with the gate that they belong to. */
  readonly objectives?: Readonly<Record<string, DeclaredObjective>>;
  /** Trivial baselines by name. */
  readonly baselines?: Readonly<Record<string, TrivialKind>>;
}

/** One step that measures the model on an open part, overall and by slice, beside the baselines. */
export function planEvaluation(spec: ResolvedSpec, graph: GraphBuilder): Finding[] {
  const { on, slices, explain } = spec.evaluation;
  const findings = [...checkMetricNames(spec), ...checkModelQuantities(spec)];
  if (findings.length > 0 || !graph.has('training') || spec.training === null) return findings;
  const baselines = Object.entries(spec.objectives.baselines).flatMap(([name, baseline]) =>
    'trivial' in baseline ? [[name, baseline.trivial] as const] : [],
  );
  const objectives = Object.fromEntries(
    Object.entries(spec.objectives.require).map(([name, { that, gate }]) => [
      name,
      { that, gate: Array.isArray(gate) ? gate.join(', ') : (gate ?? 'every') },
    ]),
  );
  const asked = needsOf(objectives).slices;
  const registered = draftRegistered(spec, graph, new Set(Object.keys(spec.objectives.baselines)));
  const params: EvaluationParams = {
    task: spec.task,
    costs: spec.objectives.costs,
    on,
    slices,
    explain,
    ...overfittingOf(spec),
    baselines: Object.fromEntries(baselines),
    registered: registered.params,
    objectives,
    metrics: spec.evaluation.metrics,
    objectiveSlices: spec.analysis.slices.filter(
      ({ name }) => asked.includes(name) && !slices.some((slice) => slice.name === name),
    ),
  };
  graph.add({
    name: 'evaluation',
    stage: 'evaluation',
    component: { kind: 'builtin', stage: 'evaluation' },
    inputs: {
      model: { type: 'Model', sources: [{ step: 'training', port: 'model' }] },
      part: { type: 'Dataset', sources: [{ step: 'transformation', port: on }] },
      raw: { type: 'Dataset', sources: [{ step: 'splitting', port: on }] },
      train: { type: 'Dataset', sources: [{ step: 'transformation', port: 'train' }] },
      transform: { type: 'Transform', sources: [{ step: 'transformation', port: 'transform' }] },
      ...registered.inputs,
    },
    outputs: { metrics: { type: 'Metrics' }, predictions: { type: 'Predictions' }, verdict: { type: 'Verdict' } },
    params: params as unknown as JsonObject,
    attests: [testResultPredicateType],
    // Objectives that stop a release fail no run: they are why nothing is packaged.
    results: Object.values(objectives).some(({ gate }) => gate === 'measured') ? [...notFailed, 'FAILED'] : notFailed,
    environment: modelEnvironment(spec.training),
    environments: registered.environments,
    deterministic: timedModels(objectives).size === 0,
  });
  return [];
}

function overfittingOf({ evaluation }: ResolvedSpec): Pick<EvaluationParams, 'overfitting'> {
  const { severity, metric, most_gap: mostGap } = evaluation.overfitting;
  return severity === 'none' ? {} : { overfitting: { severity, metric, mostGap } };
}

/** Latency and size are of a model that is carried out, and not of some rows. */
function checkModelQuantities(spec: ResolvedSpec): Finding[] {
  const trivial = Object.entries(spec.objectives.baselines).flatMap(([name, one]) => ('trivial' in one ? [name] : []));
  return Object.entries(spec.objectives.require).flatMap(([objective, { that }]) =>
    misplacedQuantities(that, new Set(trivial)).map(
      ({ name, why }): Finding => ({
        rule: 'objectives/not-measurable',
        severity: 'error',
        path: ['objectives', 'require', objective],
        message: `${name} cannot be measured: ${why}`,
        found: that,
        suggestion: 'name it of new or of a registered baseline, for all rows: new.latency.p99 <= 20 ms',
      }),
    ),
  );
}

/** `evaluation.metrics` names metrics that there are, of this kind of task. */
function checkMetricNames({ evaluation, task }: ResolvedSpec): Finding[] {
  const { metric } = evaluation.overfitting;
  return [
    ...evaluation.metrics.flatMap((name, index) => unknownMetric(name, task, ['evaluation', 'metrics', index]) ?? []),
    ...(metric === null ? [] : [unknownMetric(metric, task, ['evaluation', 'overfitting', 'metric']) ?? []].flat()),
  ];
}
