import type { FunctionEntry, Parameter } from './entry.ts';

const x: Parameter = { name: 'x', kind: 'column', accepts: 'number', about: 'the numbers' };

const MISSING_STAYS = 'missing';
const NAN_STAYS = 'NaN';
const LEARNING_NOTE = 'Missing, NaN and infinite values are left out of what is learnt.';

/** A function of one number without parameters. */
function plain(name: 'abs' | 'sqrt' | 'log' | 'log1p' | 'exp', summary: string): FunctionEntry {
  return {
    name,
    group: 'numbers',
    op: name,
    parameters: [x],
    result: 'float64',
    summary,
    learns: null,
    missing: MISSING_STAYS,
    nan: NAN_STAYS,
    example: `${name}(distance)`,
  };
}

/** Functions of numbers: scaling, shaping and bucketing. */
export const numberFunctions: readonly FunctionEntry[] = [
  {
    name: 'standardize',
    group: 'numbers',
    op: 'standardize',
    parameters: [x],
    result: 'float64',
    summary: `(x - mean) / standard deviation. The deviation divides by n; a constant column gives 0. ${LEARNING_NOTE}`,
    learns: 'mean and standard deviation, from exact sums',
    missing: MISSING_STAYS,
    nan: NAN_STAYS,
    example: 'standardize(log1p(distance))',
  },
  {
    name: 'minmax',
    group: 'numbers',
    op: 'minmax',
    parameters: [
      x,
      { name: 'low', kind: 'number', default: 0, about: 'what the smallest value becomes' },
      { name: 'high', kind: 'number', default: 1, about: 'what the largest value becomes' },
    ],
    result: 'float64',
    summary: `Moves the range of the training part to [low, high]; later values may fall outside. A constant column gives low. ${LEARNING_NOTE}`,
    learns: 'smallest and largest value',
    missing: MISSING_STAYS,
    nan: NAN_STAYS,
    example: 'minmax(distance)',
  },
  {
    name: 'robust_scale',
    group: 'numbers',
    op: 'robust_scale',
    parameters: [x],
    result: 'float64',
    summary: `(x - median) / (third quartile - first quartile). Where the quartiles are equal the divisor is 1. ${LEARNING_NOTE}`,
    learns: 'exact quartiles, linear between neighbours',
    missing: MISSING_STAYS,
    nan: NAN_STAYS,
    example: 'robust_scale(distance)',
  },
  plain('log1p', 'The natural logarithm of 1 + x. Of -1 -infinity, below NaN.'),
  plain('log', 'The natural logarithm. Of 0 -infinity, below NaN.'),
  plain('exp', 'e to the power x.'),
  plain('sqrt', 'The square root. Below 0 NaN.'),
  plain('abs', 'The value without its sign.'),
  {
    name: 'clip',
    group: 'numbers',
    op: 'clip',
    parameters: [
      x,
      { name: 'low', kind: 'number', default: null, about: 'smaller values become this' },
      { name: 'high', kind: 'number', default: null, about: 'larger values become this' },
    ],
    result: 'float64',
    summary: 'Limits values to [low, high]; either bound may be left out.',
    learns: null,
    missing: MISSING_STAYS,
    nan: NAN_STAYS,
    example: 'clip(distance, 0, high=3000)',
  },
  {
    name: 'bucketize',
    group: 'numbers',
    op: 'bucketize',
    parameters: [x, { name: 'edges', kind: 'edges', about: 'ascending numbers' }],
    result: 'int64',
    summary: 'How many of the edges are at most x: 0 below the first edge; an edge belongs to the bucket above it.',
    learns: null,
    missing: MISSING_STAYS,
    nan: 'missing',
    example: 'bucketize(hour(date), [6, 12, 18])',
  },
  {
    name: 'quantile_buckets',
    group: 'numbers',
    op: 'quantile_buckets',
    parameters: [x, { name: 'count', kind: 'integer', minimum: 2, maximum: 10_000, about: 'number of buckets' }],
    result: 'int64',
    summary: `Buckets of equally many training rows, numbered as by bucketize. Equal edges are merged, so there can be fewer. ${LEARNING_NOTE}`,
    learns: 'exact quantiles, linear between neighbours',
    missing: MISSING_STAYS,
    nan: 'missing',
    example: 'quantile_buckets(distance, 10)',
  },
];
