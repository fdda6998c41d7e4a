import {
  constructs,
  type ExpressionScope,
  type ExpressionTable,
  type FunctionEntry,
  parameter,
  patterns,
  type ResultEntry,
  results,
  type TypePattern,
} from '../table.ts';
import { type ExpressionType, plainType } from '../types.ts';

function of(name: string, takes: TypePattern, { gives, doc }: { gives: ResultEntry; doc: string }): FunctionEntry {
  return { name, positional: [parameter('x', takes, 'the value')], result: gives, doc, example: `${name}(x)` };
}

/** Functions of one value of a row. `weekday` is 0 on Mondays. */
export const rowFunctions: readonly FunctionEntry[] = [
  of('abs', patterns.number, { gives: { like: 'x', shape: 'follow' }, doc: 'Without its sign.' }),
  of('floor', patterns.number, { gives: results.numbers, doc: 'The next whole number below.' }),
  of('ceil', patterns.number, { gives: results.numbers, doc: 'The next whole number above.' }),
  of('length', patterns.text, { gives: results.integers, doc: 'Characters of a text.' }),
  of('lower', patterns.text, { gives: results.texts, doc: 'In small letters.' }),
  of('upper', patterns.text, { gives: results.texts, doc: 'In capitals.' }),
  of('trim', patterns.text, { gives: results.texts, doc: 'Without spaces at both ends.' }),
  of('is_nan', patterns.number, { gives: results.booleans, doc: 'Whether it is not a number.' }),
  of('is_finite', patterns.number, { gives: results.booleans, doc: 'Whether it is neither infinite nor NaN.' }),
  ...['year', 'month', 'day', 'hour', 'minute', 'weekday'].map((name) =>
    of(name, patterns.instants, { gives: results.integers, doc: `The ${name} of a date or timestamp, in UTC.` }),
  ),
];

const everything = constructs('arithmetic', 'order', 'equality', 'logic', 'membership', 'pattern', 'null', 'list');

/** Conditions over the columns of one row: what stands behind `where`. */
export const rowConditions: ExpressionTable = {
  name: 'a condition on rows',
  doc: 'A condition over the columns of one row.',
  functions: rowFunctions,
  constructs: everything,
  result: { kinds: ['boolean'], text: 'a condition' },
};

/** Conditions of declared costs: over what was predicted and what was true. */
export const costConditions: ExpressionTable = {
  name: 'the condition of a cost',
  doc: 'A condition over `predicted` and `actual`.',
  functions: [],
  constructs: constructs('order', 'equality', 'logic', 'membership', 'list'),
  result: { kinds: ['boolean'], text: 'a condition' },
};

/** The names in conditions of costs: truth values in a binary task (true: the positive class), else classes. */
export function costScope(taskKind: string): ExpressionScope {
  const type: ExpressionType = plainType(taskKind === 'binary' ? 'boolean' : 'any');
  return {
    names: new Map([
      ['predicted', type],
      ['actual', type],
    ]),
  };
}

/** Conditions of steps: over values that earlier steps published. Which names exist is known when the graph is wired. */
export const stepConditions: ExpressionTable = {
  name: 'the condition of a step',
  doc: 'A condition over values of other steps and parameters.',
  functions: [],
  constructs: constructs('arithmetic', 'order', 'equality', 'logic', 'membership', 'null', 'list'),
  result: { kinds: ['boolean'], text: 'a condition' },
};
