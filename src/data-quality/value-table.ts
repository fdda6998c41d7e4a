/**
 * The state of a column: its different values and how often each occurs, missing values, NaN and the infinities among them. Everything
 * that is told of a column follows from it, and the states of two parts of a table add up to that of the whole: so
 * statistics are exact however rows are ordered, divided and put together, and merging loses nothing. What it costs is the room for
 * every different value once.
 */
import { newId } from '../encoding/index.ts';
import { type Field, type QueryEngine, type QueryOptions, quoteIdentifier } from '../tables/index.ts';
import { finiteSql, isOrdered } from './column-sql.ts';
import { createInPartitions, type Partition } from './in-partitions.ts';

/** The state of a column in the engine: a table with the columns `g` (group, from 0), `x` (value) and `n` (rows). */
export interface ValueTable {
  readonly name: string;
  readonly field: Field;
  readonly groupCount: number;
}

/** Rows that a state is made of. */
export interface ValueSource {
  /** A table, or a query in parentheses. */
  readonly source: string;
  readonly field: Field;
  /** SQL for how often a row counts, a whole number of at least 0; default once. */
  readonly weight?: string;
  /** SQL for the number of a row's group, from 0, and how many groups there are; default one. */
  readonly groups?: { readonly sql: string; readonly count: number };
}

/** A value as it is counted: texts of whatever kind as texts, zero without a sign. */
export function countedSql({ name, type }: Field): string {
  const column = quoteIdentifier(name);
  if (type === 'string') return `CAST(${column} AS VARCHAR)`;
  return type === 'float64' ? `CASE WHEN ${column} = 0 THEN 0 ELSE ${column} END` : column;
}

/** A query of the different values `x` of a column with how many rows have each, `n`; where `groups` are given, by group. */
export function valuesSql({ source, field, weight, groups }: ValueSource, partition: Partition = () => ''): string {
  const group = groups === undefined ? '' : `${groups.sql} AS g, `;
  const count = weight === undefined ? 'count(*)' : `CAST(sum(${weight}) AS BIGINT)`;
  const having = weight === undefined ? '' : ' HAVING n > 0';
  return `SELECT ${group}${countedSql(field)} AS x, ${count} AS n FROM ${source}${partition(countedSql(field))} GROUP BY ALL${having}`;
}

/** Counts the values of a column. Whoever asks for a table drops it. */
export async function countValues(
  engine: QueryEngine,
  values: ValueSource,
  options: QueryOptions,
): Promise<ValueTable> {
  const name = newId('values');
  const { field, groups } = values;
  const group = groups === undefined ? '0 AS ' : '';
  const query = (partition: Partition): string => `SELECT ${group}g, x, n FROM (${valuesSql(values, partition)})`;
  await createInPartitions(engine, name, { ...options, query });
  return { name, field, groupCount: groups?.count ?? 1 };
}

/** Counts the values of several columns of one type: each column is a group, the type of the first stands for all. */
export async function countColumns(
  engine: QueryEngine,
  { source, fields }: { readonly source: string; readonly fields: readonly Field[] },
  options: QueryOptions,
): Promise<ValueTable> {
  const name = newId('values');
  const taken = fields.map((field) => quoteIdentifier(field.name));
  const parts = fields.map(
    (field, group) => `SELECT ${group} AS g, ${countedSql(field)} AS x, count(*) AS n FROM taken GROUP BY ALL`,
  );
  // Taken once: of a file with thousands of columns what it says of itself takes longer to read than a few rows.
  await engine.execute(
    `CREATE TABLE ${name} AS WITH taken AS MATERIALIZED (SELECT ${taken.join(', ')} FROM ${source}) ${parts.join(' UNION ALL ')}`,
    options,
  );
  return { name, field: fields[0]!, groupCount: fields.length };
}

/** Gives back the room that a state takes. */
export async function dropValues(engine: QueryEngine, { name }: ValueTable): Promise<void> {
  await engine.execute(`DROP TABLE IF EXISTS ${name}`);
}

const keptValues = 4_000_000;

/** Called for each different finite value of a group, rising, with how many rows have it. */
export type EachValue = (group: number, value: number, count: number) => void;

/** The finite values of a column with an order, to be gone through more than once. */
export interface RisingValues {
  each(told: EachValue): Promise<void>;
}

/**
 * The finite values of a state as doubles (numbers, days or microseconds since 1970), by group and rising; those of text are the
 * lengths in characters. Up to four million are kept between two walks, others are read again.
 */
export function risingValues(engine: QueryEngine, table: ValueTable, options: QueryOptions): RisingValues {
  const { field, name } = table;
  const value = isOrdered(field) ? finiteSql(field, 'x') : 'CAST(length(x) AS DOUBLE)';
  const rows = `SELECT g, ${value} AS v, n FROM ${name}`;
  const sql = isOrdered(field)
    ? `SELECT g, v, n FROM (${rows}) WHERE v IS NOT NULL ORDER BY g, v`
    : `SELECT g, v, CAST(sum(n) AS BIGINT) AS n FROM (${rows}) WHERE v IS NOT NULL GROUP BY g, v ORDER BY g, v`;
  let kept: Float64Array[][] | null = [];
  let isWhole = false;
  return {
    each: async (told) => {
      const tell = mergeEqual(told);
      if (isWhole && kept !== null) {
        for (const part of kept) tell.rows(part);
        return tell.end();
      }
      let count = 0;
      for await (const { columns, rowCount } of engine.batches(sql, options)) {
        const part = columns.map((column) => column.values as Float64Array);
        tell.rows(part);
        count += rowCount;
        if (count > keptValues) kept = null;
        kept?.push(part);
      }
      isWhole = true;
      tell.end();
    },
  };
}

/** Two values may be one double; they are told as one. */
function mergeEqual(told: EachValue): { rows(columns: readonly Float64Array[]): void; end(): void } {
  let [group, value, count] = [-1, 0, 0];
  return {
    rows([groups, values, counts]) {
      for (let at = 0; at < values!.length; at++) {
        if (values![at] === value && groups![at] === group) {
          count += counts![at]!;
          continue;
        }
        if (count > 0) told(group, value, count);
        group = groups![at]!;
        value = values![at]!;
        count = counts![at]!;
      }
    },
    end() {
      if (count > 0) told(group, value, count);
    },
  };
}
