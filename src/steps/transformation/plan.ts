import { type JsonObject, nearestName } from '../../encoding/index.ts';
import type { GraphBuilder, PlanInput, PlanOutput, PlanStepDraft } from '../../pipeline/index.ts';
import { splitPredicateType } from '../../provenance/index.ts';
import { type Finding, parseExpression, type ResolvedSpec, walkExpression } from '../../spec/index.ts';
import { transformFunctions } from '../../transform/index.ts';
import { foldName } from '../fold-rows.ts';

/** What a transformation depends on; the parameters of its step. */
export interface TransformationParams {
  readonly label: string | null;
  readonly key: readonly string[];
  readonly time: string | null;
  readonly group: string | null;
  readonly include: readonly string[] | null;
  readonly exclude: readonly string[];
  /** Columns that no feature may be made of; absent where there are none. */
  readonly forbidden?: readonly string[];
  /** The column that names the parts, where one does. */
  readonly partColumn?: string;
  readonly features: Readonly<Record<string, string>>;
  readonly outliers: ResolvedSpec['transformation']['outliers'];
  readonly passthrough: boolean;
  /** Open parts, the training part first; in a fold also `held_out`. */
  readonly parts: readonly string[];
  /** The fold whose rows it is fitted on; absent: all of the training part. */
  readonly fold?: TransformedFold;
}

/** What the query made of the columns that no feature may be made of. */
const ingested: PlanInput = { type: 'Report', sources: [{ step: 'ingestion', port: 'report' }] };

/** A fold inside which a transformation is fitted. */
export interface TransformedFold {
  /** From 1 on. */
  readonly number: number;
  /** The columns by which rows stay together; without any, rows that are equal. */
  readonly together: readonly string[];
}

/**
 * One step that fits the transformation on the training part and applies it to every open part; where a model is trained on folds, one a fold
 * besides, which is fitted on the rows that the fold trains on and nothing else.
 */
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
    ...(features.forbidden.length === 0 ? {} : { forbidden: features.forbidden }),
    ...(splitting.by === 'predefined' ? { partColumn: splitting.column! } : {}),
    features: transformation.features,
    outliers: transformation.outliers,
    passthrough: transformation.passthrough,
    parts,
  };
  const step = stepOf(params, graph);
  graph.add({ ...step, name: 'transformation' });
  const { folds } = splitting;
  if (folds !== null && spec.training !== null)
    for (let fold = 1; fold <= folds.count; fold++)
      graph.add({
        ...foldStep(step, params, { number: fold, together: togetherIn(spec) }),
        name: `transformation/${foldName(fold, folds.count)}`,
      });
  return [...unreadable(spec), ...unknownFunctions(spec)];
}

type StepOf = Omit<PlanStepDraft, 'name'> & Required<Pick<PlanStepDraft, 'inputs' | 'outputs'>>;

function stepOf(params: TransformationParams, graph: GraphBuilder): StepOf {
  const { parts } = params;
  return {
    stage: 'transformation',
    component: { kind: 'builtin', stage: 'transformation' },
    inputs: {
      ...Object.fromEntries(
        parts.map((part): [string, PlanInput] => [
          part,
          {
            type: 'Dataset',
            sources: [{ step: graph.outputs('validation')?.[part] ? 'validation' : 'splitting', port: part }],
          },
        ]),
      ),
      ...(params.forbidden === undefined ? {} : { ingested }),
    },
    outputs: {
      ...Object.fromEntries(parts.map((part): [string, PlanOutput] => [part, { type: 'Dataset' }])),
      transform: { type: 'Transform' },
    },
    params: params as unknown as JsonObject,
    // Nothing is learnt from data that validation has refused.
    needs: graph.has('validation') ? ['validation'] : [],
  };
}

/** The same inside a fold: what it holds out is one more part, and which rows those are is one more input. */
function foldStep(step: StepOf, params: TransformationParams, fold: TransformedFold): Omit<PlanStepDraft, 'name'> {
  const inFold: TransformationParams = { ...params, parts: [...params.parts, 'held_out'], fold };
  return {
    ...step,
    inputs: { ...step.inputs, folds: { type: 'Dataset', sources: [{ step: 'splitting/folds', port: 'folds' }] } },
    outputs: { ...step.outputs, held_out: { type: 'Dataset' } },
    params: inFold as unknown as JsonObject,
    attests: [splitPredicateType],
  };
}

/** The columns whose rows a fold keeps together. */
function togetherIn({ splitting: { folds }, task }: ResolvedSpec): readonly string[] {
  if (folds?.by === 'group') return [folds.column ?? task.group!];
  return folds?.by === 'hash' && folds.column !== null ? [folds.column] : task.key;
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
