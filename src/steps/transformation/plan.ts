import type { JsonObject } from '../../encoding/index.ts';
import type { GraphBuilder, PlanInput, PlanOutput } from '../../pipeline/index.ts';
import { type Finding, parseExpression, type ResolvedSpec } from '../../spec/index.ts';

/** What a transformation depends on; the parameters of its step. */
export interface TransformationParams {
  readonly label: string | null;
  readonly key: readonly string[];
  readonly time: string | null;
  readonly group: string | null;
  readonly include: readonly string[] | null;
  readonly exclude: readonly string[];
  readonly features: Readonly<Record<string, string>>;
  readonly outliers: ResolvedSpec['transformation']['outliers'];
  readonly passthrough: boolean;
  /** Open parts, the training part first. */
  readonly parts: readonly string[];
}

/** One step that fits the transformation on the training part and applies it to every open part. */
export function planTransformation(spec: ResolvedSpec, graph: GraphBuilder): Finding[] {
  const { task, transformation, features } = spec;
  const open = Object.keys(spec.splitting.parts).filter((part) => !spec.splitting.sealed.includes(part));
  const parts = ['train', ...open.filter((part) => part !== 'train')];
  const params: TransformationParams = {
    label: task.label,
    key: task.key,
    time: task.time,
    group: task.group,
    include: features.include,
    exclude: features.exclude,
    features: transformation.features,
    outliers: transformation.outliers,
    passthrough: transformation.passthrough,
    parts,
  };
  graph.add({
    name: 'transformation',
    stage: 'transformation',
    component: { kind: 'builtin', stage: 'transformation' },
    inputs: Object.fromEntries(
      parts.map((part): [string, PlanInput] => [
        part,
        {
          type: 'Dataset',
          sources: [{ step: graph.outputs('validation')?.[part] ? 'validation' : 'splitting', port: part }],
        },
      ]),
    ),
    outputs: {
      ...Object.fromEntries(parts.map((part): [string, PlanOutput] => [part, { type: 'Dataset' }])),
      transform: { type: 'Transform' },
    },
    params: params as unknown as JsonObject,
    // Nothing is learnt from data that validation has refused.
    needs: graph.has('validation') ? ['validation'] : [],
  });
  return unreadable(spec);
}

function unreadable(spec: ResolvedSpec): Finding[] {
  return Object.entries(spec.transformation.features).flatMap(([feature, text]) =>
    parseExpression(text).findings.map(
      (finding): Finding => ({
        rule: finding.rule,
        severity: 'error',
        path: ['transformation', feature],
        message: `${feature}: ${finding.message}`,
        ...(finding.suggestion === undefined ? {} : { suggestion: finding.suggestion }),
      }),
    ),
  );
}
