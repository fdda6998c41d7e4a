/**
 * Every function of checks on values that were worked out by hand: with missing values, NaN and infinities, where all values are missing,
 * where there are no rows, and in columns whose names have quotes and letters of any alphabet.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDuckDb, type QueryEngine } from '../../tables/index.ts';
import type { CheckResult, DeclaredCheck } from './declared-check.ts';
import { rowFunctions } from './row-functions.ts';
import { rowSets } from './row-sets.ts';
import { runChecks } from './run-checks.ts';
import { tableFunctions } from './table-values.ts';

let engine: QueryEngine;
beforeAll(async () => {
  engine = await createDuckDb({ threads: 2 });
});
afterAll(() => engine.close());

async function check(source: string, that: string, more: Partial<DeclaredCheck> = {}): Promise<CheckResult> {
  const declared = { that, severity: 'fail', where: null, of: 'present', tolerance: 0, why: '', ...more } as const;
  return (await runChecks(engine, source, { checks: [declared], asOfMs: Date.parse('2026-03-01T12:00:00Z') }))[0]!;
}

const x = '`höhe "m" (größe)`';
const y = '`select`';
const s = "`it's 文字`";
const t = '`t;--`';
const columns = `AS c(nr, "höhe ""m"" (größe)", "select", "it's 文字", "t;--")`;

/** Eight rows. x: a repeated value, missing, NaN, infinite, negative, zero; y is twice x where x is finite. */
const some = `(SELECT * FROM (VALUES
  (1, 1::DOUBLE, 2, 'NA', TIMESTAMP '2026-03-01 11:00:00'), (2, 2, 4, 'n/a', TIMESTAMP '2026-02-28 12:00:00'),
  (3, 2, 4, '', NULL), (4, NULL, 1, NULL, TIMESTAMP '2026-01-01'), (5, 'NaN', 1, ' Ä', TIMESTAMP '2026-01-01'),
  (6, 'Infinity', 1, 'ä', 'infinity'), (7, -4, -8, 'b', TIMESTAMP '2026-01-02'), (8, -0.0::DOUBLE, 0, 'b', TIMESTAMP '2025-01-01')) ${columns})`;
const missing = `(SELECT * FROM (VALUES (1, NULL::DOUBLE, NULL::BIGINT, NULL::VARCHAR, NULL::TIMESTAMP), (2, NULL, NULL, NULL, NULL), (3, NULL, NULL, NULL, NULL)) ${columns})`;
const none = `(SELECT * FROM ${some} WHERE false)`;

type Value = number | string | boolean | null;

