/** Conditions of DQDL over a value. `between` leaves the bounds themselves out. */
import type { BinaryOperator, Expression } from '../../spec/index.ts';
import { allOf, among, anyOf, binary, call, constant, isMissing, isPresent, not } from '../expressions.ts';
import { NotTaken } from '../not-taken.ts';
import { ecmaPattern } from '../python-pattern.ts';
import type { Statement } from '../statements.ts';
import type { Operand, Rule, RuleCondition } from './ruleset.ts';

const span = { start: 0, end: 0 };
const signs: Readonly<Record<string, BinaryOperator>> = {
  '=': '==',
  '!=': '!=',
  '>': '>',
  '>=': '>=',
  '<': '<',
  '<=': '<=',
};

/** The condition of a rule that must have one. @throws NotTaken */
export function needCondition({ condition }: Rule): RuleCondition {
  if (condition === null) throw new NotTaken('it has no condition');
  return condition;
}

/** A condition over a number. @throws NotTaken of a threshold that is none, or that is found from earlier runs */
export function numberCondition(measured: Expression, { op, operands }: RuleCondition): Expression {
  const numbers = operands.map(numberOf);
  return compared(measured, op, numbers);
}

/** A condition over a length of time in milliseconds. @throws NotTaken */
export function durationCondition(measured: Expression, { op, operands }: RuleCondition): Expression {
  const lengths = operands.map((operand) => {
    if (operand.kind === 'duration') return milliseconds(operand.ms);
    throw new NotTaken(operand.kind === 'unknown' ? operand.why : 'its threshold is no stretch of time');
  });
  return compared(measured, op, lengths);
}

function compared(measured: Expression, op: RuleCondition['op'], operands: readonly Expression[]): Expression {
  const [first, second] = operands;
  if (op === 'in' || op === 'not in') {
    if (first === undefined) throw new NotTaken('its set is empty');
    const equal = binary(measured, 'in', { kind: 'list', items: operands, span });
    return op === 'in' ? equal : not(equal);
  }
  if (op === 'matches' || op === 'not matches') throw new NotTaken('a number matches no pattern');
  if (op !== 'between' && op !== 'not between') return binary(measured, signs[op]!, first!);
  const [above, below]: readonly [BinaryOperator, BinaryOperator] = op === 'between' ? ['>', '<'] : ['<=', '>='];
  const sides = [binary(measured, above, first!), binary(measured, below, second!)];
  return op === 'between' ? allOf(sides) : anyOf(sides);
}

function numberOf(operand: Operand): Expression {
  if (operand.kind === 'number') return constant(operand.value);
  if (operand.kind === 'unknown') throw new NotTaken(`${operand.why}; write the value under that, with history`);
  throw new NotTaken('its threshold is no number');
}

function milliseconds(ms: number): Expression {
  if (!Number.isFinite(ms)) throw new NotTaken('its stretch of time is too long');
  const length: Expression = { kind: 'number', value: Math.abs(ms), unit: 'ms', span };
  return ms < 0 ? { kind: 'unary', op: '-', operand: length, span } : length;
}

/** What a condition over the values of a column becomes. */
export interface ValueCondition {
  readonly that: Expression;
  /** Whether a row without a value passes. */
  readonly missing: 'passes' | 'fails';
}

/** A condition over the values of a column, row by row. @throws NotTaken */
export function valueCondition(x: Expression, condition: RuleCondition, statement: Statement): ValueCondition {
  const { op, operands } = condition;
  const unknown = operands.find((operand) => operand.kind === 'unknown');
  if (unknown !== undefined) throw new NotTaken(unknown.why);
  if (op === 'matches' || op === 'not matches') return patternCondition(x, condition, statement);
  const isNegative = op === '!=' || op === 'not in';
  if (op === '=' || op === 'in' || isNegative) {
    if (operands.length === 0) throw new NotTaken('its set is empty');
    return isNegative ? noneOf(x, operands, statement) : oneOf(x, operands, statement);
  }
  if (operands.some(({ kind }) => kind === 'moment' || kind === 'text'))
    return { that: ordered(x, condition, statement), missing: 'fails' };
  return { that: numberCondition(x, condition), missing: 'fails' };
}

function patternCondition(x: Expression, { op, operands }: RuleCondition, statement: Statement): ValueCondition {
  const [operand] = operands;
  if (operand?.kind !== 'text') throw new NotTaken('its pattern is no text');
  const { pattern, differences } = ecmaPattern(operand.value);
  statement.differs(...differences);
  const whole = binary(x, 'matches', constant(`\\A(?:${pattern})\\z`));
  if (op === 'matches') return { that: whole, missing: 'fails' };
  statement.differs(
    'some versions look for the pattern as a word at the beginning, where here the whole value must not match',
  );
  return { that: not(whole), missing: 'fails' };
}

