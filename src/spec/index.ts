export { canonicalSpec, executionRelevant, specDigest } from './canonical-spec.ts';
export {
  checkExpressions,
  type ExpressionCheck,
  type ExpressionSite,
  type ExpressionUse,
  expressionSites,
} from './check-expressions.ts';
export { checkLabel } from './check-label.ts';
export { asksForMoment } from './check-moment.ts';
export { codeFrame } from './code-frame.ts';
export { type DeclaredOnly, declaredOnly } from './declared-only.ts';
export { defineSpec, paramValue, specText } from './define-spec.ts';
export {
  type ResolvedSpec,
  type SliceSpec,
  type SpecDocument,
  sectionNames,
  specSchema,
  type TaskSpec,
  type TrainingSpec,
} from './document.ts';
export {
  type BinaryExpression,
  type BinaryOperator,
  type BoundArguments,
  bindArguments,
  type CallExpression,
  type CheckedExpression,
  type Construct,
  checkExpression,
  childrenOf,
  columnTypeOf,
  constantValue,
  costConditions,
  costScope,
  describeFunction,
  describeType,
  type Expression,
  type ExpressionFinding,
  type ExpressionRule,
  type ExpressionScope,
  type ExpressionTable,
  type ExpressionType,
  expressionRules,
  type FunctionEntry,
  findFunction,
  formatExpression,
  type GroupedExpression,
  type LocatedSpan,
  locateSpan,
  type MetricForm,
  metricForm,
  metricForms,
  metricNames,
  type NameExpression,
  type NumberExpression,
  namesIn,
  numberType,
  type ObjectiveNames,
  objectiveScope,
  objectives,
  type ParameterEntry,
  type ParsedExpression,
  parseExpression,
  plainType,
  rowConditions,
  type Span,
  sameExpression,
  searchSpaces,
  stepConditions,
  type Token,
  type TypePattern,
  tokenize,
  walkExpression,
} from './expressions/index.ts';
export type { Finding, Position, Severity } from './finding.ts';
export { type FormatOptions, formatFindings, sortFindings } from './format-findings.ts';
export { type JsonSchema, keysAt, specJsonSchema, toJsonSchema } from './json-schema.ts';
export { type ParseOptions, type ParseWithFilesOptions, parseSpec } from './parse-spec.ts';
export type { ImportedPart, ParsedSpec } from './parsed-spec.ts';
export { locateFindings, type Resolved, type ResolveOptions, resolveSpec } from './resolve-spec.ts';
export { readingRules, ruleCatalogue } from './rule-catalogue.ts';
export { rules } from './rules/index.ts';
export type { Rule } from './rules/rule.ts';
export { toSarif } from './sarif.ts';
export { writtenCheck } from './sections/checks.ts';
export { type HistoryDemand, type HistoryStrategy, writtenHistory } from './sections/history.ts';
export { type EnvironmentSettings, type Implementation, takesEnvironment } from './sections/implementation.ts';
export { instant } from './sections/quantities.ts';
export { orderedParts } from './sections/splitting.ts';
export type { DeclaredPortType, DeclaredStep, WrittenStep } from './sections/steps.ts';
export { sqlFile } from './sql-file.ts';
export { readTyped, type Typed } from './typed-document.ts';
export { verifySpec } from './verify-spec.ts';
