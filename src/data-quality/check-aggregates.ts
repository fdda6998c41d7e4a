import type { SqlCall } from './check-functions.ts';
import type { SqlTerm } from './check-term.ts';

type Taken = SqlTerm['type'] | 'any' | 'nothing';

interface Aggregate {
  readonly takes: Taken;
  readonly sql: (argument: string) => string;
}

/** The finite values of a number. */
function finite(x: string): string {
  return `CASE WHEN isfinite(CAST(${x} AS DOUBLE)) THEN CAST(${x} AS DOUBLE) END`;
}

/**
 * Values of the whole table. Means and deviations add in the order of the values, so that they are the same on any number
 * of threads. Of no rows counts are 0, everything else is missing.
 */
const aggregates: Readonly<Record<string, Aggregate>> = {
  row_count: { takes: 'nothing', sql: () => 'count(*)' },
  count: { takes: 'boolean', sql: (x) => `count_if(${x})` },
  share: { takes: 'boolean', sql: (x) => `(count_if(${x}) / nullif(count(*), 0))` },
  distinct_count: { takes: 'any', sql: (x) => `count(DISTINCT ${x})` },
  missing_count: { takes: 'any', sql: (x) => `(count(*) - count(${x}))` },
  missing_share: { takes: 'any', sql: (x) => `((count(*) - count(${x})) / nullif(count(*), 0))` },
  min: { takes: 'number', sql: (x) => `min(${finite(x)})` },
  max: { takes: 'number', sql: (x) => `max(${finite(x)})` },
  mean: { takes: 'number', sql: (x) => `avg(${finite(x)} ORDER BY ${x})` },
  median: { takes: 'number', sql: (x) => `quantile_disc(${finite(x)}, 0.5)` },
  standard_deviation: { takes: 'number', sql: (x) => `stddev_samp(${finite(x)} ORDER BY ${x})` },
};

/** Names of the values of a whole table. */
export const aggregateNames: readonly string[] = Object.keys(aggregates);

/** A call for a value of the whole table: its SQL, what is wrong with it, or null where there is no such value. */
export function aggregateSql({ name, args }: SqlCall): SqlTerm | string | null {
  if (!Object.hasOwn(aggregates, name)) return null;
  const known = aggregates[name]!;
  const [argument] = args;
  const term = (sql: string): SqlTerm => ({ sql: `CAST(${sql} AS DOUBLE)`, type: 'number', overTable: true });
  if (known.takes === 'nothing') return args.length === 0 ? term(known.sql('')) : `${name} takes nothing`;
  if (argument === undefined || args.length > 1) return `${name} takes one ${known.takes}`;
  if (argument.overTable) return `${name} of a value of the whole table has no meaning`;
  if (known.takes !== 'any' && argument.type !== known.takes)
    return `${name} takes a ${known.takes}, found a ${argument.type}`;
  return term(known.sql(argument.sql));
}