/** Texts and numbers of a set together, and its keywords each. */
function partsOf(x: Expression, operands: readonly Operand[], statement: Statement) {
  const keywords = new Set(operands.flatMap((operand) => (operand.kind === 'keyword' ? [operand.word] : [])));
  const values = operands.flatMap((operand) =>
    operand.kind === 'number' || operand.kind === 'text' ? [operand.value] : [],
  );
  const moments = operands.flatMap((operand) =>
    operand.kind === 'moment' ? [beside(x, '==', { operand, statement })] : [],
  );
  if (operands.some(({ kind }) => kind === 'duration')) throw new NotTaken('a value is no stretch of time');
  if (values.some((value) => typeof value === 'string' && isTimeOfDay(value)))
    throw new NotTaken('a time of day is no value of a table here');
  if (values.some((value) => typeof value === 'string' && isDay(value))) statement.differs(wholeDays);
  if (keywords.has('WHITESPACES_ONLY'))
    statement.differs('all white space counts here, and spaces alone in some versions');
  return {
    isNull: keywords.has('NULL'),
    words: [
      ...(keywords.has('EMPTY') ? [binary(x, '==', constant(''))] : []),
      ...(keywords.has('WHITESPACES_ONLY') ? [allOf([call('is_blank', x), binary(x, '!=', constant(''))])] : []),
      ...(values.length === 0 ? [] : [single(x, values)]),
      ...moments,
    ],
  };
}

function single(x: Expression, values: readonly (string | number)[]): Expression {
  return values.length === 1 ? binary(x, '==', constant(values[0]!)) : among(x, values);
}

function oneOf(x: Expression, operands: readonly Operand[], statement: Statement): ValueCondition {
  const { isNull, words } = partsOf(x, operands, statement);
  return { that: anyOf([...(isNull ? [isMissing(x)] : []), ...words]), missing: isNull ? 'passes' : 'fails' };
}

/** `x != a` of `x == a`. */
function unlike(condition: Expression): Expression {
  return condition.kind === 'binary' && condition.op === '==' ? { ...condition, op: '!=' } : not(condition);
}

/** A row without a value passes, unless NULL is named. */
function noneOf(x: Expression, operands: readonly Operand[], statement: Statement): ValueCondition {
  const { isNull, words } = partsOf(x, operands, statement);
  const conditions = [...(isNull ? [isPresent(x)] : []), ...words.map(unlike)];
  return { that: allOf(conditions), missing: isNull ? 'fails' : 'passes' };
}

const wholeDays =
  'a day is its beginning in UTC here; where the column has times of day, whole days are compared there';

function isDay(text: string): boolean {
  return /^\d{4}-\d\d-\d\d$/.test(text);
}

function isTimeOfDay(text: string): boolean {
  return /^\d{1,2}:\d\d(?: [AP]M)?$/.test(text);
}

/** A comparison with a day, or with the moment of the check. */
function ordered(x: Expression, { op, operands }: RuleCondition, statement: Statement): Expression {
  const [first, second] = operands.map(
    (operand) => (sign: BinaryOperator) => comparedWithTime(x, sign, { operand, statement }),
  );
  if (op === 'between') return allOf([first!('>'), second!('<')]);
  return op === 'not between' ? anyOf([first!('<='), second!('>=')]) : first!(signs[op]!);
}

interface TimeBound {
  readonly operand: Operand;
  readonly statement: Statement;
}

function comparedWithTime(x: Expression, sign: BinaryOperator, { operand, statement }: TimeBound): Expression {
  if (operand.kind === 'moment') return beside(x, sign, { operand, statement });
  if (operand.kind !== 'text') throw new NotTaken('its bounds are of different types');
  if (isTimeOfDay(operand.value)) throw new NotTaken('a time of day is no value of a table here');
  if (!isDay(operand.value)) throw new NotTaken('its bound is neither a number nor a day');
  statement.differs(wholeDays);
  return binary(x, sign, constant(operand.value));
}

const mirrored: Readonly<Record<string, BinaryOperator>> = { '>': '<', '>=': '<=', '<': '>', '<=': '>=' };

/** A comparison with the moment of the check and so much later: the age of the value says the same. */
function beside(
  x: Expression,
  sign: BinaryOperator,
  { operand, statement }: { readonly operand: Extract<Operand, { kind: 'moment' }>; readonly statement: Statement },
): Expression {
  statement.differs('now() is the moment that the checks declare here, or their beginning');
  const age = operand.offsetMs === 0 ? constant(0) : milliseconds(-operand.offsetMs);
  return binary(call('age', x), mirrored[sign] ?? sign, age);
}
