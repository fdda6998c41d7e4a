import type { FunctionEntry, Parameter } from './entry.ts';

const value: Parameter = { name: 'x', kind: 'column', accepts: 'any', about: 'the values' };
const top = (fallback: number | null): Parameter => ({
  name: 'top',
  kind: 'integer',
  default: fallback,
  minimum: 1,
  maximum: 10_000_000,
  about: 'keep the most frequent values only',
});
const minCount: Parameter = {
  name: 'min_count',
  kind: 'integer',
  default: 1,
  minimum: 1,
  about: 'keep values that occur at least this often',
};
const oov = (fallback: number): Parameter => ({
  name: 'oov',
  kind: 'integer',
  default: fallback,
  minimum: 0,
  maximum: 100_000,
  about: 'places for all other values, chosen by hash',
});
const LEARNS = 'finite values and their counts, most frequent first, equal counts by value';

/** Functions of categories. */
export const categoryFunctions: readonly FunctionEntry[] = [
  {
    name: 'vocabulary',
    group: 'categories',
    op: 'vocabulary',
    parameters: [value, top(null), minCount, oov(1)],
    result: 'int64',
    summary:
      'The place of the value among those of the training part, from 0, most frequent first. Values outside it get one of the oov places after the last, or -1 where oov is 0.',
    learns: LEARNS,
    missing: 'missing',
    nan: 'missing',
    example: 'vocabulary(origin, top=50)',
  },
  {
    name: 'one_hot',
    group: 'categories',
    op: 'one_hot',
    parameters: [value, top(null), minCount, oov(0)],
    result: 'int64',
    wide: true,
    summary:
      'One column a value, named feature=value, in ascending order of the values: 1 where the row has the value, else 0; then oov columns named feature=<other> (feature=<other 2> …) for all other values.',
    learns: LEARNS,
    missing: '0 in every column',
    nan: '0 in every column',
    example: 'one_hot(carrier, top=20, oov=1)',
  },
  {
    name: 'hash',
    group: 'categories',
    op: 'hash',
    parameters: [
      value,
      { name: 'buckets', kind: 'integer', minimum: 1, maximum: 2_097_152, about: 'number of places' },
    ],
    result: 'int64',
    summary:
      'A place from 0 to buckets - 1, by a stable 64-bit hash of the value as text (FNV-1a over UTF-8, finished as in MurmurHash3).',
    learns: null,
    missing: 'missing',
    nan: 'the place of the text nan',
    example: 'hash(tail_number, 1000)',
  },
  {
    name: 'cross',
    group: 'categories',
    op: 'cross',
    parameters: [value, { ...value, name: 'y', about: 'further values' }],
    repeats: true,
    result: 'string',
    summary: 'The texts of all values with | between them (\\ before a | or \\ of their own).',
    learns: null,
    missing: 'missing',
    nan: 'the text nan',
    example: 'hash(cross(origin, destination), 500)',
  },
];

/** Functions about missing values. */
export const missingFunctions: readonly FunctionEntry[] = [
  {
    name: 'impute',
    group: 'missing',
    op: 'impute',
    parameters: [
      value,
      { name: 'value', kind: 'filling', about: 'mean, median, mode, or a constant of the same type' },
      {
        name: 'indicator',
        kind: 'flag',
        default: false,
        about: 'adds a column feature=missing: 1 where it was missing',
      },
    ],
    result: 'same',
    summary:
      'Fills what is missing. mean and median are for numbers and give float64; mode is the most frequent value, the smallest of equally frequent ones.',
    learns: 'mean (exact sums), median (exact) or mode; nothing for a constant',
    missing: 'the value',
    nan: 'the value',
    example: 'impute(distance, median, indicator=true)',
  },
  {
    name: 'is_missing',
    group: 'missing',
    op: 'is_missing',
    parameters: [value],
    result: 'boolean',
    summary: 'Whether the value is missing or NaN. Also written x is null.',
    learns: null,
    missing: 'true',
    nan: 'true',
    example: 'is_missing(distance)',
  },
  {
    name: 'coalesce',
    group: 'missing',
    op: 'coalesce',
    parameters: [value, { ...value, name: 'y', about: 'further values, of one type' }],
    repeats: true,
    result: 'common',
    summary: 'The first value that is neither missing nor NaN; the last one where there is none.',
    learns: null,
    missing: 'the next value',
    nan: 'the next value',
    example: "coalesce(name, 'unknown')",
  },
];
