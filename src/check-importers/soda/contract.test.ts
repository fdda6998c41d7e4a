import { expect, test } from 'vitest';
import { readDocument, toldOf } from '../../../test/check-importers/read-document.ts';
import { sodaContract } from '../../../test/check-importers/sample-documents.ts';
import type { ImportedChecks } from '../index.ts';

test('a contract of version 4', () => {
  const imported = readDocument(sodaContract);
  expect(imported).toMatchObject({ from: 'soda', name: 'source/db/loans' });
  expect(imported.checks.map(({ that }) => that)).toEqual([
    'id is not null',
    'nan_as_missing(100 * duplicate_count(id) / count(id is not null)) < 5',
    "status is null or status in ['', 'N/A'] or status in ['a', 'b']",
    "status is null or status in ['', 'N/A'] or status matches '^[a-z]+$' and length(status) <= 3",
    "nan_as_missing(100 * (row_count() - count(not (status is null or status in ['', 'N/A']))) / row_count()) >= 1 and nan_as_missing(100 * (row_count() - count(not (status is null or status in ['', 'N/A']))) / row_count()) < 9",
    'mean(amount) > 3',
    'mean(amount) > 5',
    'row_count() <= 3 or row_count() >= 5',
    "has_columns('id', 'amount')",
    'age(max(seen)) <= 2 d',
    'unique(id, status)',
    "nan_as_missing(100 * count(amount < 0 and status == 'a') / row_count()) < 1",
  ]);
  expect(imported.checks[1]).toMatchObject({ severity: 'warn', where: 'amount > 0' });
  expect(imported.checks[2]).toMatchObject({
    ...{ tolerance: { rows: 3 }, why: 'known states', where: "amount > 0 and country == 'DE'" },
  });
  expect(imported.checks[6]).toMatchObject({ severity: 'warn' });
  expect(imported.schema?.columns).toEqual({
    id: { type: 'string', required: true, nullable: true, nan: false },
    amount: { type: 'float64', required: true, nullable: true, nan: true },
  });
  expect(toldOf(imported)).toEqual([
    ['aggregate', 'left', 23, expect.stringContaining('"percentile" is not known')],
    ['invalid', 'left', 24, expect.stringContaining('another table')],
    ['invalid', 'left', 25, expect.stringContaining('variable of the run')],
    ['schema', 'differs', 28, expect.stringContaining('of whatever width')],
    ['freshness', 'differs', 29, expect.stringContaining('the moment')],
    ['duplicate', 'differs', 30, expect.stringContaining('missing value')],
    ['failed_rows', 'left', 32, expect.stringContaining('no SQL')],
    ['metric', 'left', 33, expect.stringContaining('no SQL')],
  ]);
});

test('a contract of version 3 names the type of a check in a key, and always lists all columns', () => {
  const imported = readDocument(`dataset: loans
columns:
  - name: id
    data_type: integer
    checks:
      - {type: no_missing_values}
      - {type: duplicate_count, must_be_less_than: 5}
  - name: size
    optional: true
    checks:
      - {type: invalid_percent, valid_values: [S, M], must_be_between: [0, 3], missing_values: ['-']}
      - {type: no_invalid_values, valid_format: email}
      - {type: max_length, must_be_less_than_or_equal_to: 3}
      - {type: freshness_in_days, must_be_less_than: 3}
checks:
  - {type: rows_exist}
  - {type: row_count, must_be_greater_than_or_equal_to: 3, filter_sql: size = 'S'}
  - {type: metric_query, metric_query_sql: SELECT 1, must_be: 3}
  - {type: frobnicate}
`);
  expect(imported.checks.map(({ that }) => that)).toEqual([
    "has_columns('id')",
    'id is not null',
    'duplicate_count(id) < 5',
    "nan_as_missing(100 * (row_count() - count(size is null or size in ['-'] or size in ['S', 'M'])) / row_count()) >= 0 and nan_as_missing(100 * (row_count() - count(size is null or size in ['-'] or size in ['S', 'M'])) / row_count()) <= 3",
    'max(length(size)) <= 3',
    'age(max(size)) < 3 d',
    'row_count() > 0',
    'row_count() >= 3',
  ]);
  expect(toldOf(imported)).toEqual([
    ['schema', 'differs', 3, expect.stringContaining('optional'), expect.stringContaining('width')],
    ['invalid', 'left', 12, expect.stringContaining('named')],
    ['freshness', 'differs', 14, expect.stringContaining('the moment')],
    ['metric_query', 'left', 18, expect.stringContaining('no SQL')],
    ['frobnicate', 'left', 19, expect.stringContaining('no check that is known')],
  ]);
});

const withCheck = (check: string, more = ''): ImportedChecks =>
  readDocument(`dataset: d\n${more}columns: [{name: x, checks: [${check}]}]\n`);

test.each([
  ['{missing: {threshold: {must_be: 1, must_not_be: 2}}}', /several thresholds/],
  ['{missing: {threshold: {must_be: many}}}', /expected a number/],
  ['{missing: {threshold: {must_be_between: {above: 1}}}}', /expected bounds/],
  ['{missing: {threshold: {must_be: 1, level: maybe}}}', /level/],
  ['{missing: {threshold: {metric: share, must_be: 1}}}', /metric/],
  ['{missing: {threshold: {must_be: 1, other: 1}}}', /"other"/],
  ['{missing: {threshhold: {must_be: 1}}}', /threshhold/],
  ['{missing: {missing_format: {regex: "(?=x)", name: n}}}', /looks around/],
  ['{invalid: }', /says not which values/],
  ['{aggregate: {function: avg}}', /says not what the value must be/],
  ['{missing: {filter: "lower(x) = 1"}}', /SQL/],
  ['{missing: [1]}', /expected a mapping whose key/],
  ['{missing: {}, invalid: {}}', /expected a mapping whose key/],
  ['7', /expected a mapping whose key/],
  ['{row_count: {threshold: {unit: 3, must_be: 1}, scope: x}}', /scope/],
])('%s is left', (check, says) => {
  expect(withCheck(check).statements).toEqual([
    expect.objectContaining({ state: 'left', says: [expect.stringMatching(says)] }),
  ]);
});

test('a filter that cannot be read leaves the checks that it is about', () => {
  const { checks, statements } = withCheck('missing', 'filter: f(x)\n');
  expect(checks).toEqual([]);
  expect(statements[0]).toMatchObject({ state: 'left', says: [expect.stringContaining('the filter of the contract')] });
});
