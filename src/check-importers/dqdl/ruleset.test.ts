import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readDocument, toldOf } from '../../../test/check-importers/read-document.ts';
import { ruleset } from '../../../test/check-importers/sample-documents.ts';
import { runChecks } from '../../data-quality/index.ts';
import { createDuckDb, type QueryEngine } from '../../tables/index.ts';
import { type ImportedChecks, importChecks } from '../index.ts';

const rule = (text: string): ImportedChecks => readDocument(`Rules = [ ${text} ]`);

test('a ruleset: every rule with its place', () => {
  const imported = readDocument(ruleset);
  expect(imported).toMatchObject({ from: 'dqdl', schema: null });
  expect(imported.statements.map(({ place }) => place)).toEqual([
    ...Array.from({ length: 21 }, (_, at) => `Rules[${at}]`),
    'Analyzers[0]',
  ]);
  expect(imported.checks.map(({ that }) => that)).toEqual([
    'row_count() > 10 and row_count() < 1000',
    'id is not null',
    'primary_key(id, kind)',
    'uniqueness(id) > 0.95',
    'share(amount > 1 and amount < 10) > 0.9',
    'amount >= 0',
    "state in ['a', 'b']",
    "state is not null and state != '' and state != 'x'",
    "code matches '\\A(?:[A-Z]{2}[0-9]+)\\z'",
    'age(seen) < 3 d',
    'length(code) <= 8',
    'variance(amount) * (count(is_finite(amount)) - 1) / count(is_finite(amount)) < 9',
    `${Math.LN2} * entropy(state) > 0.1`,
    'age(seen) <= 12 h',
    "type_of(amount) in ['float64']",
    'id is not null',
    'unique(id)',
    'count(amount > 21) == row_count() or count(amount is null or amount is null) == row_count()',
    'correlation(amount, rate) > -0.5 and correlation(amount, rate) < 0.5',
  ]);
  expect(toldOf(imported).map((one) => one.slice(0, 4))).toEqual([
    ['RowCount', 'left', 6, expect.stringContaining('avg(last(10)) * 0.9 is found from earlier runs')],
    ['ColumnValues', 'differs', 15, expect.stringContaining('now()')],
    ['DataFreshness', 'differs', 19, expect.stringContaining('now()')],
    ['ColumnDataType', 'differs', 20, expect.stringContaining('whatever width')],
    ['or', 'differs', 22, expect.stringContaining('ROW')],
    ['ReferentialIntegrity', 'left', 23, expect.stringContaining('another table')],
    ['CustomSql', 'left', 24, expect.stringContaining('no SQL')],
    ['AllStatistics', 'left', 27, 'it measures, and asks nothing'],
  ]);
  expect(imported.checks[1]).toMatchObject({ where: "kind == 'x'", of: 'all' });
  expect(imported.checks[5]).toMatchObject({ tolerance: 0.1, of: 'all' });
  expect(imported.checks[10]).toMatchObject({ of: 'present' });
});

test.each([
  ['Rules = [ IsComplete "a" IsUnique ]', /expected 1 columns, found 2/],
  ['Rules = [ Frobnicate "a" ]', /no rule that is known/],
  ['Rules = [ IsComplete "a" > 3 ]', /has a condition/],
  ['Rules = [ Mean "a" ]', /has no condition/],
  ['Rules = [ Mean "a" > "x" ]', /no number/],
  ['Rules = [ Mean "a" in [] ]', /set is empty/],
  ['Rules = [ ColumnValues "a" > "9:30 AM" ]', /time of day/],
  ['Rules = [ ColumnValues "a" matches "(?=x)" ]', /looks around/],
  ['Rules = [ RowCount > 1 + 2 * 3 ]', /does not say what comes first/],
  ['Rules = [ FileSize > 10 MB ]', /files/],
  ['Rules = [ IsComplete "a" where "f(x)" ]', /condition/],
  ['Rules = [ IsComplete "a" with anomaly > 3 ]', /anomaly/],
  ['Rules = [ StandardDeviation "a" > -1 ]', /not below 0/],
  ['Rules = [ IsComplete "" ]', /without a name/],
  ['Rules = [ (RowCount > 3 where "a = 1") or (IsComplete "a") ]', /which or joins/],
])('%s is left', (text, says) => {
  expect(readDocument(text).statements).toEqual([
    expect.objectContaining({ state: 'left', says: [expect.stringMatching(says)] }),
  ]);
});

