/** Checks of a contract of Soda, by their type. */
import type { DeclaredCheck } from '../../data-quality/index.ts';
import type { Expression } from '../../spec/index.ts';
import { allOf, binary, call, column, constant, not } from '../expressions.ts';
import type { Fields } from '../fields.ts';
import { NotTaken } from '../not-taken.ts';
import { sqlCondition } from '../sql-condition.ts';
import type { Asked, Statement } from '../statements.ts';
import { unitOfType } from './named-check.ts';
import { allowedRows, holds, holdsOfZero, type Threshold } from './threshold.ts';
import { isConfigured, missingIn, validIn } from './validity.ts';

/** One check while it is read. */
export interface SodaCheck {
  /** The members of the check. */
  readonly body: Fields;
  /** The members of its column; of a check of the table an empty mapping. */
  readonly its: Fields;
  /** The name of its column; null at the table. */
  readonly column: string | null;
  /** Per hundred of the rows, or a number. */
  readonly unit: 'count' | 'percent';
  readonly threshold: Threshold | null;
  /** The function of an aggregate. */
  readonly name: string;
  readonly where: Expression | null;
  readonly statement: Statement;
}

/** How a type of check is read. */
export interface SodaKind {
  readonly becomes: string;
  readonly note?: string;
  readonly read: (check: SodaCheck) => Asked;
}

const none: Threshold = { joined: 'and', bounds: [{ op: '==', value: 0 }], severity: 'fail' };
const some: Threshold = { joined: 'and', bounds: [{ op: '>', value: 0 }], severity: 'fail' };

function itsColumn({ column: name }: SodaCheck): Expression {
  if (name === null) throw new NotTaken('it stands at no column');
  return column(name);
}

function needThreshold({ threshold }: SodaCheck): Threshold {
  if (threshold === null) throw new NotTaken('it says not what the value must be');
  return threshold;
}

/** A share of no rows is 0 there, and here there is none. */
function ofShare(threshold: Threshold): DeclaredCheck['of'] {
  return holdsOfZero(threshold) ? 'present' : 'all';
}

function percent(count: Expression, total: Expression): Expression {
  return call('nan_as_missing', binary(binary(constant(100), '*', count), '/', total));
}

/** Rows that are otherwise are counted: with a bound for them alone the check is one of rows, and tells which they are. */
function counted(check: SodaCheck, good: Expression): Asked {
  const { unit, where } = check;
  const threshold = check.threshold ?? none;
  const { severity } = threshold;
  const allowed = allowedRows(threshold, unit);
  if (allowed !== null) return { that: good, where, of: 'all', tolerance: allowed, severity };
  const count = binary(call('row_count'), '-', call('count', good));
  const measured = unit === 'count' ? count : percent(count, call('row_count'));
  return { that: holds(measured, threshold), where, of: unit === 'count' ? 'present' : ofShare(threshold), severity };
}

function missing(check: SodaCheck): Asked {
  return counted(check, not(missingIn(itsColumn(check), check.body, check.its)));
}

function invalid(check: SodaCheck): Asked {
  const x = itsColumn(check);
  const { body, its } = check;
  const valid = validIn(x, body, its);
  if (valid === null) throw new NotTaken('it says not which values are valid');
  const isMissing = missingIn(x, body, its);
  // A missing value is not invalid.
  return counted(check, binary(isMissing, 'or', valid));
}

function duplicate(check: SodaCheck): Asked {
  const { body, its, unit, statement, column: name } = check;
  const threshold = check.threshold ?? none;
  const { severity } = threshold;
  const names = name === null ? body.texts('columns') : [name];
  if (names === null || names.length === 0) throw new NotTaken('it names no columns');
  const columns = names.map(column);
  const x = columns[0]!;
  const present = name === null ? null : not(missingIn(x, body, its));
  if (name === null) statement.differs('rows with a missing value are left out here, and compared there');
  const isPlain = name === null || !isConfigured(body, its);
  const where = isPlain || present === null ? check.where : bothOf(check.where, present);
  if (unit === 'count' && allowedRows(threshold, unit) === 0)
    return { that: call('unique', ...columns), where, severity };
  const count = call('duplicate_count', ...columns);
  const total = name === null ? call('row_count') : call('count', not(binary(x, 'is_null', { kind: 'null', span })));
  const measured = unit === 'count' ? count : percent(count, total);
  return { that: holds(measured, threshold), where, of: unit === 'count' ? 'present' : ofShare(threshold), severity };
}

const span = { start: 0, end: 0 };

