import type { ResolvedSpec } from './document.ts';
import {
  checkExpression,
  costConditions,
  costScope,
  type Expression,
  type ExpressionFinding,
  objectiveScope,
  objectives,
  parseExpression,
  searchSpaces,
  stepConditions,
} from './expressions/index.ts';
import type { Severity } from './finding.ts';
import type { Found } from './rules/rule.ts';
import { allSteps } from './rules/step-paths.ts';

/** Which table of functions and constructs an expression is read with. */
export type ExpressionUse = 'objective' | 'cost' | 'check' | 'transform' | 'search' | 'condition';

/** An expression of a declaration. */
export interface ExpressionSite {
  readonly path: readonly (string | number)[];
  readonly text: string;
  readonly use: ExpressionUse;
}

/** What is wrong in an expression beyond its grammar: unknown names and functions, types, units. */
export type ExpressionCheck = (site: ExpressionSite, expression: Expression) => readonly ExpressionFinding[];

/** Every expression of a declaration with its place. */
export function expressionSites(spec: ResolvedSpec): ExpressionSite[] {
  const { objectives, validation } = spec;
  return [
    ...Object.entries(objectives.costs).map(
      ([name, { when }]): ExpressionSite => ({ path: ['objectives', 'costs', name, 'when'], text: when, use: 'cost' }),
    ),
    ...Object.entries(objectives.require).map(
      ([name, { that }]): ExpressionSite => ({
        path: ['objectives', 'require', name, 'that'],
        text: that,
        use: 'objective',
      }),
    ),
    ...validation.checks.flatMap(({ that, where }, index): ExpressionSite[] => [
      ...(that === null ? [] : [{ path: ['validation', 'checks', index, 'that'], text: that, use: 'check' } as const]),
      ...(where === null
        ? []
        : [{ path: ['validation', 'checks', index, 'where'], text: where, use: 'check' } as const]),
    ]),
    ...transformSites(spec.transformation, []),
    ...searchSites(spec.training, []),
    ...Object.entries(spec.models).flatMap(([name, model]) => [
      ...(model.transformation === undefined ? [] : transformSites(model.transformation, ['models', name])),
      ...searchSites(model.training, ['models', name]),
    ]),
    ...[...allSteps(spec.steps)].flatMap(({ path, step }): ExpressionSite[] =>
      step.when === null ? [] : [{ path: [...path, 'when'], text: step.when, use: 'condition' }],
    ),
  ];
}

function transformSites(transformation: ResolvedSpec['transformation'], above: readonly string[]): ExpressionSite[] {
  return Object.entries(transformation.features).map(([name, text]) => ({
    path: [...above, 'transformation', name],
    text,
    use: 'transform',
  }));
}

function searchSites(training: ResolvedSpec['training'], above: readonly string[]): ExpressionSite[] {
  return Object.entries(training?.tuning?.search ?? {}).flatMap(([name, dimension]): ExpressionSite[] =>
    typeof dimension === 'string'
      ? [{ path: [...above, 'training', 'tuning', 'search', name], text: dimension, use: 'search' }]
      : [],
  );
}

/** A finding of an expression, with the rule of the expression language. */
export interface FoundInExpression extends Found {
  readonly rule: string;
  readonly severity: Severity;
}

/**
 * The type check of expressions by their tables. Checks and transforms are typed where the columns of the data are known.
 */
export function typeCheck(spec: ResolvedSpec): ExpressionCheck {
  const slices = [...spec.analysis.slices, ...spec.evaluation.slices].map((slice) => slice.name);
  const objective = objectiveScope({
    baselines: Object.keys(spec.objectives.baselines),
    metrics: Object.keys(spec.objectives.metrics),
    groups: slices,
  });
  return ({ use }, expression) => {
    switch (use) {
      case 'objective':
        return checkExpression(expression, objectives, objective).findings;
      case 'cost':
        return checkExpression(expression, costConditions, costScope(spec.task.kind)).findings;
      case 'search':
        return checkExpression(expression, searchSpaces, { names: new Map() }).findings;
      case 'condition':
        return checkExpression(expression, stepConditions, { names: new Map(), open: true }).findings;
      default:
        return [];
    }
  };
}

/** What is wrong in the expressions of a declaration: their grammar, and what `check` finds in those that have a tree. */
export function checkExpressions(spec: ResolvedSpec, check: ExpressionCheck = typeCheck(spec)): FoundInExpression[] {
  return expressionSites(spec).flatMap((site) => {
    const { expression, findings } = parseExpression(site.text);
    const all = expression === null || findings.length > 0 ? findings : check(site, expression);
    return all.map(({ span, ...finding }) => ({
      suggestion: 'write an expression as the reference shows them',
      ...finding,
      path: site.path,
      within: { text: site.text, span },
    }));
  });
}
