/** Expectations of the values of one column, row by row. */

import type { Expression } from '../../spec/index.ts';
import {
  allOf,
  among,
  anyOf,
  binary,
  type Constant,
  call,
  constant,
  isMissing,
  isPresent,
  matching,
  not,
  within,
} from '../expressions.ts';
import { NotTaken } from '../not-taken.ts';
import { likePattern, searchPattern } from '../python-pattern.ts';
import { type Expectation, type ExpectationKind, itsColumn, itsValues } from './expectation.ts';

type Written = Pick<ExpectationKind, 'becomes' | 'note'>;

function ofRows(name: string, written: Written, that: (expectation: Expectation) => Expression): ExpectationKind {
  return { name, ...written, asks: 'rows', read: (expectation) => ({ that: that(expectation) }) };
}

/** Whether a text could be a date: to pandas and to a check it is one beside a column of times alone. */
const looksLikeTime = /^\d{4}-\d{2}-\d{2}/;

/** The values of a set. @throws NotTaken of none */
export function valueSet({ kwargs, statement }: Expectation): readonly (string | number | boolean)[] {
  const values = kwargs.constants('value_set');
  if (values === null) throw new NotTaken('it has no value_set, and passes whatever the values are');
  if (values.length > 0 && values.every((value) => typeof value === 'string' && looksLikeTime.test(value)))
    statement.differs('texts that are dates are instants here beside a column of dates or timestamps');
  return values;
}

/** What a value lies between; `read` says what may be a bound. */
function boundsBy(
  { kwargs }: Expectation,
  read: (key: 'min_value' | 'max_value') => Constant | null,
): Parameters<typeof within>[1] {
  return {
    min: read('min_value'),
    max: read('max_value'),
    strictMin: kwargs.flag('strict_min') ?? false,
    strictMax: kwargs.flag('strict_max') ?? false,
  };
}

function bounds(one: Expectation): Parameters<typeof within>[1] {
  return boundsBy(one, (key) => one.kwargs.constant(key));
}

function lengths(one: Expectation): Parameters<typeof within>[1] {
  return boundsBy(one, (key) => one.kwargs.number(key));
}

function found({ statement }: Expectation, x: Expression, pattern: string): Expression {
  const { pattern: written, differences } = searchPattern(pattern);
  statement.differs(...differences);
  return matching(x, written);
}

function patterns(expectation: Expectation): Expression[] {
  const list = expectation.kwargs.texts('regex_list') ?? [];
  if (list.length === 0) throw new NotTaken('its regex_list is empty');
  const x = itsColumn(expectation);
  return list.map((pattern) => found(expectation, x, pattern));
}

function anyOrAll({ kwargs }: Expectation, conditions: readonly Expression[]): Expression {
  const on = kwargs.text('match_on') ?? 'any';
  if (on !== 'any' && on !== 'all') throw new NotTaken(`match_on is any or all, found ${on}`);
  return on === 'any' ? anyOf(conditions) : allOf(conditions);
}

const likeNote = 'some databases take capitals and small letters for the same in LIKE; here they differ';

function like(expectation: Expectation, pattern: string): Expression {
  return matching(itsColumn(expectation), likePattern(pattern));
}

function likes(expectation: Expectation): Expression[] {
  const list = expectation.kwargs.texts('like_pattern_list') ?? [];
  if (list.length === 0) throw new NotTaken('its like_pattern_list is empty');
  return list.map((pattern) => like(expectation, pattern));
}

function inOrder(direction: 'increasing' | 'decreasing'): ExpectationKind {
  const becomes = `${direction}(x), strictly_${direction}(x)`;
  return ofRows(`expect_column_values_to_be_${direction}`, { becomes }, (expectation) => {
    const strictly = expectation.kwargs.flag('strictly') ?? false;
    return call(strictly ? `strictly_${direction}` : direction, itsValues(expectation));
  });
}

