/** Expectations of one value of a whole column or table. A value that there is not, as the mean of no rows, is not as expected. */
import type { Expression } from '../../spec/index.ts';
import { allOf, among, binary, call, constant, not, within } from '../expressions.ts';
import type { Fields } from '../fields.ts';
import { NotTaken } from '../not-taken.ts';
import { tableTypeOf } from '../table-types.ts';
import { setColumn, valueSet } from './column-values.ts';
import { type Expectation, type ExpectationKind, itsColumn, itsValues } from './expectation.ts';

type Written = Pick<ExpectationKind, 'becomes' | 'note'>;

function ofTable(name: string, written: Written, that: (expectation: Expectation) => Expression): ExpectationKind {
  return { name, ...written, asks: 'table', read: (expectation) => ({ that: that(expectation), of: 'all' }) };
}

function between(value: Expression, { kwargs }: Expectation): Expression {
  return within(value, {
    min: kwargs.constant('min_value'),
    max: kwargs.constant('max_value'),
    strictMin: kwargs.flag('strict_min') ?? false,
    strictMax: kwargs.flag('strict_max') ?? false,
  });
}

const infinities = 'infinite values are left out here';

function aggregate(what: string, name: string): ExpectationKind {
  const becomes = `${name}(x) between a and b`;
  return ofTable(`expect_column_${what}_to_be_between`, { becomes, note: infinities }, (one) =>
    between(call(name, itsColumn(one)), one),
  );
}

/** Halfway between the two values in the middle, where their number is even. */
function median(x: Expression): Expression {
  const lower = call('median', x);
  const upper = call('median', { kind: 'unary', op: '-', operand: x, span: x.span });
  return binary(binary(lower, '-', upper), '/', constant(2));
}

function quantiles(expectation: Expectation): Expression {
  const { kwargs, statement } = expectation;
  kwargs.skip('allow_relative_error');
  const ranges = kwargs.fields('quantile_ranges');
  const shares = ranges?.constants('quantiles') ?? [];
  const bounds = ranges?.list('value_ranges') ?? [];
  if (shares.length === 0 || shares.length !== bounds.length)
    throw new NotTaken('quantile_ranges has not as many value_ranges as quantiles');
  statement.differs(
    'a quantile is the smallest value with this share at or below here; there it can be a neighbour of that',
  );
  const conditions = bounds.map((range, at) => {
    if (range.kind !== 'list' || range.items.length !== 2)
      throw new NotTaken('an item of value_ranges is no list of two', range);
    const [min, max] = range.items.map((item) => {
      if (item.kind !== 'scalar' || typeof item.value === 'boolean')
        throw new NotTaken('an item of value_ranges is no list of two numbers', range);
      return item.value;
    });
    return within(call('quantile', itsColumn(expectation), constant(shares[at]!)), {
      min: min ?? null,
      max: max ?? null,
    });
  });
  return allOf(conditions);
}

function containsAll(expectation: Expectation): Expression {
  const x = setColumn(expectation);
  const values = valueSet(expectation);
  if (values.length === 0) throw new NotTaken('its value_set is empty, and passes whatever the values are');
  return allOf(values.map((value) => binary(call('count', binary(x, '==', constant(value))), '>', constant(0))));
}

function noOthers(expectation: Expectation): Expression {
  return binary(call('count', not(among(setColumn(expectation), valueSet(expectation)))), '==', constant(0));
}

/** A value that is 0 where there are no values, and missing here: then it holds where 0 does. */
function orZero(what: string, name: string, x: (expectation: Expectation) => Expression): ExpectationKind {
  return {
    name: `expect_column_${what}_to_be_between`,
    becomes: `${name}(x) between a and b`,
    asks: 'table',
    ...(name === 'sum' ? { note: infinities } : {}),
    read: (one) => {
      const { kwargs } = one;
      const [min, max] = [kwargs.number('min_value') ?? -Infinity, kwargs.number('max_value') ?? Infinity];
      const isAbove = kwargs.flag('strict_min') ? 0 > min : 0 >= min;
      const isBelow = kwargs.flag('strict_max') ? 0 < max : 0 <= max;
      return { that: between(call(name, x(one)), one), ...(isAbove && isBelow ? {} : { of: 'all' }) };
    },
  };
}

const aggregates: readonly ExpectationKind[] = [
  aggregate('max', 'max'),
  aggregate('min', 'min'),
  aggregate('mean', 'mean'),
  orZero('sum', 'sum', itsColumn),
  aggregate('stdev', 'standard_deviation'),
  ofTable(
    'expect_column_median_to_be_between',
    { becomes: '(median(x) - median(-x)) / 2 between a and b', note: infinities },
    (one) => between(median(itsColumn(one)), one),
  ),
  ofTable(
    'expect_column_quantile_values_to_be_between',
    { becomes: 'quantile(x, q) between a and b and …', note: infinities },
    quantiles,
  ),
];

