/** Rules of the Data Quality Definition Language, by their type. */
import type { Expression } from '../../spec/index.ts';
import { allOf, among, anyOf, binary, call, column, constant, isMissing, isPresent } from '../expressions.ts';
import { NotTaken } from '../not-taken.ts';
import type { Statement } from '../statements.ts';
import { durationCondition, needCondition, numberCondition, valueCondition } from './conditions.ts';
import type { Rule, RuleCondition } from './ruleset.ts';

/** What a rule becomes. */
export type ReadRule =
  /** A condition of each row; a row of which it says nothing passes where it says so, and else fails. */
  | { readonly kind: 'rows'; readonly that: Expression; readonly passes: Expression }
  /** A condition over the table. */
  | { readonly kind: 'table'; readonly that: Expression }
  /** A check of rows together, and the same as a condition over the table. */
  | { readonly kind: 'set'; readonly that: Expression; readonly table: Expression };

/** How a type of rule is read. */
export interface RuleKind {
  readonly becomes: string;
  readonly note?: string;
  readonly read: (rule: Rule, statement: Statement) => ReadRule;
}

const emptyNote = 'of a table without rows nothing is asked here; there most rules fail';

function columnsOf({ parameters }: Rule, least: number, most: number): Expression[] {
  if (parameters.length < least || parameters.length > most) {
    const expected = least === most ? String(least) : most === Infinity ? `at least ${least}` : `${least} to ${most}`;
    throw new NotTaken(`expected ${expected} columns, found ${parameters.length}`);
  }
  return parameters.map((name) => column(name.replace(/^`(.*)`$/, '$1')));
}

function itsColumn(rule: Rule): Expression {
  return columnsOf(rule, 1, 1)[0]!;
}

function refuseCondition({ condition }: Rule): void {
  if (condition !== null) throw new NotTaken('it has a condition, which rules of its kind have not');
}

/** A value of the table that a condition holds for. */
function measured(becomes: string, value: (rule: Rule, statement: Statement) => Expression, note?: string): RuleKind {
  return {
    becomes: `${becomes} > a and ${becomes} < b`,
    ...(note === undefined ? {} : { note }),
    read: (rule, statement) => ({ kind: 'table', that: numberCondition(value(rule, statement), needCondition(rule)) }),
  };
}

const ofColumn =
  (name: string) =>
  (rule: Rule): Expression =>
    call(name, itsColumn(rule));
const ofColumns =
  (name: string) =>
  (rule: Rule): Expression =>
    call(name, ...columnsOf(rule, 1, Infinity));
const ofNothing =
  (name: string) =>
  (rule: Rule): Expression =>
    call(name, ...columnsOf(rule, 0, 0));

/** Of the population, as there; here the variance is that of a sample. */
function populationVariance(rule: Rule): Expression {
  const x = itsColumn(rule);
  const count = call('count', call('is_finite', x));
  return binary(binary(call('variance', x), '*', binary(count, '-', constant(1))), '/', count);
}

/** A deviation is at its bound where its square is at that of the bound. */
function standardDeviation(rule: Rule): ReadRule {
  const { op, operands, ...rest } = needCondition(rule);
  const squared = operands.map((operand) => {
    if (operand.kind !== 'number') return operand;
    if (operand.value < 0)
      throw new NotTaken('a deviation is not below 0: it holds, or does not, whatever the values are');
    return { ...operand, value: operand.value * operand.value };
  });
  return { kind: 'table', that: numberCondition(populationVariance(rule), { op, operands: squared, ...rest }) };
}

/** Rows that are equal to another one: all of them, and not those beyond the first of each alone. */
function duplicateRows(rule: Rule): Expression {
  const columns = columnsOf(rule, 1, Infinity);
  const present = call('count', allOf(columns.map(isPresent)));
  return binary(present, '-', call('unique_count', ...columns));
}

