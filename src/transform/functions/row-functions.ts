import type { FunctionEntry, Parameter } from './entry.ts';

const time: Parameter = { name: 't', kind: 'column', accepts: 'time', about: 'dates or timestamps' };
const clock: Parameter = { name: 't', kind: 'column', accepts: 'timestamp', about: 'timestamps' };
const text: Parameter = { name: 'x', kind: 'column', accepts: 'text', about: 'the texts' };

type DatePart = 'year' | 'month' | 'day' | 'hour' | 'minute' | 'second' | 'weekday' | 'day_of_year' | 'week';

function datePart(name: DatePart, parameter: Parameter, summary: string): FunctionEntry {
  return {
    name,
    group: 'dates',
    op: name,
    parameters: [parameter],
    result: 'int64',
    summary,
    learns: null,
    missing: 'missing',
    nan: '-',
    example: `${name}(date)`,
  };
}

/** Parts of dates and timestamps, in UTC. */
export const dateFunctions: readonly FunctionEntry[] = [
  datePart('year', time, 'The year.'),
  datePart('month', time, '1 to 12.'),
  datePart('day', time, 'The day of the month, 1 to 31.'),
  datePart('weekday', time, 'Monday 0 to Sunday 6.'),
  datePart('day_of_year', time, '1 to 366.'),
  datePart('week', time, 'The ISO 8601 week, 1 to 53.'),
  datePart('hour', clock, '0 to 23.'),
  datePart('minute', clock, '0 to 59.'),
  datePart('second', clock, '0 to 59, whole.'),
];

type TextFunction = 'lower' | 'trim' | 'length' | 'token_count';

function textFunction(name: TextFunction, result: 'string' | 'int64', summary: string): FunctionEntry {
  return {
    name,
    group: 'text',
    op: name,
    parameters: [text],
    result,
    summary,
    learns: null,
    missing: 'missing',
    nan: '-',
    example: `${name}(description)`,
  };
}

/** Functions of text. */
export const textFunctions: readonly FunctionEntry[] = [
  textFunction('lower', 'string', "Lower case, letter for letter (Unicode 13.0's simple mapping)."),
  textFunction('trim', 'string', 'Without the white space (Unicode White_Space) at both ends.'),
  textFunction('length', 'int64', 'The number of code points.'),
  textFunction('token_count', 'int64', 'The number of words.'),
  {
    name: 'tokens',
    group: 'text',
    op: 'tokens',
    parameters: [
      text,
      {
        name: 'top',
        kind: 'integer',
        default: 100,
        minimum: 1,
        maximum: 10_000,
        about: 'keep the most frequent words only',
      },
      {
        name: 'min_count',
        kind: 'integer',
        default: 1,
        minimum: 1,
        about: 'keep words that occur at least this often',
      },
    ],
    result: 'int64',
    wide: true,
    summary:
      'One column a word, named feature=word, most frequent first: how often it occurs in the text. Words are in lower case, separated by white space, punctuation and symbols.',
    learns: 'words and their counts, most frequent first, equal counts by word',
    missing: '0 in every column',
    nan: '-',
    example: 'tokens(description, top=200)',
  },
];

const any: Parameter = { name: 'x', kind: 'column', accepts: 'any', about: 'the values' };

/** Conditions, conversions and SQL. */
export const logicFunctions: readonly FunctionEntry[] = [
  {
    name: 'if',
    group: 'logic',
    op: 'if',
    parameters: [
      { name: 'condition', kind: 'column', accepts: 'boolean', about: 'what decides' },
      { ...any, name: 'yes', about: 'the value where it is true' },
      { ...any, name: 'no', about: 'the value where it is false or missing' },
    ],
    result: 'common',
    summary: 'One of two values.',
    learns: null,
    missing: 'a missing condition gives the second value; a missing value stays missing',
    nan: 'NaN stays',
    example: 'if(distance > 1000, 1, 0)',
  },
  {
    name: 'cast',
    group: 'logic',
    op: 'cast',
    parameters: [any, { name: 'type', kind: 'type', about: 'float64, int64, string, boolean, date or timestamp' }],
    result: 'given',
    summary:
      'The value in another type. Fractions are cut off for int64; dates are days and timestamps microseconds since 1970; texts are read as numbers, true and false, or ISO 8601. What has no form in the type becomes missing.',
    learns: null,
    missing: 'missing',
    nan: 'NaN in float64, nan in string, else missing',
    example: 'cast(code, string)',
  },
  {
    name: 'sql',
    group: 'sql',
    op: null,
    parameters: [
      {
        name: 'text',
        kind: 'text',
        about: 'an SQL expression over one row: no aggregate, window, subquery or volatile function',
      },
      { name: 'type', kind: 'type', default: 'float64', about: 'the type of its result' },
    ],
    result: 'given',
    summary:
      'An SQL expression that DuckDB computes before the transformation reads the row. Packages with such a feature need the Python package duckdb.',
    learns: null,
    missing: 'as in SQL',
    nan: 'as in SQL',
    example: "sql('distance % 100')",
  },
];