const values: readonly (readonly [written: string, some: Value, missing: Value, none: Value])[] = [
  ['row_count()', 8, 3, 0],
  [`count(${x} > 0)`, 4, 0, 0],
  [`count(not (${x} > 0))`, 3, 0, 0],
  [`share(${x} > 0)`, 0.5, 0, null],
  [`missing_count(${x})`, 1, 3, 0],
  [`missing_share(${x})`, 0.125, 1, null],
  [`completeness(${x})`, 0.875, 0, null],
  [`completeness(${s})`, 0.875, 0, null],
  [`zero_count(${x})`, 1, 0, 0],
  [`negative_count(${x})`, 1, 0, 0],
  [`nan_count(${x})`, 1, 0, 0],
  [`infinite_count(${x})`, 1, 0, 0],
  [`distinct_count(${x})`, 6, 0, 0],
  [`distinct_count(${x}, ${s})`, 7, 0, 0],
  [`distinct_count(lower(${s}))`, 6, 0, 0],
  [`unique_count(${x})`, 5, 0, 0],
  [`duplicate_count(${x})`, 1, 0, 0],
  [`duplicate_count(${y}, ${x})`, 1, 0, 0],
  [`distinctness(${x})`, 6 / 7, null, null],
  [`uniqueness(${x})`, 5 / 7, null, null],
  [`unique_value_ratio(${x})`, 5 / 6, null, null],
  // Seven values, one of them twice: log2(7) - 2 · log2(2) / 7.
  [`entropy(${x})`, 2.5216406363433, null, null],
  [`imbalance(${x})`, 0.0244962024, null, null],
  [`most_frequent_share(${x})`, 2 / 7, null, null],
  [`most_frequent(${x})`, 2, null, null],
  [`most_frequent(${s})`, 'b', null, null],
  [`most_frequent(${t})`, '2026-01-01T00:00:00.000000Z', null, null],
  [`most_frequent(${x} > 0)`, true, null, null],
  [`is_constant(${x})`, false, false, false],
  [`is_identifier(nr)`, false, false, false],
  [`conflict_count(${s}, ${x})`, 2, 0, 0],
  [`conflict_count(${x}, ${y})`, 2, 0, 0],
  [`min(${x})`, -4, null, null],
  [`max(${x})`, 2, null, null],
  [`max(length(${s}))`, 3, null, null],
  [`min(${s})`, '', null, null],
  [`max(${s})`, 'ä', null, null],
  [`min(${t})`, '2025-01-01T00:00:00.000000Z', null, null],
  [`max(${t})`, '2026-03-01T11:00:00.000000Z', null, null],
  [`sum(${x})`, 1, null, null],
  [`sum(${y})`, 5, null, null],
  [`mean(${x})`, 0.2, null, null],
  [`median(${x})`, 1, null, null],
  [`quantile(${x}, 0.8)`, 2, null, null],
  [`quantile(${x}, 0)`, -4, null, null],
  [`interquartile_range(${x})`, 2, null, null],
  [`variance(${x})`, 6.2, null, null],
  [`standard_deviation(${x})`, 2.48997991959775, null, null],
  [`skewness(${x})`, -1.1210847078, null, null],
  [`kurtosis(${x})`, -0.2963059, null, null],
  [`outlier_count(${x})`, 1, 0, 0],
  [`outlier_share(${x})`, 0.2, null, null],
  [`outlier_count(${x}, method='mad')`, 0, 0, 0],
  [`correlation(${x}, ${y})`, 1, null, null],
  [`rank_correlation(${x}, ${y})`, 1, null, null],
  [`cramers_v(${x}, ${y})`, 1, null, null],
  // y follows from x: what it says is its own entropy, of 1, 2, 3, 1 and 1 rows of 8.
  [`mutual_information(${x}, ${y})`, 2.1556390622295662, 0, null],
  [`variant_count(${s})`, 2, 0, 0],
  [`missing_form_count(${s})`, 4, 1, 0],
  ['column_count()', 5, 5, 5],
  [`has_columns('nr', 'höhe "m" (größe)')`, true, true, true],
  [`has_columns('nr', 'NR')`, false, false, false],
  [`column_set('t;--', 'select', 'nr', 'it''s 文字', 'höhe "m" (größe)')`, true, true, true],
  [`column_set('t;--', 'select', 'nr', 'it''s 文字')`, false, false, false],
  [`column_order('nr', 'höhe "m" (größe)', 'select', 'it''s 文字', 't;--')`, true, true, true],
  [`column_order('höhe "m" (größe)', 'nr', 'select', 'it''s 文字', 't;--')`, false, false, false],
  [`type_of(${x})`, 'float64', 'float64', 'float64'],
  [`type_of(${t})`, 'timestamp', 'timestamp', 'timestamp'],
];

test.each(values)('%s', async (written, ...expected) => {
  for (const [at, source] of [some, missing, none].entries()) {
    const result = await check(source, `${written} is null or true`);
    expect(result.message).toMatch(/^holds/);
    const [found] = Object.values(result.measured);
    const wanted = expected[at]!;
    if (typeof wanted === 'number' && !Number.isInteger(wanted)) expect(found, written).toBeCloseTo(wanted, 7);
    else expect(found, written).toBe(wanted);
    // What is missing is held to nothing, but with `of: all` it fails.
    if (wanted !== null) continue;
    const compared = `${written} == ${expected[0] === true || typeof expected[0] === 'string' ? `${written}` : '1'}`;
    expect(await check(source, compared)).toMatchObject({ outcome: 'passed', missingCount: 1 });
    expect(await check(source, compared, { of: 'all' })).toMatchObject({ outcome: 'failed', failingCount: 1 });
  }
});

