/** Generic tests of dbt and of its package dbt_utils, which are SELECTs of what fails. */
import type { Expression } from '../../spec/index.ts';
import { among, binary, call, column, constant, isPresent, within } from '../expressions.ts';
import type { Fields } from '../fields.ts';
import { NotTaken } from '../not-taken.ts';
import { sqlCondition } from '../sql-condition.ts';
import type { Statement } from '../statements.ts';

/** One test while it is read. */
export interface DbtTest {
  readonly args: Fields;
  readonly statement: Statement;
  /** The column that it stands at; null where it stands at the table. */
  readonly column: string | null;
}

/** What a test becomes. */
export interface ReadTest {
  readonly that: Expression;
  readonly of?: 'all';
}

/** How one kind of test is read. */
export interface DbtKind {
  readonly name: string;
  readonly becomes: string;
  readonly note?: string;
  /** Whether dbt counts rows that fail; else values, or tables. */
  readonly counts: 'rows' | 'other';
  readonly read: (test: DbtTest) => ReadTest;
}

function itsColumn({ args, column: at }: DbtTest): Expression {
  const name = args.text('column_name') ?? at;
  if (name === null) throw new NotTaken('it stands at no column');
  return column(name);
}

function acceptedValues(test: DbtTest): ReadTest {
  const values = test.args.constants('values') ?? [];
  const isQuoted = test.args.flag('quote') ?? true;
  if (values.length === 0) throw new NotTaken('it has no values');
  if (!isQuoted && values.some((value) => typeof value === 'string'))
    throw new NotTaken('its values are SQL (quote: false)');
  if (isQuoted && values.some((value) => typeof value !== 'string'))
    test.statement.differs('values are compared as texts there (quote), and here as what they are');
  const texts = values.filter((value) => typeof value === 'string');
  if (texts.some((value) => /\{[{%#]/.test(value))) throw new NotTaken('its values are a template');
  if (texts.some((value) => value.endsWith('\n')))
    test.statement.differs('a value loses a line end at its end there, as templates do');
  return { that: among(itsColumn(test), values) };
}

function relationship(test: DbtTest): never {
  const [to, field] = [test.args.text('to') ?? '', test.args.text('field') ?? ''];
  const table = /['"]([^'"]+)['"]\s*\)\s*$/.exec(to)?.[1] ?? to;
  throw new NotTaken(
    `it needs the rows of ${table}: name its file under tables in a file of checks, and write x in ${table}.${field}`,
  );
}

function acceptedRange(test: DbtTest): ReadTest {
  const bound = (key: string): string | number | null => {
    const value = test.args.constant(key);
    if (typeof value === 'string' || typeof value === 'boolean') throw new NotTaken(`${key} is SQL`);
    return value;
  };
  const isStrict = !(test.args.flag('inclusive') ?? true);
  const bounds = { min: bound('min_value'), max: bound('max_value'), strictMin: isStrict, strictMax: isStrict };
  return { that: within(itsColumn(test), bounds) };
}

function combination({ args, statement }: DbtTest): ReadTest {
  const names = args.texts('combination_of_columns') ?? [];
  args.skip('quote_columns');
  if (names.length === 0) throw new NotTaken('combination_of_columns is missing');
  statement.differs('rows with a missing value are compared there, and left out here');
  return { that: call('unique', ...names.map(column)) };
}

function expressionIsTrue({ args, column: at }: DbtTest): ReadTest {
  const sql = args.needText('expression');
  return { that: sqlCondition(at === null ? sql : `"${at.replaceAll('"', '""')}" ${sql}`) };
}

/** Every test that is read. */
export const dbtKinds: readonly DbtKind[] = [
  {
    name: 'not_null',
    becomes: 'x is not null',
    counts: 'rows',
    read: (test) => ({ that: isPresent(itsColumn(test)) }),
  },
  {
    name: 'unique',
    becomes: 'unique(x)',
    counts: 'other',
    read: (test) => ({ that: call('unique', itsColumn(test)) }),
  },
  { name: 'accepted_values', becomes: "x in ['a', 'b']", counts: 'other', read: acceptedValues },
  {
    name: 'dbt_utils.accepted_range',
    becomes: 'x between a and b',
    note: 'some databases take NaN for the largest number; here it is in no range',
    counts: 'rows',
    read: acceptedRange,
  },
  {
    name: 'dbt_utils.unique_combination_of_columns',
    becomes: 'unique(a, b)',
    note: 'rows with a missing value are left out here, and compared there',
    counts: 'other',
    read: combination,
  },
  {
    name: 'dbt_utils.not_null_proportion',
    becomes: 'completeness(x) between a and b',
    counts: 'other',
    read: (test) => {
      const [min, max] = [test.args.number('at_least'), test.args.number('at_most')];
      return {
        that: within(call('completeness', itsColumn(test)), { min, max: max === 1 && min !== null ? null : max }),
      };
    },
  },
  {
    name: 'dbt_utils.not_constant',
    becomes: 'distinct_count(x) != 1',
    counts: 'other',
    read: (test) => ({ that: binary(call('distinct_count', itsColumn(test)), '!=', constant(1)) }),
  },
  {
    name: 'dbt_utils.at_least_one',
    becomes: 'count(x is not null) > 0',
    counts: 'other',
    read: (test) => ({ that: binary(call('count', isPresent(itsColumn(test))), '>', constant(0)) }),
  },
  {
    name: 'dbt_utils.not_empty_string',
    becomes: "x != '', trim(x) != ''",
    counts: 'rows',
    read: (test) => {
      const x = itsColumn(test);
      return { that: binary((test.args.flag('trim_whitespace') ?? true) ? call('trim', x) : x, '!=', constant('')) };
    },
  },
  { name: 'dbt_utils.expression_is_true', becomes: 'the condition', counts: 'rows', read: expressionIsTrue },
];

/** Tests that are known and not imported, with why. */
export const leftDbtTests: Readonly<Record<string, (test: DbtTest) => never>> = { relationships: relationship };
