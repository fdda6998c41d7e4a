import type { Moments } from '../../stats/index.ts';
import { meanPlan, momentsPlan, type SummedTerm, sumPlan } from './exact-sums.ts';
import { quoted, shareOfRows, type TableFunction, typed } from './table-function.ts';
import type { Measured, ScanPlan, TableValue } from './table-value.ts';
import { finiteTerm, presentCount, type SqlTerm } from './term.ts';

const missing = 'missing, NaN and infinite values left out';

function planned(
  name: string,
  { plan, says }: { readonly plan: (x: SummedTerm) => ScanPlan<Measured>; readonly says: string },
): TableFunction {
  return {
    name,
    group: 'numbers',
    form: `${name}(x)`,
    says,
    example: `${name}(x) < 1`,
    takes: [typed('number')],
    missing,
    value: ({ args }): TableValue => ({
      type: 'number',
      how: { by: 'scan', plan: () => plan(summed(args[0]!)) },
    }),
  };
}

function summed(term: SqlTerm): SummedTerm {
  const { sql, field } = term;
  return {
    number: `CAST(${sql} AS DOUBLE)`,
    finite: finiteTerm(term),
    present: presentCount(term),
    whole: field?.type === 'int64' ? sql : null,
  };
}

const ofMoments = (give: (moments: Moments) => number | null) =>
  function* (x: SummedTerm): ScanPlan<Measured> {
    const found = yield* momentsPlan(x);
    return found === null ? null : give(found);
  };

/** Sums and moments, the same in any order of the rows. */
export const momentValues: readonly TableFunction[] = [
  planned('sum', { plan: sumPlan, says: 'The sum.' }),
  planned('mean', { plan: meanPlan, says: 'The mean.' }),
  planned('standard_deviation', {
    plan: ofMoments(({ standardDeviation }) => standardDeviation),
    says: 'Of a sample (n - 1); missing below two values.',
  }),
  planned('variance', {
    plan: ofMoments(({ standardDeviation }) => (standardDeviation === null ? null : standardDeviation ** 2)),
    says: 'Of a sample (n - 1); missing below two values.',
  }),
  planned('skewness', {
    plan: ofMoments(({ skewness }) => skewness),
    says: 'm3 / m2^1.5 of the population; missing where all values are equal.',
  }),
  planned('kurtosis', {
    plan: ofMoments(({ kurtosis }) => kurtosis),
    says: 'The excess m4 / m2² - 3 of the population; missing where all values are equal.',
  }),
];

type OrderValue = Pick<TableFunction, 'name' | 'form' | 'says' | 'example'> & Partial<TableFunction>;

function ofOrder(entry: OrderValue, how: (x: string, args: readonly SqlTerm[]) => TableValue['how']): TableFunction {
  return {
    group: 'numbers',
    takes: [typed('number')],
    missing,
    value: ({ args }) => ({ type: 'number', how: how(finiteTerm(args[0]!), args) }),
    ...entry,
  };
}

const methods = { iqr: 'tukey', mad: 'robust_z' } as const;

function outlying(
  entry: OrderValue,
  give: (found: { readonly outside: number; readonly finite: number }) => number | null,
): TableFunction {
  return {
    ...ofOrder(entry, () => ({ by: 'schema', value: null })),
    options: ['method'],
    value: ({ args, named }) => {
      const written = named['method'];
      if (written !== undefined && (quoted(written) !== null || !Object.hasOwn(methods, written.literal!)))
        return `the method of ${entry.name} is 'iqr' or 'mad'`;
      const method = methods[(written?.literal ?? 'iqr') as keyof typeof methods];
      return { type: 'number', how: { by: 'outliers', x: finiteTerm(args[0]!), method, give } };
    },
  };
}

/** Values that follow from the order of the numbers. */
export const orderValues: readonly TableFunction[] = [
  ofOrder(
    {
      name: 'median',
      form: 'median(x)',
      says: 'The smallest value with half of them at or below.',
      example: 'median(x) < 1',
    },
    (x) => ({ by: 'quantiles', x, shares: [0.5], give: ([middle]) => middle! }),
  ),
  ofOrder(
    {
      name: 'quantile',
      form: 'quantile(x, share)',
      says: 'The smallest value with this share of them at or below.',
      example: 'quantile(x, 95%) < 1',
      takes: [typed('number'), shareOfRows],
    },
    (x, args) => ({ by: 'quantiles', x, shares: [args[1]!.constant!], give: ([found]) => found! }),
  ),
  ofOrder(
    {
      name: 'interquartile_range',
      form: 'interquartile_range(x)',
      says: 'The third quartile less the first.',
      example: 'interquartile_range(x) < 1',
    },
    (x) => ({ by: 'quantiles', x, shares: [0.25, 0.75], give: ([low, high]) => high! - low! }),
  ),
  outlying(
    {
      name: 'outlier_count',
      form: "outlier_count(x, method='iqr')",
      says: "Values beyond the fences: 'iqr' 1.5 interquartile ranges beyond the quartiles, 'mad' 3.5 robust deviations from the median.",
      example: "outlier_count(x, method='mad') < 1",
    },
    ({ outside }) => outside,
  ),
  outlying(
    {
      name: 'outlier_share',
      form: "outlier_share(x, method='iqr')",
      says: 'Their share of the finite values.',
      example: 'outlier_share(x) < 5%',
    },
    ({ outside, finite }) => (finite === 0 ? null : outside / finite),
  ),
];
