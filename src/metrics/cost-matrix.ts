import { PlatformError } from '../errors/index.ts';
import { type Expression, parseExpression } from '../spec/index.ts';

/** A declared cost: what a prediction costs where its condition over `predicted` and `actual` holds. */
export interface DeclaredCost {
  readonly when: string;
  readonly cost: number;
}

type Value = boolean | number | string | null;

/**
 * What each kind of prediction costs: `matrix[actual * classes + predicted]`, the sum of the declared costs whose
 * conditions hold. With two classes `predicted` and `actual` are true for the second, the positive one; else they are the
 * class itself. Null where no costs are declared.
 *
 * @throws PlatformError METRIC_BAD_COST for a condition that has no truth value
 */
export function costMatrix(
  costs: Readonly<Record<string, DeclaredCost>>,
  classes: readonly (string | number | boolean)[],
): Float64Array | null {
  const declared = Object.entries(costs).map(([name, one]) => ({
    name,
    cost: one.cost,
    condition: parse(name, one.when),
  }));
  if (declared.length === 0) return null;
  const meaning = (index: number): Value => (classes.length === 2 ? index === 1 : classes[index]!);
  const matrix = new Float64Array(classes.length ** 2);
  for (let actual = 0; actual < classes.length; actual++) {
    for (let predicted = 0; predicted < classes.length; predicted++) {
      const names = { actual: meaning(actual), predicted: meaning(predicted) };
      const applying = declared.filter(({ name, condition }) => holds(name, condition, names));
      matrix[actual * classes.length + predicted] = applying.reduce((sum, { cost }) => sum + cost, 0);
    }
  }
  return matrix;
}

function parse(name: string, text: string): Expression {
  const { expression, findings } = parseExpression(text);
  if (expression === null || findings.length > 0) throw bad(name, findings[0]?.message ?? 'it cannot be read');
  return expression;
}

function holds(name: string, condition: Expression, names: Readonly<Record<string, Value>>): boolean {
  const value = evaluate(name, condition, names);
  if (typeof value === 'boolean') return value;
  throw bad(name, `expected true or false, found ${JSON.stringify(value)}`);
}

function evaluate(name: string, expression: Expression, names: Readonly<Record<string, Value>>): Value {
  switch (expression.kind) {
    case 'number':
    case 'string':
    case 'boolean':
      return expression.value;
    case 'null':
      return null;
    case 'name': {
      const value = names[expression.path.join('.')];
      if (value === undefined) throw bad(name, `expected predicted or actual, found ${expression.path.join('.')}`);
      return value;
    }
    case 'unary':
      return expression.op === 'not'
        ? !holds(name, expression.operand, names)
        : -Number(evaluate(name, expression.operand, names));
    case 'binary':
      return evaluateBinary(name, expression, names);
    default:
      throw bad(name, `${expression.kind} is not understood here`);
  }
}

function evaluateBinary(
  name: string,
  expression: Extract<Expression, { kind: 'binary' }>,
  names: Readonly<Record<string, Value>>,
): boolean {
  const { op, right } = expression;
  if (op === 'and') return holds(name, expression.left, names) && holds(name, right, names);
  if (op === 'or') return holds(name, expression.left, names) || holds(name, right, names);
  const left = evaluate(name, expression.left, names);
  if (op === 'in' && right.kind === 'list') return right.items.some((item) => evaluate(name, item, names) === left);
  const other = evaluate(name, right, names);
  if (op === '==') return left === other;
  if (op === '!=') return left !== other;
  if (typeof left !== 'number' || typeof other !== 'number') throw bad(name, `${op} compares numbers`);
  if (op === '<') return left < other;
  if (op === '<=') return left <= other;
  if (op === '>') return left > other;
  if (op === '>=') return left >= other;
  throw bad(name, `${op} is not understood here`);
}

function bad(name: string, what: string): PlatformError {
  return new PlatformError('METRIC_BAD_COST', { message: `the condition of cost ${name} cannot be decided: ${what}` });
}
