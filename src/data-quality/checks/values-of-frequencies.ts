import { ofEachRow } from '../column-sql.ts';
import type { FrequencySummary } from '../frequency-facts.ts';
import { isMissingWord } from '../missing-words.ts';
import { anything, type TableFunction, typed } from './table-function.ts';
import type { Measured, TableValue } from './table-value.ts';
import { keySql, type SqlTerm } from './term.ts';

const ofSeveral = 'rows with one missing left out; NaN is one value, equal to itself';
const ofOne = 'missing values left out; NaN is one value, equal to itself';

type Give = (summary: FrequencySummary) => Measured;

function ofKey(name: string, says: string, give: Give): TableFunction {
  return {
    name,
    group: 'values',
    form: `${name}(x, …)`,
    says,
    example: `${name}(x, s) < 1`,
    takes: [],
    more: anything,
    missing: ofSeveral,
    value: ({ args }): TableValue => ({ type: 'number', how: { by: 'frequencies', keys: args.map(keySql), give } }),
  };
}

function ofValue(name: string, says: string, give: Give): TableFunction {
  const { more: _more, ...one } = ofKey(name, says, give);
  return { ...one, form: `${name}(x)`, example: `${name}(x) < 1`, takes: [anything], missing: ofOne };
}

function whether(name: string, says: string, give: (summary: FrequencySummary) => boolean): TableFunction {
  const entry = ofValue(name, says, give);
  return {
    ...entry,
    example: `not ${name}(x)`,
    value: (call, input) => ({ ...(entry.value(call, input) as TableValue), type: 'boolean' }),
  };
}

const ratio = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);
const presentOf = ({ rowCount, missingCount }: FrequencySummary): number => rowCount - missingCount;

/** What follows from how often values occur. */
export const frequencyValues: readonly TableFunction[] = [
  ofKey('distinct_count', 'Different values.', ({ distinctCount }) => distinctCount),
  ofKey('unique_count', 'Values that one row alone has.', ({ onceCount }) => onceCount),
  ofKey(
    'duplicate_count',
    'Rows beyond the first of each value: how many would have to go.',
    (found) => presentOf(found) - found.distinctCount,
  ),
  ofKey('distinctness', 'Different values for each row with one.', (found) =>
    ratio(found.distinctCount, presentOf(found)),
  ),
  ofKey('uniqueness', 'Values that one row alone has, for each row with a value.', (found) =>
    ratio(found.onceCount, presentOf(found)),
  ),
  ofKey('unique_value_ratio', 'The share of the different values that one row alone has.', (found) =>
    ratio(found.onceCount, found.distinctCount),
  ),
  ofValue('entropy', 'Of the values, in bits; 0 where all are one.', ({ entropyBits }) => entropyBits),
  ofValue(
    'imbalance',
    '1 - entropy / log2(different values): 0 where all are equally frequent, 1 where there is one alone.',
    ({ entropyBits, distinctCount }) =>
      entropyBits === null ? null : distinctCount === 1 ? 1 : 1 - entropyBits / Math.log2(distinctCount),
  ),
  ofValue('most_frequent_share', 'The share of the values that are the most frequent one.', (found) =>
    ratio(found.mostCount, presentOf(found)),
  ),
  {
    ...ofValue('most_frequent', 'The most frequent value; of several the smallest.', () => null),
    example: "most_frequent(s) == 'a'",
    takes: [typed('number', 'string', 'boolean', 'time')],
    value: ({ args }) => mostFrequent(args[0]!),
  },
  whether('is_constant', 'Whether all values are one.', ({ constant }) => constant),
  whether(
    'is_identifier',
    'Whether it looks like an identifier: at least twenty values, no two alike, at most one row in a hundred without.',
    ({ neverRepeats }) => neverRepeats,
  ),
  {
    ...ofKey('conflict_count', '', () => null),
    form: 'conflict_count(label, x, …)',
    says: 'Rows that are equal in x, … and have different labels.',
    example: 'conflict_count(s, x) == 0',
    takes: [anything],
    missing: 'rows without a label left out; in x, … missing and NaN are values',
    value: ({ args }) => conflicts(args[0]!, args.slice(1)),
  },
];

function mostFrequent(x: SqlTerm): TableValue {
  const value = x.type === 'time' ? 'epoch_us(x)' : x.type === 'number' ? 'CAST(x AS DOUBLE)' : 'x';
  // An instant without end is none that could be told.
  const whole = x.type === 'time' ? ' AND isfinite(x)' : '';
  return {
    type: x.type as TableValue['type'],
    how: {
      by: 'query',
      sql: (rows) =>
        `SELECT (SELECT ${value} FROM (SELECT ${keySql(x)} AS x FROM ${rows}) WHERE ${ofEachRow(`x IS NOT NULL${whole}`)} GROUP BY x ORDER BY count(*) DESC, x LIMIT 1) AS value`,
    },
  };
}

function conflicts(label: SqlTerm, keys: readonly SqlTerm[]): TableValue {
  const names = keys.map((_, at) => `k${at}`).join(', ');
  const selected = keys.map((key, at) => `${keySql(key)} AS k${at}`).join(', ');
  const groups = (rows: string): string =>
    `SELECT count(*) AS n FROM (SELECT ${keySql(label)} AS label, ${selected} FROM ${rows}) WHERE ${ofEachRow('label IS NOT NULL')} GROUP BY ${names} HAVING count(DISTINCT label) > 1`;
  return {
    type: 'number',
    how: { by: 'query', sql: (rows) => `SELECT coalesce(sum(n), 0) AS value FROM (${groups(rows)})` },
  };
}

function ofTexts(
  entry: Pick<TableFunction, 'name' | 'says' | 'missing'>,
  sql: (x: string, rows: string) => string,
): TableFunction {
  return {
    group: 'texts',
    form: `${entry.name}(s)`,
    example: `${entry.name}(s) == 0`,
    takes: [typed('string')],
    value: ({ args }) => ({ type: 'number', how: { by: 'query', sql: (rows) => sql(args[0]!.sql, rows) } }),
    ...entry,
  };
}

const space = '[\\s\\p{Z}]+';

/** How clean texts are. */
export const textValues: readonly TableFunction[] = [
  ofTexts(
    {
      name: 'variant_count',
      says: 'Different texts of which another differs in nothing but case and white space at its ends.',
      missing: 'missing values left out',
    },
    (x, rows) =>
      `SELECT coalesce(sum(n), 0) AS value FROM (SELECT count(*) AS n FROM (SELECT DISTINCT ${x} AS x FROM ${rows} WHERE ${ofEachRow(`${x} IS NOT NULL`)}) GROUP BY regexp_replace(lower(x), '^${space}|${space}$', '', 'g') HAVING count(*) > 1)`,
  ),
  ofTexts(
    {
      name: 'missing_form_count',
      says: 'Ways in which it is written that there is no value: a missing value, an empty text, and each word such as N/A or null.',
      missing: 'a missing value is one way',
    },
    (x, rows) =>
      `SELECT count(DISTINCT CASE WHEN x IS NULL THEN '' WHEN x = '' THEN ' ' ELSE x END) AS value FROM (SELECT ${x} AS x FROM ${rows}) WHERE ${ofEachRow(`x IS NULL OR x = '' OR ${isMissingWord('x')}`)}`,
  ),
];
