import { type BinaryOperator, type Expression, keywords, type NumberExpression } from './ast.ts';

const strengths: Readonly<Record<BinaryOperator, number>> = {
  or: 1,
  and: 2,
  '<': 4,
  '<=': 4,
  '>': 4,
  '>=': 4,
  '==': 4,
  '!=': 4,
  in: 4,
  between: 4,
  matches: 4,
  is_null: 4,
  '+': 6,
  '-': 6,
  '*': 7,
  '/': 7,
};
const plainName = /^\$?[\p{L}_][\p{L}\p{M}\p{N}_]*$/u;
/** Units in which a value may be printed, largest first; a unit is used where it divides the value exactly. */
const printedUnits = {
  ms: [
    ['w', 604_800_000],
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['min', 60_000],
    ['s', 1000],
    ['ms', 1],
  ],
  B: [
    ['TiB', 1024 ** 4],
    ['GiB', 1024 ** 3],
    ['MiB', 1024 ** 2],
    ['KiB', 1024],
    ['B', 1],
  ],
} as const;

/**
 * The one text of an expression: single spaces, single quotes, only the parentheses that are needed, named arguments in
 * alphabetical order, quantities in the largest unit that holds them as a whole number. Reading it gives the same tree.
 * @example formatExpression(parseExpression('x>10%').expression!) // 'x > 0.1'
 */
export function formatExpression(expression: Expression): string {
  return print(expression, 0);
}

/** Prints with parentheses where the expression binds no more strongly than `minimum`. */
function print(expression: Expression, minimum: number): string {
  switch (expression.kind) {
    case 'number':
      return printNumber(expression);
    case 'string':
      return `'${expression.value.replaceAll("'", "''")}'`;
    case 'boolean':
      return String(expression.value);
    case 'null':
      return 'null';
    case 'name':
      return printPath(expression.path);
    case 'list':
      return `[${expression.items.map((item) => print(item, 0)).join(', ')}]`;
    case 'call':
      return printCall(expression);
    case 'unary':
      return printUnary(expression, minimum);
    case 'tolerance':
      return wrap(`${print(expression.of, 4.5)} +/- ${print(expression.plusMinus, 5)}`, minimum >= 5);
    case 'grouped':
      return printGrouped(expression, minimum);
    case 'binary':
      return printBinary(expression, { minimum, negated: false });
  }
}

function wrap(text: string, needed: boolean): string {
  return needed ? `(${text})` : text;
}

function printNumber({ value, unit }: NumberExpression): string {
  if (unit === undefined) return String(value);
  for (const [name, factor] of printedUnits[unit]) {
    const count = value / factor;
    if (value !== 0 && Number.isInteger(count) && Number.isSafeInteger(count) && count * factor === value) {
      return `${count} ${name}`;
    }
  }
  return `${value} ${unit}`;
}

function printPath(path: readonly string[]): string {
  return path.map((part, index) => printName(part, index > 0)).join('.');
}

function printName(name: string, afterDot = false): string {
  if (plainName.test(name) && (afterDot || !keywords.has(name))) return name;
  return `\`${name.replaceAll('`', '``')}\``;
}

function printCall(call: Extract<Expression, { kind: 'call' }>): string {
  const named = Object.keys(call.named).sort();
  const args = [
    ...call.args.map((argument) => print(argument, 0)),
    ...named.map((name) => `${name}=${print(call.named[name]!, 0)}`),
  ];
  return `${call.name}(${args.join(', ')})`;
}

function printUnary(expression: Extract<Expression, { kind: 'unary' }>, minimum: number): string {
  const { op, operand } = expression;
  if (op === '-') return wrap(`-${print(operand, operand.kind === 'unary' ? 8.5 : 8)}`, minimum >= 8.5);
  if (operand.kind === 'binary' && ['in', 'between', 'matches', 'is_null'].includes(operand.op)) {
    return printBinary(operand, { minimum, negated: true });
  }
  return wrap(`not ${print(operand, 2.5)}`, minimum >= 3);
}

function printGrouped(expression: Extract<Expression, { kind: 'grouped' }>, minimum: number): string {
  const { value, by, where } = expression;
  const plain = value.kind === 'name' || value.kind === 'call';
  const names = by.map((name) => printName(name));
  const groups = by.length === 0 ? '' : ` by ${by.length === 1 ? names[0] : `[${names.join(', ')}]`}`;
  const condition = where === undefined ? '' : ` where ${print(where, 0)}`;
  return wrap(`${plain ? print(value, 0) : `(${print(value, 0)})`}${groups}${condition}`, minimum > 0);
}

function printBinary(
  expression: Extract<Expression, { kind: 'binary' }>,
  { minimum, negated }: { minimum: number; negated: boolean },
): string {
  const { op, left, right } = expression;
  const own = strengths[op];
  const not = negated ? 'not ' : '';
  let text: string;
  if (op === 'is_null') text = `${print(left, 4)} is ${not}null`;
  else if (op === 'between' && right.kind === 'list' && right.items.length === 2) {
    text = `${print(left, 4)} ${not}between ${print(right.items[0]!, 5)} and ${print(right.items[1]!, 5)}`;
  } else {
    const chains = own === 1 || own === 2 || own === 6 || own === 7;
    text = `${print(left, chains ? own - 0.5 : own)} ${not}${op} ${print(right, own)}`;
  }
  return wrap(text, minimum >= own);
}