test.each([
  ['Rules = [\n  IsComplete "a\n]', 'f:2:14: expected a rule, found'],
  ['Rules = [ IsComplete "a" ', 'f:1:26: expected , or ], found the end'],
  ['Rules = [ RowCount between 1 ]', 'f:1:30: expected and, found ]'],
  ['Rules = [ RowCount not 1 ]', 'expected between, in or matches, found 1'],
  ['Rules = [ "a" ]', 'expected a rule, found "a"'],
  ['Rules = [ ColumnValues "a" in $b ]', 'f:1:32: expected a variable of the file, found $b'],
  [`Rules = [ ${'('.repeat(100)}RowCount > 1${')'.repeat(100)} ]`, 'this nests too deep'],
  [`Rules = [ RowCount > ${'('.repeat(100)}1${')'.repeat(100)} ]`, 'this nests too deep'],
  ['Rules = [ RowCount > 1 ] nonsense', 'expected =, found the end'],
  ['Metadata = { "a": "b"\nRules = [ RowCount > 1 ]', 'expected }, found the end'],
])('%s cannot be read', (text, says) => {
  expect(() => importChecks({ text, file: 'f' }, { from: 'dqdl', table: null, nan: 'missing' })).toThrow(
    expect.objectContaining({ code: 'CHECKS_IMPORT_UNREADABLE', message: expect.stringContaining(says) }),
  );
});

describe('rules hold for tables as the language says', () => {
  let engine: QueryEngine;
  beforeAll(async () => {
    engine = await createDuckDb({ threads: 1 });
    await engine.execute(
      `CREATE TABLE t AS SELECT * FROM (VALUES (1, 'a', 2.0), (2, 'bb', 4.0), (3, NULL, 4.0), (NULL, '', 6.0)) AS r(i, s, x)`,
    );
  });
  afterAll(() => engine.close());

  test.each<[string, 'passed' | 'failed', number]>([
    ['RowCount = 4', 'passed', 0],
    ['RowCount between 4 and 9', 'failed', 1],
    ['RowCount not between 4 and 9', 'passed', 0],
    ['RowCount in [3, 4]', 'passed', 0],
    ['RowCount != 4', 'failed', 1],
    ['RowCount = 2 where "i > 1"', 'passed', 0],
    ['RowCount > 2 * 1.5', 'passed', 0],
    ['ColumnCount = 3', 'passed', 0],
    ['ColumnExists "s"', 'passed', 0],
    ['IsComplete "i"', 'failed', 1],
    ['Completeness "i" = 0.75', 'passed', 0],
    ['IsUnique "i"', 'passed', 0],
    ['IsPrimaryKey "i"', 'failed', 1],
    ['Uniqueness "x" = 0.5', 'passed', 0],
    ['UniqueValueRatio "x" > 0.6', 'passed', 0],
    ['DistinctValuesCount "x" = 3', 'passed', 0],
    ['DuplicateRowCount "x" = 2', 'passed', 0],
    ['Mean "x" = 4', 'passed', 0],
    ['Sum "x" = 16', 'passed', 0],
    ['Variance "x" = 2', 'passed', 0],
    ['StandardDeviation "x" between 1.4 and 1.42', 'passed', 0],
    ['Range "x" = 4', 'passed', 0],
    ['ZerosCount "x" = 0', 'passed', 0],
    ['Entropy "x" between 1.03 and 1.04', 'passed', 0],
    ['ColumnValues "i" >= 1', 'failed', 1],
    ['ColumnValues "i" between 1 and 4', 'failed', 2],
    ['ColumnValues "i" not in [1]', 'failed', 1],
    ['ColumnValues "i" != NULL', 'failed', 1],
    ['ColumnValues "i" in [1, 2, 3, NULL]', 'passed', 0],
    ['ColumnValues "s" in ["a", "bb", EMPTY]', 'failed', 1],
    ['ColumnValues "s" not in ["bb", NULL]', 'failed', 2],
    ['ColumnValues "s" matches "[ab]*"', 'failed', 1],
    ['ColumnValues "i" > 1 with threshold >= 0.5', 'passed', 2],
    ['ColumnValues "i" > 1 with threshold > 0.5', 'failed', 1],
    ['ColumnLength "s" < 2', 'failed', 1],
    ['ColumnLength "s" > 0', 'failed', 2],
    ['(IsComplete "i") or (RowCount = 4)', 'passed', 0],
    ['(IsComplete "i") or ((IsUnique "i") and (RowCount = 5))', 'failed', 1],
    ['(ColumnValues "i" != 2) or (IsComplete "i" where "x < 6")', 'passed', 0],
  ])('%s: %s', async (text, outcome, failing) => {
    const { checks, statements } = rule(text);
    expect(statements.map(({ state }) => state)).not.toContain('left');
    const results = await runChecks(engine, 't', { checks });
    const worst = results.find((result) => result.outcome !== 'passed') ?? results[0]!;
    expect([worst.outcome, worst.failingCount, worst.message]).toEqual([outcome, failing, expect.any(String)]);
  });
});
