import type { BinaryExpression, Expression, Span, UnaryExpression } from './ast.ts';
import type { ExpressionFinding, ExpressionRule } from './finding.ts';
import type { Construct, TypePattern } from './table.ts';
import {
  combineUnits,
  describeType,
  describeUnit,
  type ExpressionType,
  noUnit,
  plainType,
  type Shape,
  sameUnit,
  timeUnit,
} from './types.ts';

/** What operators ask of the checker that walks the expression. */
export interface Checker {
  /** Adds a finding; the part counts as `any`. */
  report(
    rule: ExpressionRule,
    span: Span,
    details: Omit<ExpressionFinding, 'rule' | 'severity' | 'span'>,
  ): ExpressionType;
  /** Whether the section allows a construct; a finding where not. */
  allows(construct: Construct, at: { readonly span: Span; readonly text: string }): boolean;
  typeOf(expression: Expression): ExpressionType;
  /** Reports where a type does not fit a pattern; answers whether it fits. */
  expect(
    type: ExpressionType,
    pattern: TypePattern,
    at: { readonly expression: Expression; readonly what: string },
  ): boolean;
}

/** The type of an operator's result; what does not fit is reported to the checker. */
export function checkOperator(checker: Checker, expression: UnaryExpression | BinaryExpression): ExpressionType {
  if (expression.kind === 'unary') return unary(checker, expression);
  const { op } = expression;
  if (op === 'and' || op === 'or') return logic(checker, expression);
  if (op === '+' || op === '-' || op === '*' || op === '/') return arithmetic(checker, expression);
  const left = checker.typeOf(expression.left);
  switch (op) {
    case 'is_null':
      checker.allows('null', { span: expression.span, text: '`is null`' });
      return plainType('boolean', left.shape);
    case 'matches':
      return matches(checker, expression, left);
    case 'in':
    case 'between':
      return membership(checker, expression, left);
    default:
      return comparison(checker, expression, left);
  }
}

function unary(checker: Checker, { op, operand, span }: UnaryExpression): ExpressionType {
  const type = checker.typeOf(operand);
  if (op === '-') {
    checker.expect(type, { kinds: ['number'], text: 'a number' }, { expression: operand, what: 'behind the sign' });
    return type;
  }
  const isMembership = operand.kind === 'binary' && ['in', 'between', 'matches', 'is_null'].includes(operand.op);
  if (!isMembership) checker.allows('logic', { span, text: '`not`' });
  checker.expect(type, { kinds: ['boolean'], text: 'a truth value' }, { expression: operand, what: 'behind `not`' });
  return plainType('boolean', type.shape);
}

function logic(checker: Checker, { op, left, right, span }: BinaryExpression): ExpressionType {
  if (!checker.allows('logic', { span, text: `\`${op}\`` })) return plainType('any');
  const shapes = [left, right].map((operand): Shape => {
    const type = checker.typeOf(operand);
    checker.expect(
      type,
      { kinds: ['boolean'], text: 'a truth value' },
      { expression: operand, what: `beside \`${op}\`` },
    );
    return type.shape;
  });
  return plainType('boolean', shapes.includes('column') ? 'column' : 'scalar');
}

function arithmetic(checker: Checker, { op, left, right, span }: BinaryExpression): ExpressionType {
  if (!checker.allows('arithmetic', { span, text: 'arithmetic' })) return plainType('any');
  const [a, b] = [checker.typeOf(left), checker.typeOf(right)];
  const shape = a.shape === 'column' || b.shape === 'column' ? 'column' : 'scalar';
  const temporal = instants(op, { a, b, shape });
  if (temporal !== null) return temporal;
  const number = { kinds: ['number'], text: 'a number' } as const;
  const leftFits = checker.expect(a, number, { expression: left, what: `left of ${op}` });
  const rightFits = checker.expect(b, number, { expression: right, what: `right of ${op}` });
  if (!leftFits || !rightFits || a.kind !== 'number' || b.kind !== 'number') return plainType('any', shape);
  if (op === '*' || op === '/') {
    const unit = combineUnits(a.unit, b.unit, op === '*' ? 1 : -1);
    return { kind: 'number', unit, integer: op === '*' && a.integer && b.integer, shape };
  }
  if (!sameUnit(a.unit, b.unit)) return unitMismatch(checker, { a, b, expression: right, op });
  return { kind: 'number', unit: a.unit, integer: a.integer && b.integer, shape };
}

/** Two instants subtract to a time; an instant and a time add to an instant. */
function instants(
  op: string,
  { a, b, shape }: { a: ExpressionType; b: ExpressionType; shape: Shape },
): ExpressionType | null {
  const isInstant = (type: ExpressionType): boolean => type.kind === 'date' || type.kind === 'timestamp';
  const isTime = (type: ExpressionType): boolean => type.kind === 'number' && sameUnit(type.unit, timeUnit);
  if (op === '-' && isInstant(a) && isInstant(b)) return { kind: 'number', unit: timeUnit, integer: false, shape };
  if ((op === '+' || op === '-') && isInstant(a) && isTime(b)) return plainType('timestamp', shape);
  return null;
}

