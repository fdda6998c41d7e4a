import type { JsonObject } from '../../encoding/index.ts';
import { type GraphBuilder, modelEnvironment, type PlanInput } from '../../pipeline/index.ts';
import type { Finding, ResolvedSpec, TaskSpec } from '../../spec/index.ts';

/** What a package depends on; the parameters of its step. */
export interface PackagingParams {
  readonly name: string;
  readonly task: TaskSpec;
  readonly formats: readonly ('mlmodel' | 'onnx')[];
  /** The largest absolute difference of scores that is allowed. */
  readonly tolerance: number;
  readonly requirements: readonly string[];
  readonly resources: JsonObject;
  /** The open part that the package is checked on. */
  readonly on: string;
}

/** One step of a release: the package, made after evaluation found no objective missed and no gate has refused it. */
export function planPackaging(spec: ResolvedSpec, graph: GraphBuilder): Finding[] {
  if (!graph.has('training') || spec.training === null) return [];
  const { packaging } = spec;
  const { on } = spec.evaluation;
  const params: PackagingParams = {
    name: packaging.name ?? spec.name,
    task: spec.task,
    formats: packaging.format,
    tolerance: packaging.tolerance,
    requirements: packaging.requirements,
    resources: packaging.resources as JsonObject,
    on,
  };
  const gates = spec.testing.gates.map((gate) => `testing/${gate}`).filter((step) => graph.has(step));
  const judged = ['evaluation', ...gates].filter((step) => graph.outputs(step)?.['verdict'] !== undefined);
  const from = (step: string, port: string, type: PlanInput['type']): PlanInput => ({
    type,
    sources: [{ step, port }],
  });
  graph.add({
    name: 'packaging',
    stage: 'packaging',
    component: { kind: 'builtin', stage: 'packaging' },
    inputs: {
      model: from('training', 'model', 'Model'),
      transform: from('transformation', 'transform', 'Transform'),
      raw: from('splitting', on, 'Dataset'),
      part: from('transformation', on, 'Dataset'),
      ...(judged.length === 0
        ? {}
        : {
            verdicts: { type: 'Verdict', many: true, sources: judged.map((step) => ({ step, port: 'verdict' })) },
          }),
    },
    outputs: { package: { type: 'Package' }, report: { type: 'Report' } },
    params: params as unknown as JsonObject,
    environment: modelEnvironment(spec.training),
    needs: [...gates, ...(graph.has('evaluation') ? ['evaluation'] : [])],
    verb: 'release',
  });
  return [];
}
