import { type JsonObject, nearestName } from '../../encoding/index.ts';
import type { GraphBuilder, PlanInput, PlanOutput } from '../../pipeline/index.ts';
import { type Finding, parseExpression, type ResolvedSpec, walkExpression } from '../../spec/index.ts';
import { transformFunctions } from '../../transform/index.ts';

/** What a transformation depends on; the parameters of its step. */
export interface TransformationParams {
  readonly label: string | null;
  readonly key: readonly string[];
  readonly time: string | null;
  readonly group: string | null;
  readonly include: readonly string[] | null;
  readonly exclude: readonly string[];
  /** The column that names the parts, where one does. */
  readonly partColumn?: string;
  readonly features: Readonly<Record<string, string>>;
  readonly outliers: ResolvedSpec['transformation']['outliers'];
  readonly passthrough: boolean;
  /** Open parts, the training part first. */
  readonly parts: readonly string[];
}

/** One step that fits the transformation on the training part and applies it to every open part. */
export function planTransformation(spec: ResolvedSpec, graph: GraphBuilder): Finding[] {
  const { task, transformation, features, splitting } = spec;
  const open = Object.keys(splitting.parts).filter((part) => !splitting.sealed.includes(part));
  const parts = ['train', ...open.filter((part) => part !== 'train')];
  const params: TransformationParams = {
    label: task.label,
    key: task.key,
    time: task.time,
    group: task.group,
    include: features.include,
    exclude: features.exclude,
    ...(splitting.by === 'predefined' ? { partColumn: splitting.column! } : {}),
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
  return [...unreadable(spec), ...unknownFunctions(spec)];
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

/** Types of arguments need the dataset and are checked when the step runs; which functions there are is known before. */
function unknownFunctions(spec: ResolvedSpec): Finding[] {
  const known = transformFunctions.map((entry) => entry.name);
  return Object.entries(spec.transformation.features).flatMap(([feature, text]) => {
    const { expression } = parseExpression(text);
    const parts = expression === null ? [] : [...walkExpression(expression)];
    return parts.flatMap((part): Finding[] => {
      if (part.kind !== 'call' || known.includes(part.name)) return [];
      const nearest = nearestName(part.name, known);
      return [
        {
          rule: 'expression/unknown-function',
          severity: 'error',
          path: ['transformation', feature],
          message: `${feature}: no transform function is named ${part.name}`,
          found: part.name,
          suggestion: nearest === null ? 'see the reference of transform functions' : `did you mean ${nearest}?`,
        },
      ];
    });
  });
}
