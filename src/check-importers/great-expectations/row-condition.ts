/** Conditions that say which rows an expectation is about, in each of the forms that suites write. */

import type { Part } from '../../originals/index.ts';
import { type Expression, parseExpression } from '../../spec/index.ts';
import {
  allOf,
  among,
  anyOf,
  binary,
  type Constant,
  column,
  constant,
  isMissing,
  isPresent,
  not,
} from '../expressions.ts';
import { Fields } from '../fields.ts';
import { NotTaken } from '../not-taken.ts';
import { type Expectation, valuesOf } from './expectation.ts';

const maximumDepth = 20;
const comparisons = ['==', '!=', '<', '<=', '>', '>='] as const;
type Comparison = (typeof comparisons)[number];

/** The condition of an expectation, null where it is about all rows. @throws NotTaken */
export function rowConditionOf(expectation: Expectation): Expression | null {
  const { kwargs } = expectation;
  const written = kwargs.get('row_condition');
  const parser = kwargs.text('condition_parser');
  if (written === null) return null;
  if (written.kind === 'map') return ofTree(expectation, written, 0);
  const text = kwargs.needText('row_condition');
  if (text.trim() === '') return null;
  if (parser === 'pandas') return ofQuery(text);
  if (parser === 'great_expectations' || parser === 'great_expectations__experimental__' || parser === null)
    return ofColumnCall(expectation, text);
  throw new NotTaken(`the row_condition is written for ${JSON.stringify(parser)}`);
}

function ofTree(expectation: Expectation, part: Part, depth: number): Expression {
  if (depth > maximumDepth) throw new NotTaken('the row_condition nests too deep', part);
  const fields = new Fields(part, 'a condition');
  const type = fields.needText('type');
  if (type === 'and' || type === 'or') {
    const conditions = (fields.list('conditions') ?? []).map((one) => ofTree(expectation, one, depth + 1));
    if (conditions.length === 0) throw new NotTaken('the row_condition has no conditions', part);
    return type === 'and' ? allOf(conditions) : anyOf(conditions);
  }
  if (type === 'pass_through') return ofQuery(fields.needText('pass_through_filter'));
  const named = fields.fields('column');
  if (named === null) throw new NotTaken('the row_condition names no column', part);
  const x = valuesOf(expectation, named.needText('name'));
  if (type === 'nullity') return (fields.flag('is_null') ?? true) ? isMissing(x) : isPresent(x);
  if (type !== 'comparison') throw new NotTaken(`the row_condition is of the type ${JSON.stringify(type)}`, part);
  return ofComparison(expectation, x, fields);
}

function ofComparison({ nan }: Expectation, x: Expression, fields: Fields): Expression {
  const op = fields.needText('operator');
  const many = op === 'IN' || op === 'NOT_IN';
  if (!many && !isComparison(op)) throw new NotTaken(`the row_condition has the operator ${JSON.stringify(op)}`);
  const condition = many
    ? among(x, fields.constants('parameter') ?? [])
    : binary(x, op as Comparison, constant(needConstant(fields)));
  if (op === 'NOT_IN') return nan === 'value' ? not(condition) : anyOf([not(condition), isMissing(x)]);
  // To pandas a missing value is another one than every value.
  return op === '!=' && nan === 'missing' ? anyOf([condition, isMissing(x)]) : condition;
}

function needConstant(fields: Fields): Constant {
  const value = fields.constant('parameter');
  if (value === null) throw new NotTaken('the row_condition compares with nothing');
  return value;
}

function isComparison(op: string): op is Comparison {
  return (comparisons as readonly string[]).includes(op);
}

/** `col("x") >= 5`, `col("x").notnull()`. */
function ofColumnCall(expectation: Expectation, text: string): Expression {
  const found =
    /^\s*col\("([^"]+)"\)\s*(?:(\.notnull\(\))|(==|!=|<=|>=|<|>)\s*(?:([-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?)|"([^"]*)"|'([^']*)'))\s*$/i.exec(
      text,
    );
  if (found === null) throw new NotTaken(`the row_condition ${JSON.stringify(text.slice(0, 100))} is not read`);
  const [, name = '', notNull, op, number, double, single] = found;
  if (notNull !== undefined) return isPresent(valuesOf(expectation, name));
  const value = number === undefined ? (double ?? single ?? '') : Number(number);
  return binary(column(name), op as Comparison, constant(value));
}

/**
 * A query of pandas where it is one of comparisons with `and` and `or`: of those it says what a condition says, of missing values and NaN
 * too. With `!=` and `not` it does not.
 */
function ofQuery(text: string): Expression {
  const { expression, findings } = parseExpression(text);
  const shown = JSON.stringify(text.slice(0, 100));
  if (expression === null || findings.length > 0)
    throw new NotTaken(`the query ${shown} is no condition that can be read here: ${findings[0]?.message ?? ''}`);
  if (!isPlain(expression)) throw new NotTaken(`the query ${shown} says more than comparisons with and and or`);
  return expression;
}

function isPlain(expression: Expression): boolean {
  if (expression.kind !== 'binary') return false;
  const { op, left, right } = expression;
  if (op === 'and' || op === 'or') return isPlain(left) && isPlain(right);
  return isComparison(op) && op !== '!=' && isOperand(left) && isOperand(right);
}

function isOperand(expression: Expression): boolean {
  if (expression.kind === 'name') return !/^(?:True|False|None|index|@.*)$/.test(expression.path.join('.'));
  if (expression.kind === 'unary') return expression.op === '-' && expression.operand.kind === 'number';
  return expression.kind === 'number' ? expression.unit === undefined : expression.kind === 'string';
}
