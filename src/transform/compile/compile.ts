import { type Expression, type Finding, formatExpression, parseExpression } from '../../spec/index.ts';
import type { TableSchema } from '../../tables/index.ts';
import type { OutlierRule, TransformFeature, TransformGraph } from '../graph.ts';
import { type ForbiddenColumns, GraphBuilder, type TypedNode } from './builder.ts';
import { compileExpression } from './expressions.ts';
import { compileOutlierRule } from './outlier-rules.ts';
import { accepts } from './types.ts';

/** What a transformation declares beside its features. */
export interface CompileOptions {
  /** Rules by input column: `tukey(3)`, `zscore(4)`, `robust_z(5)`, `quantiles(0.001, 0.999)`, `range(0, 500)`. */
  readonly outliers?: Readonly<Record<string, Expression | string>>;
  /** Columns that no feature may read, each with its reason. */
  readonly forbidden?: ForbiddenColumns;
}

/** The graph, without the features that have findings, and every finding. */
export interface CompiledTransform {
  readonly graph: TransformGraph;
  readonly findings: readonly Finding[];
}

/**
 * Compiles declared features over a table's columns into a typed graph with column lineage. Pure; never throws on a wrong
 * declaration. Common parts of features become one node.
 * @example compileTransform({ hour: 'bucketize(hour(date), [6, 12, 18])' }, schema).graph.features[0]?.sources // ['date']
 */
export function compileTransform(
  features: Readonly<Record<string, Expression | string>>,
  schema: TableSchema,
  options: CompileOptions = {},
): CompiledTransform {
  const builder = new GraphBuilder(schema, options.forbidden ?? {});
  const compiled: TransformFeature[] = [];
  for (const [feature, declared] of Object.entries(features)) {
    const expression = readExpression(builder, ['transformation', feature], declared);
    const typed = expression === null ? null : compileExpression(builder, expression);
    if (expression === null || typed === null || refuseDate(builder, expression, typed) === null) continue;
    const text = typeof declared === 'string' ? declared : formatExpression(expression);
    compiled.push({ feature, expression: text, node: typed.node, sources: builder.sourcesOf(typed.node) });
  }
  const outliers: OutlierRule[] = [];
  for (const [column, declared] of Object.entries(options.outliers ?? {})) {
    const expression = readExpression(builder, ['transformation', 'outliers', column], declared);
    const rule = expression === null ? null : compileOutlierRule(builder, column, expression);
    if (rule === null) continue;
    outliers.push(rule);
    builder.input(column);
  }
  const graph = {
    inputs: builder.inputs(),
    prepared: builder.prepared,
    nodes: builder.nodes,
    features: compiled,
    outliers,
  };
  return { graph, findings: builder.findings };
}

function readExpression(
  builder: GraphBuilder,
  path: readonly (string | number)[],
  declared: Expression | string,
): Expression | null {
  if (typeof declared !== 'string') {
    builder.enter(path, formatExpression(declared));
    return declared;
  }
  builder.enter(path, declared);
  const parsed = parseExpression(declared);
  for (const finding of parsed.findings) {
    const { rule, span, message, expected, found, suggestion } = finding;
    builder.report(rule, span, message, {
      ...(expected === undefined ? {} : { expected }),
      ...(found === undefined ? {} : { found }),
      ...(suggestion === undefined ? {} : { suggestion }),
    });
  }
  return parsed.expression;
}

/** Feature columns are numbers or text: a bare date says nothing that a model can use. */
function refuseDate(builder: GraphBuilder, expression: Expression, typed: TypedNode): TypedNode | null {
  if (!accepts('time', typed.type)) return typed;
  return builder.report('expression/type-mismatch', expression.span, `a feature cannot be a ${typed.type}`, {
    expected: 'a number, text or condition',
    suggestion: 'take its parts (hour, weekday, month …), or cast(…, float64)',
  });
}
