import { aggregate, anything, type TableFunction, typed } from './table-function.ts';
import type { TableValue } from './table-value.ts';
import { finiteTerm, presentCount, type SqlTerm } from './term.ts';

const leftOut = 'not counted';

/** Rows of which a condition is true; the engine's own count is missing where all conditions are. */
function trueCount(condition: string): string {
  return `coalesce(count_if(${condition}), 0)`;
}

function counted(
  name: string,
  {
    takes,
    sql,
    says,
    missing = leftOut,
  }: {
    readonly takes: TableFunction['takes'];
    readonly sql: (x: string, present: string) => string;
    readonly says: string;
    readonly missing?: string;
  },
): TableFunction {
  return {
    name,
    group: 'counts',
    form: takes.length === 0 ? `${name}()` : `${name}(x)`,
    says,
    example:
      name === 'count' || name === 'share' ? `${name}(x > 0) < 1` : `${name}(${takes.length === 0 ? '' : 'x'}) < 1`,
    takes,
    missing,
    value: ({ args: [x] }) => aggregate(x === undefined ? sql('', '') : sql(x.sql, presentCount(x))),
  };
}

/** How many rows there are, and of how many a condition is true. */
export const countValue: readonly TableFunction[] = [
  counted('row_count', { takes: [], sql: () => 'count(*)', says: 'Rows.', missing: '' }),
  {
    ...counted('count', {
      takes: [typed('boolean')],
      sql: trueCount,
      says: 'Rows of which the condition is true.',
    }),
    form: 'count(condition)',
  },
  {
    ...counted('share', {
      takes: [typed('boolean')],
      sql: (x) => `(${trueCount(x)} / nullif(count(*), 0))`,
      says: 'The share of all rows of which the condition is true.',
    }),
    form: 'share(condition)',
  },
];

const double = (x: string): string => `CAST(${x} AS DOUBLE)`;

/** Values that are missing, or of a kind. */
export const presenceValues: readonly TableFunction[] = [
  counted('missing_count', {
    takes: [anything],
    sql: (_x, present) => `(count(*) - ${present})`,
    says: 'Rows without a value.',
    missing: 'missing values counted; NaN is a value',
  }),
  counted('missing_share', {
    takes: [anything],
    sql: (_x, present) => `((count(*) - ${present}) / nullif(count(*), 0))`,
    says: 'The share of the rows without a value.',
    missing: 'missing values counted; NaN is a value',
  }),
  counted('completeness', {
    takes: [anything],
    sql: (_x, present) => `(${present} / nullif(count(*), 0))`,
    says: 'The share of the rows with a value.',
    missing: 'NaN is a value',
  }),
  counted('zero_count', {
    takes: [typed('number')],
    sql: (x) => trueCount(`${double(x)} = 0`),
    says: 'Rows with 0, of either sign.',
  }),
  counted('negative_count', {
    takes: [typed('number')],
    sql: (x) => trueCount(`${double(x)} < 0`),
    says: 'Rows with a value below 0.',
    missing: 'not counted; -infinity is counted',
  }),
  counted('nan_count', {
    takes: [typed('number')],
    sql: (x) => trueCount(`isnan(${double(x)})`),
    says: 'Rows with NaN.',
    missing: 'NaN counted alone',
  }),
  counted('infinite_count', {
    takes: [typed('number')],
    sql: (x) => trueCount(`isinf(${double(x)})`),
    says: 'Rows with an infinity.',
    missing: 'infinities counted alone',
  }),
];

/** The smallest or largest finite value. That of whole numbers is the one which other checks ask for. */
function extremeSql(name: 'min' | 'max', term: SqlTerm): string {
  const { sql, type, mayBeNaN } = term;
  if (type === 'number') return mayBeNaN ? `${name}(${finiteTerm(term)})` : `CAST(${name}(${sql}) AS DOUBLE)`;
  return type === 'time' ? `${name}(CASE WHEN isfinite(${sql}) THEN epoch_us(${sql}) END)` : `${name}(${sql})`;
}

function extreme(name: 'min' | 'max', says: string): TableFunction {
  return {
    name,
    group: 'values',
    form: `${name}(x)`,
    says,
    example: `${name}(x) > 0`,
    takes: [typed('number', 'time', 'string')],
    missing: 'missing, NaN and infinite values left out',
    value: ({ args }): TableValue => {
      const [x] = args as [SqlTerm];
      return {
        type: x.type as 'number' | 'time' | 'string',
        how: {
          by: 'scan',
          *plan() {
            const [cell] = yield [extremeSql(name, x)];
            if (cell === null || cell === undefined) return null;
            return x.type === 'string' ? String(cell) : Number(cell) + 0;
          },
        },
      };
    },
  };
}

/** The smallest and the largest value. */
export const extremeValues: readonly TableFunction[] = [
  extreme('min', 'The smallest number, the earliest time, or the first text in the order of its bytes.'),
  extreme('max', 'The largest number, the latest time, or the last text in the order of its bytes.'),
];
