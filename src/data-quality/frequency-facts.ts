import type { Cell, QueryEngine, QueryOptions } from '../tables/index.ts';
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

/** How many values (`m`) there are that so many rows (`n`) have. */
export interface FrequencyCount {
  readonly missing: boolean;
  readonly n: number;
  readonly m: number;
}

/** What follows from how often values occur. */
export interface FrequencySummary extends Omit<FrequencyFacts, 'identifier'> {
  /** Rows with a value that another row has too. */
  readonly repeatedCount: number;
  /** Rows with the most frequent value; 0 where there is none. */
  readonly mostCount: number;
  /** Whether values hardly ever repeat: no two of at least twenty are alike, and at most one row in a hundred has none. */
  readonly neverRepeats: boolean;
}

/** Sums up how often values occur. In one order of the counts there is one result, to the last bit. */
export function summarizeFrequencies(counts: readonly FrequencyCount[]): FrequencySummary {
  let [missing, present, distinct, once, logs, most] = [0, 0, 0, 0, 0, 0];
  for (const { missing: isMissing, n, m } of counts) {
    if (isMissing) missing += n * m;
    else {
      present += n * m;
      distinct += m;
      once += n === 1 ? m : 0;
      logs += m * n * Math.log2(n);
      most = Math.max(most, n);
    }
  }
  return {
    rowCount: missing + present,
    missingCount: missing,
    distinctCount: distinct,
    onceCount: once,
    repeatedCount: present - once,
    mostCount: most,
    entropyBits: present === 0 ? null : distinct === 1 ? 0 : Math.max(0, Math.log2(present) - logs / present),
    constant: distinct === 1,
    neverRepeats:
      distinct === present && present >= rowsForIdentifier && present >= shareForIdentifier * (missing + present),
  };
}

/** Counts, distinct values and entropy of each group of a state. */
export async function frequencyFacts(
  engine: QueryEngine,
  table: ValueTable,
  options: QueryOptions,
): Promise<FrequencyFacts[]> {
  // A small table, in an order in which a sum of floats is always the same.
  const rows = await engine.rows(
    `SELECT g, x IS NULL AS missing, n, count(*) AS m FROM ${table.name} GROUP BY ALL ORDER BY ALL`,
    options,
  );
  const groups: FrequencyCount[][] = Array.from({ length: table.groupCount }, () => []);
  for (const row of rows) groups[Number(row['g'])]!.push(frequencyCount(row));
  const isNamed = table.field.type === 'int64' || table.field.type === 'string';
  return groups.map((counts) => {
    const { repeatedCount: _repeated, mostCount: _most, neverRepeats, ...facts } = summarizeFrequencies(counts);
    return { ...facts, identifier: isNamed && neverRepeats };
  });
}

/** A row with the columns `missing`, `n` and `m`. */
export function frequencyCount(row: Readonly<Record<string, Cell>>): FrequencyCount {
  return { missing: row['missing'] === true, n: Number(row['n']), m: Number(row['m']) };
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
