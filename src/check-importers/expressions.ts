/** Checks are put together as trees and printed once, so that names and texts of others are quoted in one place. */
import { type BinaryOperator, type Expression, formatExpression, parseExpression } from '../spec/index.ts';
import { NotTaken } from './not-taken.ts';

const span = { start: 0, end: 0 };

/** A value that a check can name. */
export type Constant = string | number | boolean;

/** A column, whatever its name. */
export function column(name: string): Expression {
  if (name === '') throw new NotTaken('a column without a name cannot be named in a check');
  return { kind: 'name', path: [name], span };
}

/** A number, a text or a truth value. @throws NotTaken of a number that is not finite, and of half a surrogate pair */
export function constant(value: Constant): Expression {
  if (typeof value === 'boolean') return { kind: 'boolean', value, span };
  if (typeof value === 'string') {
    if (!value.isWellFormed()) throw new NotTaken('a text holds half of a surrogate pair');
    return { kind: 'string', value, span };
  }
  if (!Number.isFinite(value)) throw new NotTaken(`${value} is no number that a check can name`);
  const sized: Expression = { kind: 'number', value: Math.abs(value), span };
  return value < 0 ? { kind: 'unary', op: '-', operand: sized, span } : sized;
}

/** `name(a, b)`. */
export function call(name: string, ...args: readonly Expression[]): Expression {
  return { kind: 'call', name, args, named: {}, span };
}

/** `left op right`. */
export function binary(left: Expression, op: BinaryOperator, right: Expression): Expression {
  return { kind: 'binary', op, left, right, span };
}

/** `not condition`. */
export function not(operand: Expression): Expression {
  return { kind: 'unary', op: 'not', operand, span };
}

/** `x is null`. */
export function isMissing(x: Expression): Expression {
  return binary(x, 'is_null', { kind: 'null', span });
}

/** `x is not null`. */
export function isPresent(x: Expression): Expression {
  return not(isMissing(x));
}

/** `a and b and …`. */
export function allOf(conditions: readonly Expression[]): Expression {
  return conditions.reduce((left, right) => binary(left, 'and', right));
}

/** `a or b or …`. */
export function anyOf(conditions: readonly Expression[]): Expression {
  return conditions.reduce((left, right) => binary(left, 'or', right));
}

/** `x in [a, b]`. @throws NotTaken of no values, and of values of several types */
export function among(x: Expression, values: readonly Constant[]): Expression {
  if (values.length === 0) throw new NotTaken('a set without values cannot be asked for');
  const types = new Set(values.map((value) => typeof value));
  if (types.size > 1) throw new NotTaken(`a set of ${[...types].join(' and ')} has no one type`);
  return binary(x, 'in', { kind: 'list', items: [...new Set(values)].map(constant), span });
}

/** `x matches 'pattern'`. */
export function matching(x: Expression, pattern: string): Expression {
  return binary(x, 'matches', constant(pattern));
}

/** Bounds of a value; null where there is none. */
export interface Bounds {
  readonly min: Constant | null;
  readonly max: Constant | null;
  readonly strictMin?: boolean;
  readonly strictMax?: boolean;
}

/** `x between a and b`, or the comparisons that say the same. @throws NotTaken without bounds, or of bounds the wrong way round */
export function within(x: Expression, { min, max, strictMin = false, strictMax = false }: Bounds): Expression {
  if (min === null && max === null) throw new NotTaken('it has neither a lower nor an upper bound');
  if (min !== null && max !== null) {
    if (typeof min !== typeof max) throw new NotTaken('its bounds are of different types');
    if (min > max) throw new NotTaken('its lower bound is above its upper one');
    if (min === max && !strictMin && !strictMax) return binary(x, '==', constant(min));
    if (!strictMin && !strictMax)
      return binary(x, 'between', { kind: 'list', items: [constant(min), constant(max)], span });
  }
  const conditions = [
    ...(min === null ? [] : [binary(x, strictMin ? '>' : '>=', constant(min))]),
    ...(max === null ? [] : [binary(x, strictMax ? '<' : '<=', constant(max))]),
  ];
  return allOf(conditions);
}

/** The text of an expression. @throws NotTaken where it is longer or nests deeper than an expression may */
export function textOf(expression: Expression): string {
  const text = formatExpression(expression);
  const [finding] = parseExpression(text).findings;
  if (finding !== undefined) throw new NotTaken(`it makes no check that can be read: ${finding.message}`);
  return text;
}
