import fc from 'fast-check';
import type { ColumnType } from '../../src/tables/index.ts';

/** The columns that random features are made of. */
export const randomInputs: readonly { readonly name: string; readonly type: ColumnType }[] = [
  { name: 'f', type: 'float64' },
  { name: 'g', type: 'float64' },
  { name: 'i', type: 'int64' },
  { name: 'b', type: 'boolean' },
  { name: 's', type: 'string' },
  { name: 'u', type: 'string' },
  { name: 'd', type: 'date' },
  { name: 't', type: 'timestamp' },
];

/** One cell as a request would carry it; NaN, infinities and -0 as numbers. */
export type RandomRow = Readonly<Record<string, unknown>>;

const words = [
  'a',
  'b',
  'Anna',
  'ÅNGSTRÖM',
  'straße',
  'İstanbul',
  ' x y ',
  'a|b',
  'c\\',
  '1.5',
  '-2e3',
  'true',
  '2001-02-03',
  '',
  '😀 ok',
  'nan',
];
const wild = fc.string({ unit: 'binary', maxLength: 6 });
const text = fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...words) }, { weight: 1, arbitrary: wild });
const double = fc.oneof(
  { weight: 4, arbitrary: fc.double({ min: -1000, max: 1000, noNaN: true }) },
  { weight: 2, arbitrary: fc.constantFrom(0, -0, 1, 2, 2.5, -3, 1e-7, 123456789012345680000, 5e-324, 1e300) },
  { weight: 1, arbitrary: fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY) },
);

const cells: Readonly<Record<ColumnType, fc.Arbitrary<unknown>>> = {
  float64: double,
  int64: fc.oneof(fc.integer({ min: -20, max: 20 }), fc.maxSafeInteger()),
  boolean: fc.boolean(),
  string: text,
  date: fc.integer({ min: -800_000, max: 3_000_000 }),
  timestamp: fc.integer({ min: -8_640_000_000_000_000, max: 8_640_000_000_000_000 }),
};

/** A row with values of every type, a fifth of them missing. */
export const randomRow: fc.Arbitrary<RandomRow> = fc.record(
  Object.fromEntries(
    randomInputs.map(({ name, type }) => [
      name,
      fc.option(cells[type], { freq: 4, nil: null }) as fc.Arbitrary<unknown>,
    ]),
  ),
);

type Kind = 'number' | 'text' | 'condition' | 'moment';

const literals: Readonly<Record<Kind, fc.Arbitrary<string>>> = {
  number: fc.constantFrom('f', 'g', 'i', 'b', '2', '-1.5', '0.1', '1000'),
  text: fc.constantFrom('s', 'u', "'a'", "'x y'"),
  condition: fc.constantFrom('b', 'true', 'f > g', "s == 'a'", 'i in [1, 2, 3]', "d >= '2001-01-01'", 't is null'),
  moment: fc.constantFrom('d', 't'),
};

const numberForms = [
  '(# + #)',
  '(# - #)',
  '(# * #)',
  '(# / #)',
  '-(#)',
  'abs(#)',
  'sqrt(#)',
  'log(#)',
  'log1p(#)',
  'exp(#)',
  'clip(#, -1, 1)',
  'clip(#, high=3)',
  'standardize(#)',
  'minmax(#, -1, 1)',
  'robust_scale(#)',
  'bucketize(#, [-1, 0, 0.5, 10])',
  'bucketize(#, [-8,-7,-6,-5,-4,-3,-2,-1,0,1])',
  'quantile_buckets(#, 4)',
  'vocabulary(#, top=3)',
  'vocabulary(#, oov=0)',
  'vocabulary($, oov=3)',
  'vocabulary($, min_count=2)',
  'hash($, 7)',
  'hash(#, 16)',
  'hash(@, 5)',
  'impute(#, mean)',
  'impute(#, median)',
  'impute(#, mode)',
  'impute((# + 0), 4)',
  'is_missing(#)',
  'is_missing($)',
  'coalesce(#, #, 1)',
  'year(@)',
  'month(@)',
  'day(@)',
  'hour(t)',
  'minute(t)',
  'second(t)',
  'weekday(@)',
  'day_of_year(@)',
  'week(@)',
  'length($)',
  'token_count($)',
  'if(?, #, #)',
  'if(?, #, null)',
  'cast(#, int64)',
  'cast($, float64)',
  'cast($, int64)',
  'cast(@, float64)',
  '(t - t)',
  'vocabulary(cross($, @))',
  'cast(?, float64)',
];
const textForms = [
  'lower($)',
  'trim($)',
  'cross($, $)',
  'cross($, #, @)',
  'cast(#, string)',
  'cast(@, string)',
  'cast(?, string)',
  'coalesce($, $)',
  'impute($, mode)',
  "impute($, 'none')",
  'if(?, $, $)',
];
const conditionForms = [
  '(# < #)',
  '(# <= #)',
  '(# > #)',
  '(# >= #)',
  '(# == #)',
  '(# != #)',
  '($ < $)',
  '($ >= $)',
  '($ != $)',
  '(? and ?)',
  '(? or ?)',
  '(not ?)',
  '(# between -1 and 10)',
  "($ in ['a', 'b', 'Anna'])",
  '(# in [0, 1, 2.5])',
  'cast(#, boolean)',
  'cast($, boolean)',
  '(# is null)',
];
const momentForms = [
  'cast($, date)',
  'cast($, timestamp)',
  'cast(t, date)',
  'cast(d, timestamp)',
  'coalesce(d, d)',
  'impute(t, mode)',
];
const wideForms = [
  'one_hot($, top=5)',
  'one_hot($, oov=2)',
  'one_hot(#, top=4, oov=1)',
  'one_hot(?)',
  'one_hot(@, top=3)',
  'tokens($, top=6)',
  'impute(#, mean, indicator=true)',
  "impute($, 'z', indicator=true)",
];

const forms: Readonly<Record<Kind, readonly string[]>> = {
  number: numberForms,
  text: textForms,
  condition: conditionForms,
  moment: momentForms,
};
const holes: Readonly<Record<string, Kind>> = { '#': 'number', $: 'text', '?': 'condition', '@': 'moment' };

/** The form with every hole filled by an expression of its kind. */
function filled(form: string, depth: number): fc.Arbitrary<string> {
  const pieces = form.split(/([#$?@])/).filter((piece) => piece !== '');
  return fc
    .tuple(
      ...pieces.map((piece) => (holes[piece] === undefined ? fc.constant(piece) : expression(holes[piece], depth - 1))),
    )
    .map((parts) => parts.join(''));
}

/** A random expression of a kind. */
function expression(kind: Kind, depth: number): fc.Arbitrary<string> {
  if (depth <= 0) return literals[kind];
  return fc.oneof(
    { weight: 1, arbitrary: literals[kind] },
    { weight: 4, arbitrary: fc.constantFrom(...forms[kind]).chain((form) => filled(form, depth)) },
  );
}

/** A random feature: a number, a text, a condition, or several columns. */
export const randomFeature: fc.Arbitrary<string> = fc.oneof(
  { weight: 5, arbitrary: expression('number', 3) },
  { weight: 2, arbitrary: expression('text', 3) },
  { weight: 2, arbitrary: expression('condition', 3) },
  { weight: 2, arbitrary: fc.constantFrom(...wideForms).chain((form) => filled(form, 2)) },
);

/** Several features by name. */
export const randomFeatures: fc.Arbitrary<Record<string, string>> = fc
  .array(randomFeature, { minLength: 1, maxLength: 6 })
  .map((list) => Object.fromEntries(list.map((feature, index) => [`c${index}`, feature])));
