import type { QueryEngine, QueryOptions } from '../tables/index.ts';
import { plainSql, plainValue } from './column-sql.ts';
import type { ColumnStatistics, ValueCount } from './statistics.ts';
import type { ValueTable } from './value-table.ts';

const rowsForIdentifier = 20;
const shareForIdentifier = 0.99;

/** What is told of a column of any type. */
export type FrequencyFacts = Pick<
  ColumnStatistics,
  'rowCount' | 'missingCount' | 'distinctCount' | 'onceCount' | 'entropyBits' | 'constant' | 'identifier'
>;

/** Counts, distinct values and entropy of each group of a state. */
export async function frequencyFacts(
  engine: QueryEngine,
  table: ValueTable,
  options: QueryOptions,
): Promise<FrequencyFacts[]> {
  // How many values there are that so many rows have: a small table, in an order in which a sum of floats is always the same.
  const rows = await engine.rows(
    `SELECT g, x IS NULL AS missing, n, count(*) AS m FROM ${table.name} GROUP BY ALL ORDER BY ALL`,
    options,
  );
  const groups = Array.from({ length: table.groupCount }, () => ({
    missing: 0,
    present: 0,
    distinct: 0,
    once: 0,
    logs: 0,
  }));
  for (const row of rows) {
    const group = groups[Number(row['g'])]!;
    const [n, m] = [Number(row['n']), Number(row['m'])];
    if (row['missing'] === true) group.missing += n;
    else {
      group.present += n * m;
      group.distinct += m;
      group.once += n === 1 ? m : 0;
      group.logs += m * n * Math.log2(n);
    }
  }
  return groups.map(({ missing, present, distinct, once, logs }) => ({
    rowCount: missing + present,
    missingCount: missing,
    distinctCount: distinct,
    onceCount: once,
    entropyBits: present === 0 ? null : distinct === 1 ? 0 : Math.max(0, Math.log2(present) - logs / present),
    constant: distinct === 1,
    identifier:
      (table.field.type === 'int64' || table.field.type === 'string') &&
      distinct === present &&
      present >= rowsForIdentifier &&
      present >= shareForIdentifier * (missing + present),
  }));
}

const allValues = 100;
const shownValues = 20;
const countedValues = 1_000;

/**
 * The most frequent values of each group, ties in the order of the values: all where a group has at most a hundred, else twenty; none of
 * numbers and times with more than a thousand.
 */
export async function topValues(
  engine: QueryEngine,
  { table, facts }: { readonly table: ValueTable; readonly facts: readonly FrequencyFacts[] },
  options: QueryOptions,
): Promise<ValueCount[][]> {
  const limits = facts.map(({ distinctCount: different }) =>
    different > countedValues && table.field.type !== 'string' ? 0 : different <= allValues ? allValues : shownValues,
  );
  const tops: ValueCount[][] = facts.map(() => []);
  if (limits.every((limit) => limit === 0)) return tops;
  const ranked =
    table.groupCount === 1
      ? `SELECT g, x, n FROM ${table.name} WHERE x IS NOT NULL ORDER BY n DESC, x LIMIT ${limits[0]}`
      : `SELECT g, x, n FROM (SELECT *, row_number() OVER (PARTITION BY g ORDER BY n DESC, x) AS place FROM ${table.name} WHERE x IS NOT NULL) WHERE place <= ${allValues} ORDER BY g, place`;
  const rows = await engine.rows(`SELECT g, ${plainSql(table.field, 'x')} AS value, n FROM (${ranked})`, options);
  for (const row of rows) {
    const group = Number(row['g']);
    if (tops[group]!.length < limits[group]!)
      tops[group]!.push({ value: plainValue(row['value'] ?? null), count: Number(row['n']) });
  }
  return tops;
}