/** What every row says: by place, t (true), f (false) or - (nothing). */
const conditions: readonly (readonly [condition: string, rows: string])[] = [
  [`length(${s}) == 1`, 'fff-fttt'],
  [`lower(${s}) == 'ä'`, 'fff-ftff'],
  [`upper(${s}) == 'Ä'`, 'fff-ftff'],
  [`trim(${s}) == 'Ä'`, 'fff-tfff'],
  [`abs(${x}) == 4`, 'fff-fftf'],
  [`floor(${x} / 4) == 0`, 'ttt-ffft'],
  [`ceil(${x} / 4) == 1`, 'ttt-ffff'],
  [`nan_as_missing(${x}) >= 2`, 'ftt--tff'],
  [`is_nan(${x})`, 'fff-tfff'],
  [`is_finite(${x})`, 'ttt-fftt'],
  [`year(${t}) == 2026`, 'tt-tt-tf'],
  [`month(${t}) == 1`, 'ff-tt-tt'],
  [`day(${t}) == 1`, 'tf-tt-ft'],
  [`hour(${t}) == 12`, 'ft-ff-ff'],
  [`minute(${t}) == 0`, 'tt-tt-tt'],
  [`weekday(${t}) == 3`, 'ff-tt-ff'],
  [`is_blank(${s})`, 'fft-ffff'],
  [`is_padded(${s})`, 'fff-tfff'],
  [`has_control(${s})`, 'fff-ffff'],
  [`is_missing_word(${s})`, 'ttf-ffff'],
  [`age(${t}) <= 1d`, 'tt-ff-ff'],
  [`${t} < now()`, 'tt-ttftt'],
  [`now() - ${t} < 2h`, 'tf-ff-ff'],
];

test.each(conditions)('%s of each row', async (condition, rows) => {
  for (const [at, says] of [...rows].entries()) {
    const where = `nr == ${at + 1}`;
    const result = await check(some, condition, { where });
    const expected = { t: [0, 0], f: [1, 0], '-': [0, 1] }[says];
    expect([result.failingCount, result.missingCount], `${condition} of row ${at + 1}: ${result.message}`).toEqual(
      expected,
    );
    const ofAll = await check(some, condition, { where, of: 'all' });
    expect(ofAll.failingCount, `${condition} of row ${at + 1}`).toBe(says === 't' ? 0 : 1);
  }
  expect(await check(missing, condition)).toMatchObject({ outcome: 'passed', rowCount: 3, missingCount: 3 });
  expect(await check(missing, condition, { of: 'all' })).toMatchObject({ outcome: 'failed', failingCount: 3 });
  for (const of of ['present', 'all'] as const)
    expect(await check(none, condition, { of })).toMatchObject({ outcome: 'passed', rowCount: 0 });
});

test.each([
  ['is_date', ['2024-02-29'], ['2023-02-29', '2024-2-9', '']],
  ['is_date_time', ['2024-02-29T10:00:00Z', '2024-02-29 10:00:00'], ['2024-02-29', '2024-02-30T10:00:00Z']],
  ['is_email', ['a.b+c@example.org'], ['a@b', 'a b@example.org', 'ä@example.org']],
  ['is_url', ['https://example.org/ä?b#c', 'ftp://h'], ['example.org', 'https://']],
  ['is_uuid', ['01234567-89ab-cdef-0123-456789ABCDEF'], ['0123456789abcdef0123456789abcdef']],
  ['is_ip', ['127.0.0.1', '::1', 'fe80::1:2'], ['256.0.0.1', ':::', '1.2.3']],
  ['is_json', ['{"a": [1, null]}', '[]'], ['{', 'null', '']],
  ['has_control', ['a\nb', '\u0000'], ['a b']],
])('%s', async (name, yes, no) => {
  for (const [text, failingCount] of [...yes.map((one) => [one, 0]), ...no.map((one) => [one, 1])] as [
    string,
    number,
  ][]) {
    const source = `(SELECT '${text.replace('\u0000', "' || chr(1) || '")}' AS "it's 文字")`;
    expect(await check(source, `${name}(${s})`), JSON.stringify(text)).toMatchObject({ failingCount, missingCount: 0 });
  }
  expect(await check(missing, `${name}(${s})`)).toMatchObject({ failingCount: 0, missingCount: 3 });
});