const frequencies: readonly ExpectationKind[] = [
  ofTable('expect_column_unique_value_count_to_be_between', { becomes: 'distinct_count(x) between a and b' }, (one) =>
    between(call('distinct_count', itsValues(one)), one),
  ),
  orZero('proportion_of_unique_values', 'distinctness', itsValues),
  ofTable(
    'expect_column_proportion_of_non_null_values_to_be_between',
    { becomes: 'completeness(x) between a and b' },
    (one) => between(call('completeness', itsValues(one)), one),
  ),
  {
    name: 'expect_column_distinct_values_to_be_in_set',
    becomes: 'x in [a, b]',
    asks: 'table',
    read: (one) => ({ that: among(setColumn(one), valueSet(one)) }),
  },
  ofTable('expect_column_distinct_values_to_contain_set', { becomes: 'count(x == a) > 0 and …' }, containsAll),
  ofTable(
    'expect_column_distinct_values_to_equal_set',
    { becomes: 'count(x not in [a, b]) == 0 and count(x == a) > 0 and …' },
    (one) => allOf([noOthers(one), containsAll(one)]),
  ),
  ofTable('expect_column_most_common_value_to_be_in_set', { becomes: 'most_frequent(x) in [a, b]' }, (one) => {
    one.statement.differs(
      one.kwargs.flag('ties_okay')
        ? 'of several values that are as frequent the smallest is asked for here, any of them there'
        : 'of several values that are as frequent the smallest is asked for here; there they fail',
    );
    return among(call('most_frequent', setColumn(one)), valueSet(one));
  }),
];

function names({ kwargs }: Expectation, key: string): Expression[] {
  const found = kwargs.texts(key) ?? [];
  if (found.length === 0) throw new NotTaken(`its ${key} is empty`);
  return found.map(constant);
}

const ofColumns: readonly ExpectationKind[] = [
  ofTable('expect_column_to_exist', { becomes: "has_columns('x')" }, ({ kwargs }) => {
    if (kwargs.number('column_index') !== null)
      throw new NotTaken('the place of a column cannot be asked for alone; list them all with column_order');
    return call('has_columns', constant(kwargs.needText('column')));
  }),
  ofTable('expect_table_columns_to_match_ordered_list', { becomes: "column_order('a', 'b')" }, (one) =>
    call('column_order', ...names(one, 'column_list')),
  ),
  ofTable('expect_table_columns_to_match_set', { becomes: "column_set('a', 'b'), has_columns('a', 'b')" }, (one) =>
    call((one.kwargs.flag('exact_match') ?? true) ? 'column_set' : 'has_columns', ...names(one, 'column_set')),
  ),
  ofTable('expect_table_column_count_to_equal', { becomes: 'column_count() == n' }, (one) =>
    counted(one, 'column_count'),
  ),
  ofTable('expect_table_column_count_to_be_between', { becomes: 'column_count() between a and b' }, (one) =>
    between(call('column_count'), one),
  ),
  ofTable('expect_table_row_count_to_equal', { becomes: 'row_count() == n' }, (one) => counted(one, 'row_count')),
  ofTable('expect_table_row_count_to_be_between', { becomes: 'row_count() between a and b' }, (one) =>
    between(call('row_count'), one),
  ),
];

function counted({ kwargs }: Expectation, what: string): Expression {
  const count = kwargs.whole('value');
  if (count === null) throw new NotTaken('value is missing');
  return binary(call(what), '==', constant(count));
}

function ofTypes(expectation: Expectation, types: readonly string[]): Expression {
  const found = types.map((type) => {
    const known = tableTypeOf(type);
    if (known === null) throw new NotTaken(`the type ${JSON.stringify(type.slice(0, 60))} is none of a table here`);
    return known;
  });
  expectation.statement.differs(
    'the column has one type here: boolean, int64, float64, string, date or timestamp, of whatever width',
  );
  return among(call('type_of', itsColumn(expectation)), found);
}

const types: readonly ExpectationKind[] = [
  ofTable('expect_column_values_to_be_of_type', { becomes: "type_of(x) in ['int64']" }, (one) => {
    one.kwargs.skip('mostly');
    return ofTypes(one, [one.kwargs.needText('type_')]);
  }),
  ofTable('expect_column_values_to_be_in_type_list', { becomes: "type_of(x) in ['int64', 'float64']" }, (one) => {
    one.kwargs.skip('mostly');
    const list = one.kwargs.texts('type_list') ?? [];
    if (list.length === 0) throw new NotTaken('its type_list is empty');
    return ofTypes(one, list);
  }),
];

/** Expectations of one value of a whole column or table. */
export const tableValueKinds: readonly ExpectationKind[] = [...aggregates, ...frequencies, ...ofColumns, ...types];

/** The columns in which NaN cannot be, as the expectations of a suite tell: those of texts. */
export function columnsWithoutNaN(expectations: readonly Fields[]): Set<string> {
  const found = new Set<string>();
  for (const expectation of expectations) {
    const name = nameWithoutNaN(expectation);
    if (name !== null) found.add(name);
  }
  return found;
}

const ofTexts = /_regex|_like_pattern|_value_lengths_|_json_|_strftime_|_dateutil_/;

function nameWithoutNaN(of: Fields): string | null {
  try {
    const kind = of.text('type') ?? of.text('expectation_type') ?? '';
    const kwargs = of.fields('kwargs');
    const name = kwargs?.text('column') ?? null;
    if (kwargs === null || name === null) return null;
    if (ofTexts.test(kind)) return name;
    return typeof kwargs.constants('value_set')?.[0] === 'string' ? name : null;
  } catch (thrown) {
    // What is wrong with it is told when it is read.
    if (thrown instanceof NotTaken) return null;
    throw thrown;
  }
}
