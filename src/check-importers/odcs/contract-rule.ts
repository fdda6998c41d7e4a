/**
 * A check in words of the Open Data Contract Standard: a rule of its library, a key or an option of a property. What has such words comes back
 * from `mlspec data import` as the same check, or as two that together are the same; everything else is written as a rule of ours.
 */
import type { DeclaredCheck } from '../../data-quality/index.ts';
import { type Expression, parseExpression } from '../../spec/index.ts';
import type { Constant } from '../expressions.ts';
import { NotTaken } from '../not-taken.ts';
import { ecmaPattern } from '../python-pattern.ts';
import { sentenceOf } from '../statements.ts';
import { qualityOperators } from './quality.ts';

/** Words of the standard for a check. */
export type StandardWords =
  /** A rule, at a property, or at the table where the column is null. */
  | { readonly kind: 'rules'; readonly column: string | null; readonly rules: readonly object[] }
  /** An option of the type of a property. */
  | { readonly kind: 'option'; readonly column: string; readonly key: OptionKey; readonly value: number }
  | { readonly kind: 'key'; readonly columns: readonly string[] };

/** Options that a check can become. */
export type OptionKey = 'minLength' | 'maxLength' | 'exclusiveMinimum' | 'exclusiveMaximum';

/** What the standard says of a check; null where it has no words for it. */
export function standardWords(check: DeclaredCheck): StandardWords | null {
  const { that, where, of, why, severity, tolerance } = check;
  if (that === null || where !== null || of !== 'present' || sentenceOf(why) !== why) return null;
  const expression = parseExpression(that).expression;
  if (expression === null) return null;
  const said = { ...(severity === 'warn' ? { severity: 'warning' } : {}), ...(why === '' ? {} : { description: why }) };
  const plain = tolerance === 0 && Object.keys(said).length === 0;
  const rowWords = ruleOfRows(expression, tolerance);
  if (rowWords !== null) return { kind: 'rules', column: rowWords.column, rules: [{ ...rowWords.rule, ...said }] };
  if (tolerance !== 0) return null;
  const table = rulesOfTable(expression);
  if (table !== null) return { ...table, rules: table.rules.map((rule) => ({ ...rule, ...said })) };
  return plain ? (keyOf(expression) ?? optionOf(expression)) : null;
}

interface RowRule {
  readonly column: string | null;
  readonly rule: object;
}

function ruleOfRows(expression: Expression, tolerance: DeclaredCheck['tolerance']): RowRule | null {
  const names = callOf(expression, 'unique');
  if (names !== null) {
    const [column, ...more] = names;
    if (tolerance !== 0 || column === undefined) return null;
    const rule = { metric: 'duplicateValues', mustBe: 0 };
    return more.length === 0
      ? { column, rule }
      : { column: null, rule: { metric: rule.metric, arguments: { properties: names }, mustBe: 0 } };
  }
  const present = nameIn(isNotNull(expression));
  if (present !== null) {
    const bound = boundOf(tolerance, 'share or rows');
    return bound === null ? null : { column: present, rule: { metric: 'nullValues', ...bound } };
  }
  const valid = validOf(expression);
  const bound = valid === null ? null : boundOf(tolerance, 'rows');
  return valid === null || bound === null
    ? null
    : { column: valid.column, rule: { metric: 'invalidValues', arguments: valid.arguments, ...bound } };
}

function boundOf(tolerance: DeclaredCheck['tolerance'], what: 'share or rows' | 'rows'): object | null {
  if (tolerance === 0) return { mustBe: 0 };
  if (typeof tolerance === 'object') return { mustBeLessOrEqualTo: tolerance.rows };
  const percent = Number((100 * tolerance).toPrecision(15));
  return what === 'rows' || percent / 100 !== tolerance ? null : { unit: 'percent', mustBeLessOrEqualTo: percent };
}

/** `x in [a, b]` or `x matches 'p'`, of a pattern that is the same in the standard. */
function validOf(expression: Expression): { readonly column: string; readonly arguments: object } | null {
  if (expression.kind !== 'binary') return null;
  const column = nameIn(expression.left);
  const { op, right } = expression;
  if (column === null) return null;
  if (op === 'in') {
    const values = right.kind === 'list' ? right.items.map(constantIn) : [];
    const isOneType = new Set(values.map((value) => typeof value)).size === 1;
    const isWhole = values.length > 0 && !values.includes(null) && isOneType && new Set(values).size === values.length;
    return isWhole ? { column, arguments: { validValues: values } } : null;
  }
  const isSame = op === 'matches' && right.kind === 'string' && isSamePattern(right.value);
  return isSame ? { column, arguments: { pattern: right.value } } : null;
}

