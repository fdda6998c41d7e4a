import type { JsonValue } from '../../encoding/index.ts';
import type { Expression } from './ast.ts';

/**
 * The value of an expression that names nothing and calls nothing, or undefined: literals, lists of them, and
 * arithmetic on numbers (in base units). Division by zero and overflow are no value.
 * @example constantValue(parseExpression('[1, 2 * 3]').expression!) // [1, 6]
 */
export function constantValue(expression: Expression): JsonValue | undefined {
  switch (expression.kind) {
    case 'number':
    case 'string':
    case 'boolean':
      return expression.value;
    case 'null':
      return null;
    case 'list': {
      const items = expression.items.map(constantValue);
      return items.includes(undefined) ? undefined : (items as JsonValue[]);
    }
    case 'unary': {
      const operand = constantValue(expression.operand);
      if (expression.op === '-') return typeof operand === 'number' ? -operand : undefined;
      return typeof operand === 'boolean' ? !operand : undefined;
    }
    case 'binary':
      return arithmetic(expression.op, constantValue(expression.left), constantValue(expression.right));
    default:
      return undefined;
  }
}

function arithmetic(op: string, left: JsonValue | undefined, right: JsonValue | undefined): number | undefined {
  if (typeof left !== 'number' || typeof right !== 'number') return undefined;
  const value =
    op === '+'
      ? left + right
      : op === '-'
        ? left - right
        : op === '*'
          ? left * right
          : op === '/'
            ? left / right
            : Number.NaN;
  return Number.isFinite(value) ? value : undefined;
}