function bothOf(where: Expression | null, condition: Expression): Expression {
  return where === null ? condition : allOf([where, condition]);
}

const aggregates: Readonly<Record<string, (x: Expression) => Expression>> = {
  avg: (x) => call('mean', x),
  sum: (x) => call('sum', x),
  min: (x) => call('min', x),
  max: (x) => call('max', x),
  min_length: (x) => call('min', call('length', x)),
  max_length: (x) => call('max', call('length', x)),
  avg_length: (x) => call('mean', call('length', x)),
  minlength: (x) => call('min', call('length', x)),
  maxlength: (x) => call('max', call('length', x)),
  avglength: (x) => call('mean', call('length', x)),
};

function aggregate(check: SodaCheck): Asked {
  const { body, its, name, where } = check;
  const x = itsColumn(check);
  const made = Object.hasOwn(aggregates, name.toLowerCase()) ? aggregates[name.toLowerCase()] : undefined;
  if (made === undefined) throw new NotTaken(`the function ${JSON.stringify(name.slice(0, 60))} is not known here`);
  if (isConfigured(body, its))
    throw new NotTaken('its column says which values are missing or valid, which it leaves out in its own way');
  const threshold = needThreshold(check);
  return { that: holds(made(x), threshold), where, severity: threshold.severity };
}

function rowCount(check: SodaCheck): Asked {
  const threshold = check.threshold ?? some;
  return { that: holds(call('row_count'), threshold), where: check.where, severity: threshold.severity };
}

const milliseconds: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

function freshness(check: SodaCheck): Asked {
  const { body, where, statement } = check;
  const threshold = needThreshold(check);
  const isOld = check.name.startsWith('freshness_');
  const unit = isOld ? unitOfType(check.name) : (body.fields('threshold')?.text('unit') ?? 'hour');
  if (!Object.hasOwn(milliseconds, unit)) throw new NotTaken(`the unit ${JSON.stringify(unit)} is not known here`);
  const name = check.column ?? body.needText('column');
  if (body.get('now_variable') !== null) throw new NotTaken('the moment is a variable of the run');
  statement.differs('the moment is that which the checks declare here, or their beginning');
  const length = (value: number): Expression => {
    const size: Expression = { kind: 'number', value: Math.abs(value) * milliseconds[unit]!, unit: 'ms', span };
    return value < 0 ? { kind: 'unary', op: '-', operand: size, span } : size;
  };
  const age = call('age', call('max', column(name)));
  return { that: holds(age, threshold, length), where, of: 'all', severity: threshold.severity };
}

/** The expression says which rows fail. */
function failedRows(check: SodaCheck): Asked {
  const { body } = check;
  for (const key of ['query', 'keys_query'])
    if (body.get(key) !== null) throw new NotTaken('a check carries no SQL but conditions');
  const expression = sqlCondition(body.needText('expression'));
  const threshold = check.threshold ?? none;
  const allowed = allowedRows(threshold, check.unit);
  const { severity } = threshold;
  if (allowed !== null && (check.unit === 'count' || allowed === 0))
    return { that: not(expression), where: check.where, tolerance: allowed, severity };
  const count = call('count', expression);
  const measured = check.unit === 'count' ? count : percent(count, call('row_count'));
  return { that: holds(measured, threshold), where: check.where, severity };
}

function sqlMetric(): never {
  throw new NotTaken('a check carries no SQL');
}

/** Every type that is read, under the names of version 4. */
export const sodaKinds: Readonly<Record<string, SodaKind>> = {
  missing: { becomes: 'x is not null and x not in [a, b]', read: missing },
  invalid: {
    becomes: 'x is null or x in [a, b] and length(x) <= n',
    note: 'a pattern is read as databases do whose classes are of ASCII; NaN, which some databases take for the largest number, is in no range',
    read: invalid,
  },
  duplicate: { becomes: 'unique(x), duplicate_count(x) < n', read: duplicate },
  aggregate: { becomes: 'mean(x) > a', note: 'NaN and infinite values are left out here', read: aggregate },
  row_count: { becomes: 'row_count() > 0', read: rowCount },
  freshness: { becomes: 'age(max(t)) < 1d', read: freshness },
  failed_rows: { becomes: 'not (the expression)', read: failedRows },
};

/** Types that are known and not imported, with why. */
export const leftSodaKinds: Readonly<Record<string, { readonly why: string; readonly read: () => never }>> = {
  metric: { why: 'a check carries no SQL', read: sqlMetric },
  metric_expression: { why: 'a check carries no SQL', read: sqlMetric },
  metric_query: { why: 'a check carries no SQL', read: sqlMetric },
};
