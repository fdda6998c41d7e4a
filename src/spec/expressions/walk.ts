import type { Expression } from './ast.ts';

/** The expressions directly inside one, in the order of the text. */
export function childrenOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case 'call':
      return [...expression.args, ...Object.values(expression.named)];
    case 'list':
      return expression.items;
    case 'unary':
      return [expression.operand];
    case 'binary':
      return [expression.left, expression.right];
    case 'grouped':
      return expression.where === undefined ? [expression.value] : [expression.value, expression.where];
    case 'tolerance':
      return [expression.of, expression.plusMinus];
    default:
      return [];
  }
}

/** An expression and everything inside it, outermost first. */
export function* walkExpression(expression: Expression): Generator<Expression> {
  yield expression;
  for (const child of childrenOf(expression)) yield* walkExpression(child);
}

/** The names used in an expression, each once, dotted, in order of first use; names of functions are not among them. */
export function namesIn(expression: Expression): string[] {
  const names = new Set<string>();
  for (const part of walkExpression(expression)) if (part.kind === 'name') names.add(part.path.join('.'));
  return [...names];
}

/** Whether two expressions say the same, wherever they stand in their texts. */
export function sameExpression(a: Expression, b: Expression): boolean {
  return JSON.stringify(withoutSpans(a)) === JSON.stringify(withoutSpans(b));
}

/** An expression as plain data without positions; members of calls in alphabetical order. */
export function withoutSpans(expression: Expression): unknown {
  const plain: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(expression)) {
    if (name !== 'span') plain[name] = plainPart(value);
  }
  return plain;
}

function plainPart(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plainPart);
  if (typeof value !== 'object' || value === null) return value;
  if ('kind' in value && 'span' in value) return withoutSpans(value as Expression);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, member]) => [name, plainPart(member)]));
}

/** Whether an expression is a finished statement (a comparison, or comparisons joined), behind which none may follow. */
export function isStatement(expression: Expression): boolean {
  if (expression.kind === 'unary') return expression.op === 'not';
  return expression.kind === 'binary' && !['+', '-', '*', '/'].includes(expression.op);
}