function isSamePattern(pattern: string): boolean {
  try {
    new RegExp(pattern);
    const { pattern: written, differences } = ecmaPattern(pattern);
    return written === pattern && differences.length === 0;
  } catch (thrown) {
    if (thrown instanceof NotTaken || thrown instanceof SyntaxError) return false;
    throw thrown;
  }
}

/** The words of an operator, the first of several. */
function wordOf(op: string): string | null {
  return Object.entries(qualityOperators).find(([, its]) => its === op)?.[0] ?? null;
}

function rulesOfTable(expression: Expression): Extract<StandardWords, { kind: 'rules' }> | null {
  if (expression.kind !== 'binary') return null;
  const counted = countedBy(expression.left);
  if (counted === null) return null;
  const { column, rule } = counted;
  const bounds = boundsOf(expression);
  // What must not be there is said of rows, and would come back so.
  if (
    bounds === null ||
    (column !== undefined && bounds.some((one) => /^mustBe(?:Less.*)?$/.test(Object.keys(one)[0]!)))
  )
    return null;
  return { kind: 'rules', column: column ?? null, rules: bounds.map((bound) => ({ ...rule, ...bound })) };
}

function boundsOf({ op, right }: Extract<Expression, { kind: 'binary' }>): Readonly<Record<string, number>>[] | null {
  if (op === 'between') {
    const [low, high] = right.kind === 'list' ? right.items.map(constantIn) : [];
    return typeof low === 'number' && typeof high === 'number'
      ? [{ mustBeGreaterOrEqualTo: low }, { mustBeLessOrEqualTo: high }]
      : null;
  }
  const [word, value] = [wordOf(op), constantIn(right)];
  return word === null || typeof value !== 'number' ? null : [{ [word]: value }];
}

/** What a metric counts; without a column the rows. */
function countedBy(expression: Expression): { readonly column?: string; readonly rule: object } | null {
  if (callOf(expression, 'row_count')?.length === 0) return { rule: { metric: 'rowCount' } };
  const [missing, ...others] = callOf(expression, 'missing_count') ?? [];
  return missing !== undefined && others.length === 0 ? { column: missing, rule: { metric: 'nullValues' } } : null;
}

function keyOf(expression: Expression): StandardWords | null {
  const columns = callOf(expression, 'primary_key');
  return columns === null || columns.length === 0 ? null : { kind: 'key', columns };
}

function optionOf(expression: Expression): StandardWords | null {
  if (expression.kind !== 'binary') return null;
  const value = constantIn(expression.right);
  if (typeof value !== 'number') return null;
  const { op, left } = expression;
  const [measured, ...others] = callOf(left, 'length') ?? [];
  if (measured !== undefined && others.length === 0) {
    const key = op === '>=' ? 'minLength' : op === '<=' ? 'maxLength' : null;
    return key !== null && Number.isSafeInteger(value) && value >= 0
      ? { kind: 'option', column: measured, key, value }
      : null;
  }
  const column = nameIn(left);
  const key = op === '>' ? 'exclusiveMinimum' : op === '<' ? 'exclusiveMaximum' : null;
  return column === null || key === null ? null : { kind: 'option', column, key, value };
}

/** The columns that a function is called with; null where it is another one, or of something else. */
function callOf(expression: Expression, name: string): string[] | null {
  if (expression.kind !== 'call' || expression.name !== name || Object.keys(expression.named).length > 0) return null;
  const names = expression.args.map(nameIn);
  return names.every((one) => one !== null) ? names : null;
}

function nameIn(expression: Expression | null): string | null {
  return expression?.kind === 'name' ? expression.path.join('.') : null;
}

function isNotNull(expression: Expression): Expression | null {
  if (expression.kind !== 'unary' || expression.op !== 'not') return null;
  const { operand } = expression;
  return operand.kind === 'binary' && operand.op === 'is_null' ? operand.left : null;
}

function constantIn(expression: Expression): Constant | null {
  if (expression.kind === 'number') return expression.unit === undefined ? expression.value : null;
  if (expression.kind === 'string' || expression.kind === 'boolean') return expression.value;
  const isNegative = expression.kind === 'unary' && expression.op === '-' && expression.operand.kind === 'number';
  return isNegative && expression.operand.unit === undefined ? -expression.operand.value : null;
}
