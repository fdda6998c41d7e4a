export {
  type BinaryExpression,
  type BinaryOperator,
  type BooleanExpression,
  type CallExpression,
  type Expression,
  type GroupedExpression,
  keywords,
  type ListExpression,
  maximumDepth,
  maximumLength,
  type NameExpression,
  type NullExpression,
  type NumberExpression,
  type Span,
  type StringExpression,
  type ToleranceExpression,
  type UnaryExpression,
} from './ast.ts';
export { type BoundArguments, bindArguments } from './bind.ts';
export { type CheckedExpression, checkExpression } from './check.ts';
export { constantValue } from './constant.ts';
export {
  type ExpressionFinding,
  type ExpressionRule,
  expressionRules,
  type LocatedSpan,
  locateSpan,
} from './finding.ts';
export { formatExpression } from './format.ts';
export { type Token, tokenize } from './lexer.ts';
export { type MetricForm, metricForm, metricForms, metricNames } from './metric-names.ts';
export { type ParsedExpression, parseExpression } from './parser.ts';
export {
  type Construct,
  describeFunction,
  type ExpressionScope,
  type ExpressionTable,
  type FunctionEntry,
  findFunction,
  type ParameterEntry,
  type TypePattern,
} from './table.ts';
export { costConditions, costScope, rowConditions, stepConditions } from './tables/conditions.ts';
export { type ObjectiveNames, objectiveScope, objectives } from './tables/objectives.ts';
export { searchSpaces } from './tables/search.ts';
export { columnTypeOf, describeType, type ExpressionType, numberType, plainType, type Unit } from './types.ts';
export { childrenOf, namesIn, sameExpression, walkExpression, withoutSpans } from './walk.ts';