const presence: readonly ExpectationKind[] = [
  ofRows('expect_column_values_to_be_null', { becomes: 'x is null' }, (one) => isMissing(itsValues(one))),
  ofRows('expect_column_values_to_not_be_null', { becomes: 'x is not null' }, (one) => isPresent(itsValues(one))),
  ofRows('expect_column_values_to_be_unique', { becomes: 'unique(x)' }, (one) => call('unique', itsValues(one))),
];

const values: readonly ExpectationKind[] = [
  ofRows('expect_column_values_to_be_between', { becomes: 'x between a and b' }, (one) =>
    within(typeof (bounds(one).min ?? bounds(one).max) === 'string' ? itsColumn(one) : itsValues(one), bounds(one)),
  ),
  ofRows('expect_column_values_to_be_in_set', { becomes: 'x in [a, b]' }, (one) =>
    among(setColumn(one), valueSet(one)),
  ),
  ofRows('expect_column_values_to_not_be_in_set', { becomes: 'x not in [a, b]' }, (one) =>
    not(among(setColumn(one), valueSet(one))),
  ),
  inOrder('increasing'),
  inOrder('decreasing'),
];

/** NaN is in no column of texts. */
export function setColumn(expectation: Expectation): Expression {
  return typeof valueSet(expectation)[0] === 'string' ? itsColumn(expectation) : itsValues(expectation);
}

const texts: readonly ExpectationKind[] = [
  ofRows('expect_column_value_lengths_to_be_between', { becomes: 'length(x) between a and b' }, (one) =>
    within(call('length', itsColumn(one)), lengths(one)),
  ),
  ofRows('expect_column_value_lengths_to_equal', { becomes: 'length(x) == n' }, (one) => {
    const length = one.kwargs.number('value');
    if (length === null) throw new NotTaken('value is missing');
    return binary(call('length', itsColumn(one)), '==', constant(length));
  }),
  ofRows('expect_column_values_to_match_regex', { becomes: "x matches 'p'" }, (one) =>
    found(one, itsColumn(one), one.kwargs.needText('regex')),
  ),
  ofRows('expect_column_values_to_not_match_regex', { becomes: "x not matches 'p'" }, (one) =>
    not(found(one, itsColumn(one), one.kwargs.needText('regex'))),
  ),
  ofRows('expect_column_values_to_match_regex_list', { becomes: "x matches 'p' or x matches 'q'" }, (one) =>
    anyOrAll(one, patterns(one)),
  ),
  ofRows(
    'expect_column_values_to_not_match_regex_list',
    { becomes: "x not matches 'p' and x not matches 'q'" },
    (one) => allOf(patterns(one).map(not)),
  ),
  ofRows('expect_column_values_to_match_like_pattern', { becomes: "x matches 'p'", note: likeNote }, (one) =>
    like(one, one.kwargs.needText('like_pattern')),
  ),
  ofRows('expect_column_values_to_not_match_like_pattern', { becomes: "x not matches 'p'", note: likeNote }, (one) =>
    not(like(one, one.kwargs.needText('like_pattern'))),
  ),
  ofRows(
    'expect_column_values_to_match_like_pattern_list',
    { becomes: "x matches 'p' or x matches 'q'", note: likeNote },
    (one) => anyOrAll(one, likes(one)),
  ),
  ofRows(
    'expect_column_values_to_not_match_like_pattern_list',
    { becomes: "x not matches 'p' and x not matches 'q'", note: likeNote },
    (one) => allOf(likes(one).map(not)),
  ),
  ofRows('expect_column_values_to_be_json_parseable', { becomes: 'is_json(x)' }, (one) => {
    one.statement.differs('numbers, texts and words alone are JSON there; here a text is an object or an array');
    return call('is_json', itsColumn(one));
  }),
];

/** Expectations of the values of one column. */
export const columnValueKinds: readonly ExpectationKind[] = [...presence, ...values, ...texts];