function unique(rule: Rule): ReadRule {
  refuseCondition(rule);
  const columns = columnsOf(rule, 1, Infinity);
  const table = binary(call('duplicate_count', ...columns), '==', constant(0));
  return { kind: 'set', that: call('unique', ...columns), table };
}

function primaryKey(rule: Rule): ReadRule {
  refuseCondition(rule);
  const columns = columnsOf(rule, 1, Infinity);
  const counts = [call('duplicate_count', ...columns), ...columns.map((x) => call('missing_count', x))];
  const table = allOf(counts.map((count) => binary(count, '==', constant(0))));
  return { kind: 'set', that: call('primary_key', ...columns), table };
}

function complete(rule: Rule): ReadRule {
  refuseCondition(rule);
  const that = isPresent(itsColumn(rule));
  return { kind: 'rows', that, passes: that };
}

function rows(
  x: Expression,
  { that, missing }: { readonly that: Expression; readonly missing: 'passes' | 'fails' },
): ReadRule {
  return { kind: 'rows', that, passes: missing === 'passes' ? anyOf([isMissing(x), that]) : that };
}

function columnValues(rule: Rule, statement: Statement): ReadRule {
  const x = itsColumn(rule);
  return rows(x, valueCondition(x, needCondition(rule), statement));
}

/** A missing text has no characters. */
function columnLength(rule: Rule): ReadRule {
  const x = itsColumn(rule);
  const condition = needCondition(rule);
  const that = numberCondition(call('length', x), condition);
  return rows(x, { that, missing: isTrueOfZero(condition) ? 'passes' : 'fails' });
}

function isTrueOfZero({ op, operands }: RuleCondition): boolean {
  const [a = 0, b = 0] = operands.map((operand) => (operand.kind === 'number' ? operand.value : 0));
  if (op === 'in' || op === 'not in')
    return (op === 'in') === operands.some((operand) => operand.kind === 'number' && operand.value === 0);
  if (op === 'between') return a < 0 && b > 0;
  if (op === 'not between') return a >= 0 || b <= 0;
  return { '=': a === 0, '!=': a !== 0, '>': 0 > a, '>=': 0 >= a, '<': 0 < a, '<=': 0 <= a }[op as '=']!;
}

function freshness(rule: Rule, statement: Statement): ReadRule {
  const x = itsColumn(rule);
  statement.differs('now() is the moment that the checks declare here, or their beginning');
  return rows(x, { that: durationCondition(call('age', x), needCondition(rule)), missing: 'fails' });
}

const dataTypes: Readonly<Record<string, string>> = {
  boolean: 'boolean',
  date: 'date',
  timestamp: 'timestamp',
  integer: 'int64',
  long: 'int64',
  double: 'float64',
  float: 'float64',
  string: 'string',
};

function columnDataType(rule: Rule, statement: Statement): ReadRule {
  const { op, operands } = needCondition(rule);
  if (op !== '=' && op !== 'in') throw new NotTaken('that a column is not of a type cannot be asked for');
  if (rule.tags.size > 0) throw new NotTaken('a column is of a type as a whole here (with threshold)');
  const types = operands.map((operand) => {
    const type = operand.kind === 'text' ? dataTypes[operand.value.toLowerCase()] : undefined;
    if (type === undefined) throw new NotTaken('its type is none of a table here');
    return type;
  });
  statement.differs(
    'texts that could be read as the type are of it there; here the column has one type, of whatever width',
  );
  return { kind: 'table', that: among(call('type_of', itsColumn(rule)), types) };
}

function columnExists(rule: Rule): ReadRule {
  refuseCondition(rule);
  if (rule.parameters.length !== 1) throw new NotTaken(`expected one column, found ${rule.parameters.length}`);
  return { kind: 'table', that: call('has_columns', constant(rule.parameters[0]!)) };
}

function correlation(rule: Rule): Expression {
  return call('correlation', ...columnsOf(rule, 2, 2));
}

function range(rule: Rule): Expression {
  const x = itsColumn(rule);
  return binary(call('max', x), '-', call('min', x));
}