function unitMismatch(
  checker: Checker,
  { a, b, expression, op }: { a: ExpressionType; b: ExpressionType; expression: Expression; op: string },
): ExpressionType {
  const [left, right] = [a, b].map((type) => (type.kind === 'number' ? describeUnit(type.unit) : describeType(type)));
  const wanted = a.kind === 'number' && sameUnit(b.kind === 'number' ? b.unit : noUnit, noUnit) ? a.unit : null;
  return checker.report('expression/unit-mismatch', expression.span, {
    message: `expected equal units on both sides of ${op}, found ${left} and ${right}`,
    expected: left!,
    found: right!,
    ...(wanted !== null && expression.kind === 'number'
      ? { suggestion: `${expression.value} ${describeUnit(wanted)}` }
      : {}),
  });
}

function comparison(checker: Checker, expression: BinaryExpression, left: ExpressionType): ExpressionType {
  const { op, right, span } = expression;
  const isEquality = op === '==' || op === '!=';
  if (!checker.allows(isEquality ? 'equality' : 'order', { span, text: `\`${op}\`` })) return plainType('any');
  const other = checker.typeOf(right);
  comparable(checker, { a: left, b: other, expression: right, op });
  return plainType('boolean', left.shape === 'column' || other.shape === 'column' ? 'column' : 'scalar');
}

function comparable(
  checker: Checker,
  { a, b, expression, op }: { a: ExpressionType; b: ExpressionType; expression: Expression; op: string },
): void {
  if (a.kind === 'any' || b.kind === 'any') return;
  const isInstant = (type: ExpressionType): boolean => type.kind === 'date' || type.kind === 'timestamp';
  const texts = (isInstant(a) && b.kind === 'string') || (a.kind === 'string' && isInstant(b));
  if (texts) {
    const text = expression.kind === 'string' ? expression.value : null;
    if (text !== null && Number.isNaN(Date.parse(text))) {
      checker.report('expression/bad-argument', expression.span, {
        message: `expected a date or timestamp in ISO 8601, found '${text}'`,
        suggestion: "'2026-01-31'",
      });
    }
    return;
  }
  const ordered = op !== '==' && op !== '!=' && op !== 'in';
  const same = a.kind === b.kind || (isInstant(a) && isInstant(b));
  const hasOrder = !ordered || ['number', 'string', 'date', 'timestamp'].includes(a.kind);
  if (!same || !hasOrder || ['groups', 'model', 'space', 'rule', 'vector', 'list'].includes(a.kind)) {
    const hint = a.kind === 'groups' ? 'gap(… by …), min(… by …), max(… by …) or mean(… by …)' : null;
    checker.report('expression/type-mismatch', expression.span, {
      message: `expected two values that ${op} can compare, found ${describeType(a)} and ${describeType(b)}`,
      expected: describeType(a),
      found: describeType(b),
      ...(hint === null ? {} : { suggestion: hint }),
    });
  } else if (a.kind === 'number' && b.kind === 'number' && !sameUnit(a.unit, b.unit)) {
    unitMismatch(checker, { a, b, expression, op });
  }
}

function membership(checker: Checker, { op, right, span }: BinaryExpression, left: ExpressionType): ExpressionType {
  if (checker.allows('membership', { span, text: `\`${op}\`` })) {
    if (right.kind !== 'list') {
      const type = checker.typeOf(right);
      checker.expect(type, { kinds: ['list'], text: 'a list' }, { expression: right, what: 'behind `in`' });
    } else {
      for (const item of right.items) comparable(checker, { a: left, b: checker.typeOf(item), expression: item, op });
    }
  }
  return plainType('boolean', left.shape);
}

/** Patterns must mean the same everywhere: what only some engines know (looking around, going back) is refused. */
function matches(checker: Checker, { left, right, span }: BinaryExpression, type: ExpressionType): ExpressionType {
  if (!checker.allows('pattern', { span, text: '`matches`' })) return plainType('any');
  checker.expect(type, { kinds: ['string'], text: 'a text' }, { expression: left, what: 'left of `matches`' });
  if (right.kind !== 'string') {
    checker.report('expression/type-mismatch', right.span, {
      message: 'expected a pattern in quotes behind `matches`',
      suggestion: "'^[A-Z]+$'",
    });
  } else {
    const problem = patternProblem(right.value);
    if (problem !== null)
      checker.report('expression/bad-pattern', right.span, {
        message: `expected a regular expression, found one that ${problem}`,
      });
  }
  return plainType('boolean', type.shape);
}

function patternProblem(pattern: string): string | null {
  if (/\(\?<?[=!]/.test(pattern)) return 'looks ahead or behind, which is not possible here';
  if (/\\[1-9]|\\k</.test(pattern)) return 'refers back to a group, which is not possible here';
  try {
    new RegExp(pattern.replace(/^\(\?[ims]+\)/, ''), 'u');
    return null;
  } catch {
    return 'cannot be read';
  }
}