const sets: readonly (readonly [that: string, failing: number, missing: number])[] = [
  [`unique(${x})`, 2, 1],
  [`unique(${x}, ${y})`, 2, 1],
  [`unique(nr)`, 0, 0],
  [`unique(${s})`, 2, 1],
  [`primary_key(${x})`, 3, 1],
  ['primary_key(nr)', 0, 0],
  [`primary_key(nr, ${s})`, 1, 1],
  [`increasing(${x})`, 2, 1],
  [`strictly_increasing(${x})`, 3, 1],
  [`decreasing(${x})`, 4, 1],
  [`strictly_decreasing(${x})`, 5, 1],
  ['strictly_increasing(nr)', 0, 0],
  // In the order of t, missing ones last: 8, then 4 and 5 (which are equal in t), 7, 2, 1, 6, 3.
  [`increasing(nr, order=${t})`, 4, 0],
  [`strictly_decreasing(nr, order=-nr)`, 0, 0],
];

test.each(sets)('%s', async (that, failingCount, missingCount) => {
  const result = await check(some, that);
  expect(result).toMatchObject({ failingCount, missingCount, rowCount: 8 });
  expect(result.examples).toHaveLength(failingCount);
  const ofAll = await check(some, that, { of: 'all' });
  expect(ofAll.failingCount).toBe(that.startsWith('primary') ? failingCount : failingCount + missingCount);
  expect(ofAll.examples).toHaveLength(ofAll.failingCount);
  if (!that.includes('nr')) expect(await check(missing, that)).toMatchObject({ missingCount: 3 });
  expect(await check(none, that)).toMatchObject({ outcome: 'passed', failingCount: 0, missingCount: 0, rowCount: 0 });
});

test.each([
  ['BIGINT', '(-3), (7), (0), (NULL), (NULL)', 0, 2],
  ['BIGINT', '(-3), (7), (-3), (NULL)', 2, 1],
  ['BIGINT', '(9223372036854775807), (-9223372036854775808), (0)', 0, 0],
  ['BIGINT', '(9223372036854775807), (9223372036854775806), (9223372036854775807)', 2, 0],
  ['HUGEINT', '(-170141183460469231731687303715884105728), (-170141183460469231731687303715884105728)', 2, 0],
  ['UBIGINT', '(18446744073709551615), (18446744073709551614)', 0, 0],
  ['UBIGINT', '(4503599627370497), (4503599627370496), (4503599627370497)', 2, 0],
  ['UTINYINT', '(0), (255), (254)', 0, 0],
  ['TINYINT', '(-128), (127), (127)', 2, 0],
  ['INTEGER', '(0), (100000000)', 0, 0],
  ['INTEGER', '(NULL)', 0, 1],
])('unique of %s %s', async (type, rows, failingCount, missingCount) => {
  const source = `(SELECT CAST(x AS ${type}) AS x FROM (VALUES ${rows}) AS v(x))`;
  expect(await check(source, 'unique(x)')).toMatchObject({ kind: 'unique', failingCount, missingCount });
});

test('no function is without a case, and every example can be read', async () => {
  const cases = [...values, ...conditions, ...sets].map(([written]) => written).join(' ') + testedFormats;
  const source = "(SELECT 1.5 AS x, 2 AS y, true AS b, TIMESTAMP '2001-01-01' AS t, 'a' AS s)";
  for (const { name, example } of [...tableFunctions, ...rowFunctions, ...rowSets]) {
    expect(cases, name).toContain(`${name}(`);
    expect(await check(source, example), example).not.toMatchObject({ outcome: 'broken' });
  }
});
const testedFormats = 'is_date( is_date_time( is_email( is_url( is_uuid( is_ip( is_json(';

test('values of times are compared with instants, those of texts with texts', async () => {
  expect(await check(some, `max(${t}) < now() and age(max(${t})) == 1h`)).toMatchObject({ outcome: 'passed' });
  expect(await check(some, `min(${t}) == '2025-01-01' and max(${s}) >= 'a'`)).toMatchObject({ outcome: 'passed' });
  expect(await check(some, `most_frequent(${s}) in ['a', 'b'] and type_of(${y}) == 'int64'`)).toMatchObject({
    outcome: 'passed',
  });
  const result = await check(some, `mean(${x}) > 1`, { why: 'it was so' });
  expect(result.message).toBe('does not hold for the 8 rows (mean(`höhe "m" (größe)`) is 0.2): it was so');
});