function quartiles(rule: Rule, statement: Statement): Expression {
  statement.differs('quartiles are found exactly here, and approximately there');
  return call('interquartile_range', itsColumn(rule));
}

function entropy(rule: Rule): Expression {
  return binary(constant(Math.LN2), '*', call('entropy', itsColumn(rule)));
}

const frequencyNote =
  'of several columns rows with a missing value are left out here, and rows without any value there';

/** Every type that is read. */
export const ruleKinds: Readonly<Record<string, RuleKind>> = {
  RowCount: measured('row_count()', ofNothing('row_count')),
  ColumnCount: measured('column_count()', ofNothing('column_count')),
  ColumnExists: { becomes: "has_columns('x')", read: columnExists },
  ColumnDataType: { becomes: "type_of(x) in ['int64']", read: columnDataType },
  IsComplete: { becomes: 'x is not null', note: emptyNote, read: complete },
  Completeness: measured('completeness(x)', ofColumn('completeness')),
  IsUnique: { becomes: 'unique(a, b)', note: frequencyNote, read: unique },
  IsPrimaryKey: { becomes: 'primary_key(a, b)', note: emptyNote, read: primaryKey },
  Uniqueness: measured('uniqueness(a, b)', ofColumns('uniqueness'), frequencyNote),
  UniqueValueRatio: measured('unique_value_ratio(a, b)', ofColumns('unique_value_ratio'), frequencyNote),
  DistinctValuesCount: measured('distinct_count(x)', ofColumn('distinct_count')),
  DuplicateRowCount: measured('count(a is not null) - unique_count(a)', duplicateRows, frequencyNote),
  ColumnValues: {
    becomes:
      "x > a and x < b, x in ['a', 'b'], x matches '\\A(?:p)\\z', age(x) < 3d; with threshold: tolerance, share(…) > s",
    note: `${emptyNote}; NaN is above all numbers there, and in no range here`,
    read: columnValues,
  },
  ColumnLength: { becomes: 'length(x) > a and length(x) < b', note: emptyNote, read: columnLength },
  DataFreshness: { becomes: 'age(x) < 3d', note: emptyNote, read: freshness },
  Mean: measured('mean(x)', ofColumn('mean')),
  Sum: measured('sum(x)', ofColumn('sum')),
  StandardDeviation: {
    becomes: 'variance(x) * (n - 1) / n > a * a',
    note: 'of the population',
    read: standardDeviation,
  },
  Variance: measured('variance(x) * (n - 1) / n', populationVariance, 'of the population'),
  Skewness: measured('skewness(x)', ofColumn('skewness')),
  Kurtosis: measured('kurtosis(x)', ofColumn('kurtosis')),
  Range: measured('max(x) - min(x)', range),
  InterquartileRange: measured('interquartile_range(x)', quartiles),
  ZerosCount: measured('zero_count(x)', ofColumn('zero_count')),
  Entropy: measured('0.693… * entropy(x)', entropy, 'in nats there, in bits here'),
  ColumnCorrelation: measured('correlation(a, b)', correlation),
};

const otherTable = 'it needs the rows of another table';
const filesOf = 'it is asked of files, not of rows';

/** Types that are known and not imported, with why. */
export const leftRules: Readonly<Record<string, string>> = {
  CustomSql: 'a check that is taken over carries no SQL; write it as a check of your own, with sql or failing',
  ReferentialIntegrity: `${otherTable}: name its file under tables in a file of checks, and write x in reference.y`,
  RowCountMatch: otherTable,
  SchemaMatch: otherTable,
  DatasetMatch: otherTable,
  AggregateMatch: otherTable,
  ColumnNamesMatchPattern: 'a check names the columns that there must be; use column_set or has_columns',
  DetectAnomalies: 'it is held against earlier runs; write the value under that, with history',
  AllStatistics: 'it measures, and asks nothing',
  FileFreshness: filesOf,
  FileMatch: filesOf,
  FileSize: filesOf,
  FileUniqueness: filesOf,
};
