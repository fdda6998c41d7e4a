import { expect, test } from 'vitest';
import { importChecks } from '../index.ts';

const options = { from: null, table: null, nan: 'missing' } as const;

function suite(...expectations: readonly object[]) {
  const text = JSON.stringify({ name: 's', expectations, meta: { great_expectations_version: '1.5.0' } }, null, 1);
  return importChecks({ text, file: 'suite.json' }, options);
}

const one = (type: string, kwargs: object, more: object = {}) => {
  const { checks, statements } = suite({ type, kwargs, ...more });
  return { check: checks[0], statement: statements[0]! };
};

test.each<[string, object, object]>([
  ['expect_column_values_to_not_be_null', { column: 'a' }, { that: 'nan_as_missing(a) is not null' }],
  [
    'expect_column_values_to_be_between',
    { column: 'flight no', min_value: -1.5, max_value: 3, strict_max: true, mostly: 0.9 },
    { that: 'nan_as_missing(`flight no`) >= -1.5 and nan_as_missing(`flight no`) < 3', tolerance: 0.1 },
  ],
  ['expect_column_values_to_be_in_set', { column: 'in', value_set: ["it's", 'b'] }, { that: "`in` in ['it''s', 'b']" }],
  ['expect_column_values_to_match_regex', { column: 's', regex: '^a$' }, { that: "s matches '^a(?:\\n?\\z)'" }],
  [
    'expect_column_values_to_be_between',
    { column: 'a', min_value: 1, row_condition: 'b > 2 and c == "x"', condition_parser: 'pandas' },
    { that: 'nan_as_missing(a) >= 1', where: "b > 2 and c == 'x'" },
  ],
  [
    'expect_column_values_to_not_be_null',
    {
      column: 'a',
      row_condition: { type: 'comparison', column: { name: 'b' }, operator: '!=', parameter: 5 },
    },
    { where: 'nan_as_missing(b) != 5 or nan_as_missing(b) is null' },
  ],
  ['expect_column_mean_to_be_between', { column: 'a', min_value: 1e5 }, { that: 'mean(a) >= 100000', of: 'all' }],
  [
    'expect_column_pair_values_a_to_be_greater_than_b',
    { column_A: 'a', column_B: 'b', ignore_row_if: 'either_value_is_missing', or_equal: true },
    { that: 'nan_as_missing(a) >= nan_as_missing(b)', of: 'present' },
  ],
])('%s %j is taken over', (type, kwargs, check) => {
  const found = one(type, kwargs);
  expect(found.statement).toMatchObject({ state: 'same', says: [], kind: type, place: 'expectations[0]' });
  expect(found.check).toMatchObject(check);
});

test.each<[string, object, RegExp]>([
  ['expect_column_values_to_be_between', { column: 'a' }, /neither a lower nor an upper bound/],
  ['expect_column_values_to_be_between', { column: 'a', min_value: 3, max_value: 1 }, /above its upper/],
  ['expect_column_values_to_be_between', { column: 'a', min_value: { $PARAMETER: 'p' } }, /parameter of the run/],
  [
    'expect_column_values_to_be_between',
    { column: 'a', min_value: [1] },
    /expected a number, a text or a truth value as min_value/,
  ],
  ['expect_column_values_to_be_between', { column: 'a', min_value: 1, mostly: 0 }, /a share of 0/],
  ['expect_column_values_to_be_between', { column: 'a', min_value: 1, mostly: 7 }, /from 0 to 1/],
  [
    'expect_column_values_to_be_between',
    { column: 'a', min_value: 1, surprise: true },
    /the argument "surprise" is not known/,
  ],
  ['expect_column_values_to_be_in_set', { column: 'a', value_set: [1, 'b'] }, /no one type/],
  ['expect_column_values_to_be_in_set', { column: 'a', value_set: [] }, /without values/],
  [
    'expect_column_values_to_be_in_set',
    { column: 'a', value_set: Array.from({ length: 9000 }, (_, i) => i) },
    /no check that can be read/,
  ],
  ['expect_column_values_to_not_be_null', { column: 5 }, /expected a text as column, found a number/],
  ['expect_column_values_to_not_be_null', {}, /column is missing/],
  ['expect_column_values_to_match_regex', { column: 's', regex: '(?<=a)b' }, /looks around/],
  ['expect_column_values_to_match_regex', { column: 's', regex: '(a)\\1' }, /refers to a group/],
  ['expect_column_values_to_match_regex', { column: 's', regex: 'a++' }, /possessively/],
  [
    'expect_column_values_to_not_be_null',
    { column: 'a', row_condition: 'not b', condition_parser: 'pandas' },
    /says more than/,
  ],
  [
    'expect_column_values_to_not_be_null',
    { column: 'a', row_condition: 'b @ 1', condition_parser: 'pandas' },
    /no condition/,
  ],
  ['expect_column_kl_divergence_to_be_less_than', { column: 'a' }, /no distribution/],
  ['expect_the_unknown', { column: 'a' }, /no expectation that is known/],
])('%s %j is left, with why and where', (type, kwargs, why) => {
  const { statement, check } = one(type, kwargs);
  expect(check).toBeUndefined();
  expect(statement).toMatchObject({ state: 'left', kind: type, checks: [] });
  expect(statement.says.join()).toMatch(why);
  expect(statement.position.line).toBeGreaterThan(2);
});

test('differences are named', () => {
  const differs = one('expect_column_values_to_match_regex', { column: 's', regex: '\\bend\\b' }).statement;
  expect([differs.state, differs.says]).toEqual(['differs', [expect.stringContaining('\\b knows words of ASCII')]]);
  const info = one(
    'expect_column_values_to_not_be_null',
    { column: 'a' },
    { severity: 'info', notes: 'always\nthere' },
  );
  expect(info.statement.says).toEqual(['info is a warning here']);
  expect(info.check).toMatchObject({ severity: 'warn', why: 'always there' });
});

test('NaN is a value where the suite ran on SQL, and in no column of which the suite knows that it holds texts', () => {
  const text = JSON.stringify({
    expectation_suite_name: 'old',
    expectations: [
      { expectation_type: 'expect_column_values_to_not_be_null', kwargs: { column: 'a' } },
      { expectation_type: 'expect_column_values_to_not_be_null', kwargs: { column: 's' } },
      { expectation_type: 'expect_column_value_lengths_to_equal', kwargs: { column: 's', value: 3 } },
    ],
  });
  const those = (nan: 'missing' | 'value') =>
    importChecks({ text, file: 'old.json' }, { ...options, nan }).checks.map(({ that }) => that);
  expect(those('missing')).toEqual(['nan_as_missing(a) is not null', 's is not null', 'length(s) == 3']);
  expect(those('value')).toEqual(['a is not null', 's is not null', 'length(s) == 3']);
});

test('what stands beside the expectations is listed too', () => {
  const text = '{"name": "s", "expectations": [], "suite_parameters": {"a": 1}, "meta": null}';
  const { statements } = importChecks({ text, file: 'suite.json' }, options);
  expect(statements).toMatchObject([{ kind: 'suite_parameters', state: 'left', says: ['it is no expectation'] }]);
});
