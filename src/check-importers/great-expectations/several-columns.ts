/** Expectations of several columns of one row, and which rows they are about: those in which not all, or none, of the values are missing. */
import type { Expression } from '../../spec/index.ts';
import { allOf, anyOf, binary, type Constant, call, constant, isMissing, isPresent, not } from '../expressions.ts';
import { constantOf } from '../fields.ts';
import { NotTaken } from '../not-taken.ts';
import { type Expectation, type ExpectationKind, itsValues, type ReadExpectation, valuesOf } from './expectation.ts';

/** Which rows are left out because values are missing in them. */
type Ignored = 'all' | 'any' | 'none';

const words: Readonly<Record<string, Ignored>> = {
  both_values_are_missing: 'all',
  either_value_is_missing: 'any',
  neither: 'none',
  all_values_are_missing: 'all',
  any_value_is_missing: 'any',
  never: 'none',
};

function ignoredOf({ kwargs }: Expectation): Ignored {
  const word = kwargs.text('ignore_row_if') ?? 'all_values_are_missing';
  const found = Object.hasOwn(words, word) ? words[word] : undefined;
  if (found === undefined) throw new NotTaken(`ignore_row_if is ${JSON.stringify(word)}, which is not known here`);
  return found;
}

function pairOf(expectation: Expectation): [Expression, Expression] {
  return [itsValues(expectation, 'column_A'), itsValues(expectation, 'column_B')];
}

/** The columns of a list, each once. */
function listOf(expectation: Expectation): Expression[] {
  const names = [...new Set(expectation.kwargs.texts('column_list') ?? [])];
  if (names.length < 2) throw new NotTaken('its column_list names fewer than two columns');
  return names.map((name) => valuesOf(expectation, name));
}

/** A comparison of which nothing is said where a value is missing, and which fails there unless the row is left out. */
function compared(expectation: Expectation, that: Expression, columns: readonly Expression[]): ReadExpectation {
  const ignored = ignoredOf(expectation);
  if (ignored === 'any') return { that };
  return { that, of: 'all', where: ignored === 'none' ? null : not(allOf(columns.map(isMissing))) };
}

/** A condition that says something of every row, of the rows that are not left out. */
function decided(expectation: Expectation, that: Expression, columns: readonly Expression[]): ReadExpectation {
  const where = { all: not(allOf(columns.map(isMissing))), any: allOf(columns.map(isPresent)), none: null };
  return { that, where: where[ignoredOf(expectation)] };
}

function inPairs(expectation: Expectation): ReadExpectation {
  const [a, b] = pairOf(expectation);
  const pairs = expectation.kwargs.list('value_pairs_set') ?? [];
  if (pairs.length === 0) throw new NotTaken('its value_pairs_set is empty');
  const options = pairs.map((pair) => {
    if (pair.kind !== 'list' || pair.items.length !== 2)
      throw new NotTaken('a pair of value_pairs_set is no list of two', pair);
    const [left, right] = pair.items.map((item): Constant | null =>
      item.kind === 'scalar' && item.value === null ? null : constantOf(item, 'value_pairs_set'),
    );
    if (left === null || right === null) throw new NotTaken('a pair of value_pairs_set has a missing value', pair);
    return allOf([binary(a, '==', constant(left!)), binary(b, '==', constant(right!))]);
  });
  // Where one value is missing and the other is none of the set a condition says no, and the row is to be left out.
  const that = anyOf(options);
  return ignoredOf(expectation) === 'any' ? decided(expectation, that, [a, b]) : compared(expectation, that, [a, b]);
}

/** Values are different where a missing one stands beside one that is there, and equal where both are missing. */
function allDifferent(expectation: Expectation): ReadExpectation {
  const columns = listOf(expectation);
  const pairs = columns.flatMap((a, at) => columns.slice(at + 1).map((b): [Expression, Expression] => [a, b]));
  const differ = allOf(pairs.map(([a, b]) => binary(a, '!=', b)));
  if (ignoredOf(expectation) === 'any') return decided(expectation, differ, columns);
  const different = pairs.map(([a, b]) =>
    anyOf([binary(a, '!=', b), allOf([isMissing(a), isPresent(b)]), allOf([isPresent(a), isMissing(b)])]),
  );
  return { ...decided(expectation, allOf(different), columns), of: 'all' };
}

function uniqueTogether(expectation: Expectation): ReadExpectation {
  if (ignoredOf(expectation) !== 'any')
    expectation.statement.differs('rows in which one of the values is missing are left out here, and compared there');
  return { that: call('unique', ...listOf(expectation)) };
}

function addUp(expectation: Expectation): ReadExpectation {
  const { kwargs, statement } = expectation;
  const total = kwargs.number('sum_total');
  if (total === null) throw new NotTaken('sum_total is missing');
  if (ignoredOf(expectation) !== 'any')
    statement.differs('rows in which one of the values is missing are left out here; there it counts as 0');
  const sum = listOf(expectation).reduce((left, right) => binary(left, '+', right));
  return { that: binary(sum, '==', constant(total)) };
}

/** Expectations of several columns. */
export const severalColumnKinds: readonly ExpectationKind[] = [
  {
    name: 'expect_column_pair_values_a_to_be_greater_than_b',
    becomes: 'a > b, a >= b',
    asks: 'rows',
    read: (one) => {
      const [a, b] = pairOf(one);
      return compared(one, binary(a, one.kwargs.flag('or_equal') ? '>=' : '>', b), [a, b]);
    },
  },
  {
    name: 'expect_column_pair_values_to_be_equal',
    becomes: 'a == b',
    asks: 'rows',
    read: (one) => {
      const [a, b] = pairOf(one);
      return compared(one, binary(a, '==', b), [a, b]);
    },
  },
  {
    name: 'expect_column_pair_values_to_be_in_set',
    becomes: 'a == 1 and b == 2 or a == 3 and b == 4',
    asks: 'rows',
    read: inPairs,
  },
  { name: 'expect_compound_columns_to_be_unique', becomes: 'unique(a, b)', asks: 'rows', read: uniqueTogether },
  { name: 'expect_multicolumn_sum_to_equal', becomes: 'a + b == n', asks: 'rows', read: addUp },
  {
    name: 'expect_select_column_values_to_be_unique_within_record',
    becomes: 'a != b and a != c and b != c',
    asks: 'rows',
    read: allDifferent,
  },
];
